// One running module, and its end. A trap leaves the module's memory as it was in mid-sentence: whoever calls it again reads
// nonsense. So what was thrown out of it once is never called again. Its sessions are told, and the next one gets a new
// instance, with glue of its own, so that no callback of the old one can reach the new one's memory.

import glue from "../../pkg/wasm_auth_session.js";

let instance = null;

/** Starts the compiled module in this realm, unless it runs already. */
export const boot = (module) => void (instance ??= new Instance(module));

/** Whether it runs. */
export const booted = () => instance !== null;

/** The running module: a new one where the last has trapped. */
export const running = () => (instance = instance.torn ? instance.again() : instance);

// What a call comes back with that was not made: the glue looks into some results.
const NOTHING = Object.freeze([]);

class Instance {
  /** Whether it has trapped, and by what. */
  torn = false;
  cause = null;
  #module;
  #sessions = new Set();
  // By number, in what no page can have put something else in the place of: it must hold at the end.
  #timers = { __proto__: null };
  #lastTimer = 0;
  #depth = 0;

  /** Starts a compiled module: at once, so that a session can go on within the call that finds its module torn. */
  constructor(module) {
    const { Core, initSync } = glue((exports) => this.#guarded(exports), (act, ms) => this.#after(act, ms), (timer) => this.#clear(timer));
    initSync({ module });
    this.Core = Core;
    this.#module = module;
  }

  /** The same module, started anew. */
  again() {
    return new Instance(this.#module);
  }

  /** `trapped` is called when this instance is at its end. Returns the way out. */
  join(trapped) {
    this.#sessions.add(trapped);
    return () => this.#sessions.delete(trapped);
  }

  #guarded(exports) {
    const entries = Object.entries(exports).map(([name, one]) => [name, typeof one === "function" ? this.#guard(one) : one]);
    return Object.fromEntries(entries);
  }

  // Errors that a method means to throw do not come this way: the glue throws them once the call is over.
  #guard(run) {
    return (...given) => {
      if (this.torn) return NOTHING;
      this.#depth += 1;
      try {
        return run(...given);
      } catch (error) {
        this.#tear(error);
        // The frames of the module below this one must not go on either.
        if (this.#depth > 1) throw error;
        return NOTHING;
      } finally {
        this.#depth -= 1;
      }
    };
  }

  #after(act, ms) {
    this.#timers[(this.#lastTimer += 1)] = setTimeout(act, ms);
    return this.#lastTimer;
  }

  // The module clears each of its timers, also one that has rung.
  #clear(timer) {
    clearTimeout(this.#timers[timer]);
    delete this.#timers[timer];
  }

  #tear(cause) {
    if (this.torn) return;
    this.torn = true;
    this.cause = cause;
    for (const timer in this.#timers) this.#clear(timer);
    for (const trapped of this.#sessions) trapped(cause);
    this.#sessions.clear();
  }
}
