// Where the core of a session runs: here, in the realm of whoever holds it. `far.js` is the other place.

import { AuthError } from "./auth_error.js";
import { trapped } from "./failures.js";
import { running } from "./instance.js";
import { Shell } from "./shell.js";

export class Near {
  /** The core, until it is disposed of or has trapped. */
  core = null;
  /** How and where the access token is used: `{ header, scheme, origins }`. */
  usage;
  #shell;

  /**
   * Throws what the core refuses. `torn` is called with the cause when the module has trapped, `closed` when nothing of the session is
   * left to be done.
   */
  constructor(options, adapter, host, torn, closed = () => {}) {
    const instance = running();
    const leave = instance.join((cause) => {
      this.core = null;
      torn(cause);
      this.#shell.close();
    });
    this.#shell = new Shell(adapter, () => this.core?.hinted(), () => {
      leave();
      closed();
    });
    try {
      const core = new instance.Core(options, host, this.#shell);
      this.usage = core.usage();
      if (!instance.torn) this.core = core;
    } catch (error) {
      this.#shell.close();
      if (!instance.torn) throw typeof error?.code === "string" ? new AuthError(error) : error;
    }
    if (instance.torn) throw trapped(instance.cause);
  }

  /** Settles when it is known what this page can do. */
  ready() {
    return this.#shell.probe();
  }

  capabilities(storage) {
    return this.#shell.capabilities(storage);
  }

  // What the core must still do, such as store the tokens that are on their way, it does without this handle.
  dispose() {
    const { core } = this;
    this.core = null;
    core?.dispose();
    // Not now: a getter of what the core is reading may have called this.
    queueMicrotask(() => core?.free());
  }
}
