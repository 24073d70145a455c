// What callers import: the class, and the guard. It keeps their promises and the access token on this side of
// the boundary; everything that needs a decision goes to the core.

import { Core } from "../../pkg/wasm_auth_session.js";
import { AuthError, isAuthError } from "./auth_error.js";
import { load, loaded } from "./load.js";
import { Subscribers } from "./subscribers.js";

export { isAuthError };

// Failures that come up where no core is there to report them.
const MODULE_LOAD = {
  not_loaded: "the WebAssembly module is not loaded: use await AuthSession.open(options)",
  fetch: "the WebAssembly module cannot be fetched: it belongs beside the script that imports it",
  compile: "the WebAssembly module cannot be compiled",
  csp: "the page's Content-Security-Policy forbids WebAssembly: add 'wasm-unsafe-eval' to script-src",
};
const moduleLoad = (reason, cause) =>
  new AuthError({ code: "module_load", message: MODULE_LOAD[reason], retryable: reason === "fetch", reason }, { cause });
const invalid = (option, reason) =>
  new AuthError({ code: "invalid_options", message: `${option}: ${reason}`, retryable: false, option, reason });
const disposed = () =>
  new AuthError({ code: "disposed", message: "the session was disposed of", retryable: false });
const aborted = () => new AuthError({ code: "aborted", message: "withdrawn by the caller", retryable: false });

export class AuthSession {
  #core;
  #host;
  #subscribers = new Subscribers();
  #snapshot;
  #token = null;
  #pending = new Map();
  #lastWaiter = 0;

  static async open(options) {
    try {
      await load();
    } catch ({ reason, cause }) {
      throw moduleLoad(reason, cause);
    }
    const session = new AuthSession(options);
    await session.restore();
    return session;
  }

  constructor(options) {
    if (!loaded()) throw moduleLoad("not_loaded");
    this.#host = this.#makeHost();
    try {
      this.#core = new Core(options, this.#host);
    } catch (error) {
      throw typeof error?.code === "string" ? new AuthError(error) : error;
    }
  }

  login(credentials, options) {
    const { signal, remember = true } = options ?? {};
    return this.#ask((core, waiter) => core.login(waiter, credentials, remember !== false), signal);
  }

  adopt(tokenReply, options) {
    const { remember = true } = options ?? {};
    return this.#ask((core, waiter) => core.adopt(waiter, tokenReply, remember !== false));
  }

  restore() {
    return this.#ask((core, waiter) => core.restore(waiter));
  }

  async logout() {
    const result = await this.#ask((core, waiter) => core.logout(waiter));
    return { ...result, error: result.error && new AuthError(result.error) };
  }

  // A valid token is handed out without entering the core: the promise is settled already.
  accessToken(options) {
    const { minValidityMs, signal } = options ?? {};
    if (minValidityMs !== undefined && !(typeof minValidityMs === "number" && minValidityMs >= 0 && minValidityMs < Infinity)) {
      return Promise.reject(invalid("minValidityMs", "must be a number of milliseconds, 0 or more"));
    }
    const held = this.#token;
    if (held && signal === undefined) {
      const least = minValidityMs ?? held.leewayMs;
      if (performance.now() + least < held.monoMs && Date.now() + least < held.wallMs) return held.promise;
    }
    return this.#ask((core, waiter) => core.accessToken(waiter, minValidityMs), signal);
  }

  refresh(options) {
    const { signal } = options ?? {};
    return this.#ask((core, waiter) => core.refresh(waiter), signal);
  }

  async rejection(response) {
    if (!(response instanceof Response) || response.bodyUsed || response.body?.locked) {
      throw invalid("response", "must be a Response whose body has not been used");
    }
    const error = await this.#ask((core, waiter) => core.rejection(waiter, response.clone(), this.#host));
    return error && new AuthError(error);
  }

  dispose() {
    const core = this.#core;
    if (!core) return;
    core.dispose();
    this.#core = null;
    this.#token = null;
    this.#subscribers.clear();
    for (const { reject } of this.#pending.values()) reject(disposed());
    this.#pending.clear();
    // Not now: a getter of what the core is reading may have called this.
    queueMicrotask(() => core.free());
  }

  getSnapshot() {
    return this.#snapshot;
  }

  subscribe(listener) {
    return this.#listen("snapshot", listener);
  }

  on(event, listener) {
    if (!Subscribers.knows(event)) throw invalid("event", `${String(event)} is not an event of a session`);
    return this.#listen(event, listener);
  }

  toJSON() {
    return this.#snapshot;
  }

  [Symbol.dispose ?? Symbol.for("Symbol.dispose")]() {
    this.dispose();
  }

  #listen(name, listener) {
    if (typeof listener !== "function") throw invalid("listener", "must be a function");
    return this.#core ? this.#subscribers.add(name, listener) : () => {};
  }

  // Keeps a promise under a number until the core settles it.
  #ask(start, signal) {
    return new Promise((resolve, reject) => {
      if (!this.#core) return reject(disposed());
      if (signal !== undefined && !(signal instanceof AbortSignal)) return reject(invalid("signal", "must be an AbortSignal"));
      if (signal?.aborted) return reject(aborted());
      const waiter = (this.#lastWaiter = (this.#lastWaiter + 1) >>> 0);
      const withdraw = () => this.#core?.abandon(waiter);
      this.#pending.set(waiter, { resolve, reject, settled: () => signal?.removeEventListener("abort", withdraw) });
      signal?.addEventListener("abort", withdraw, { once: true });
      start(this.#core, waiter);
    });
  }

  #settle(waiter, how, value) {
    const pending = this.#pending.get(waiter);
    if (!pending) return;
    this.#pending.delete(waiter);
    pending.settled();
    pending[how](value);
  }

  // The core's side of the conversation. Nothing here runs a caller's code before it returns.
  #makeHost() {
    return {
      resolve: (waiter, value) => this.#settle(waiter, "resolve", value),
      settle: (waiter, value) => this.#settle(waiter, "resolve", value),
      reject: (waiter, error) => this.#settle(waiter, "reject", new AuthError(error)),
      emit: (name, detail) => {
        if (detail.error) detail.error = new AuthError(detail.error);
        this.#subscribers.tell(name, Object.freeze(detail));
      },
      show: (snapshot) => {
        this.#snapshot = deepFreeze(snapshot);
        this.#subscribers.tell("snapshot");
      },
      keep: (token, monoMs, wallMs, leewayMs) => {
        this.#token = { promise: Promise.resolve(token), monoMs, wallMs, leewayMs };
      },
      forget: () => {
        this.#token = null;
      },
    };
  }
}

function deepFreeze(value) {
  if (typeof value === "object" && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
