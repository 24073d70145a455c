// What callers import: the class, and the guard. It keeps their promises and the access token on this side of
// the boundary; everything that needs a decision goes to the core.

import { takeAdapter } from "./adapter.js";
import { Api } from "./api.js";
import { AuthError, isAuthError } from "./auth_error.js";
import { aborted, disposed, invalid, moduleLoad, trapped } from "./failures.js";
import { load, loaded, running } from "./load.js";
import { Shell } from "./shell.js";
import { Subscribers } from "./subscribers.js";

export { isAuthError };

export class AuthSession {
  #options;
  #adapter;
  #core = null;
  #api;
  #shell;
  #host;
  #isDisposed = false;
  #subscribers = new Subscribers();
  #snapshot;
  #token = null;
  #pending = new Map();
  #lastWaiter = 0;

  static async open(options) {
    await shown();
    try {
      await load();
    } catch ({ reason, cause }) {
      throw moduleLoad(reason, cause);
    }
    const session = new AuthSession(options);
    await Promise.all([session.#shell.probe(), session.restore()]);
    return session;
  }

  constructor(options) {
    if (!loaded()) throw moduleLoad("not_loaded");
    [this.#options, this.#adapter] = takeAdapter(options);
    this.#begin();
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

  async fetch(input, init) {
    return this.#calls().fetch(input, init);
  }

  async authorize(input, init) {
    return this.#calls().authorize(input, init);
  }

  async rejection(response) {
    if (!(response instanceof Response) || response.bodyUsed || response.body?.locked) {
      throw invalid("response", "must be a Response whose body has not been used");
    }
    const error = await this.#ask((core, waiter) => core.rejection(waiter, response.clone(), this.#host));
    return error && new AuthError(error);
  }

  // What the core must still do, such as store the tokens that are on their way, it does without this handle.
  dispose() {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    const core = this.#core;
    core?.dispose();
    this.#subscribers.clear();
    this.#end(disposed);
    // Not now: a getter of what the core is reading may have called this.
    queueMicrotask(() => core?.free());
  }

  get capabilities() {
    return this.#shell.capabilities(this.#snapshot.storage);
  }

  explain() {
    return this.#core?.explain() ?? [];
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

  onToken(listener) {
    const stop = this.#listen("token", listener);
    const token = this.#token?.value;
    if (token) queueMicrotask(() => this.#token?.value === token && listener(token));
    return stop;
  }

  toJSON() {
    return this.#snapshot;
  }

  [Symbol.dispose ?? Symbol.for("Symbol.dispose")]() {
    this.dispose();
  }

  // A session that was disposed of, or has trapped, says so when it is asked for a token.
  #calls() {
    if (this.#isDisposed) throw disposed();
    if (!this.#core) this.#revive();
    if (!this.#core) throw trapped();
    return this.#api;
  }

  #listen(name, listener) {
    if (typeof listener !== "function") throw invalid("listener", "must be a function");
    return this.#isDisposed ? () => {} : this.#subscribers.add(name, listener);
  }

  #begin() {
    const instance = running();
    const leave = instance.join((cause) => this.#trap(cause));
    this.#shell = new Shell(this.#adapter, () => this.#core?.hinted(), leave);
    this.#host = this.#makeHost();
    try {
      const core = new instance.Core(this.#options, this.#host, this.#shell);
      this.#api = new Api(this.#apiHost(), core.usage());
      if (!instance.torn) this.#core = core;
    } catch (error) {
      this.#shell.close();
      if (!instance.torn) throw typeof error?.code === "string" ? new AuthError(error) : error;
    }
    if (instance.torn) throw trapped(instance.cause);
  }

  // The module is at its end. What others wait for is let go here; the next call begins anew, from the store.
  #trap(cause) {
    this.#end(() => trapped(cause));
    this.#shell.close();
  }

  #revive() {
    this.#begin();
    this.restore().catch(() => {});
  }

  #end(why) {
    this.#core = null;
    this.#token = null;
    for (const { reject, settled } of this.#pending.values()) {
      settled();
      reject(why());
    }
    this.#pending.clear();
  }

  // Keeps a promise under a number until the core settles it.
  #ask(start, signal) {
    return new Promise((resolve, reject) => {
      if (this.#isDisposed) return reject(disposed());
      if (signal !== undefined && !(signal instanceof AbortSignal)) return reject(invalid("signal", "must be an AbortSignal"));
      if (signal?.aborted) return reject(aborted());
      if (!this.#core) this.#revive();
      if (!this.#core) return reject(trapped());
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

  #apiHost() {
    return {
      accessToken: (options) => this.accessToken(options),
      current: () => this.#token?.value ?? null,
      refresh: () => this.refresh(),
      rejection: (response) => this.rejection(response),
      emit: (name, detail) => this.#subscribers.tell(name, Object.freeze(detail)),
    };
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
        this.#token = { value: token, promise: Promise.resolve(token), monoMs, wallMs, leewayMs };
        this.#subscribers.tell("token", token);
      },
      forget: () => {
        this.#token = null;
        this.#subscribers.tell("token", null);
      },
    };
  }
}

function deepFreeze(value) {
  if (typeof value === "object" && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}

// A page that is prerendered has nobody looking at it, and may never have: it begins nothing.
async function shown() {
  if (!globalThis.document?.prerendering) return;
  await new Promise((done) => document.addEventListener("prerenderingchange", done, { once: true }));
}
