// What callers import: the class, and the guard. It keeps their promises and the access token on this side of
// the boundary; everything that needs a decision goes to the core.

import { takeAdapter } from "./adapter.js";
import { Api } from "./api.js";
import { AuthError, isAuthError } from "./auth_error.js";
import { within } from "./deadline.js";
import { aborted, disposed, invalid, moduleLoad, trapped } from "./failures.js";
import { copyOf, heed, isAborted, plain, readOptions } from "./given.js";
import { boot, booted } from "./instance.js";
import { scriptFault, takeIsolation } from "./isolation.js";
import { load, PATIENCE_MS } from "./load.js";
import { Near } from "./near.js";
import { Subscribers } from "./subscribers.js";

export { isAuthError };

const OF_A_TOKEN = ["signal", "minValidityMs"];
// What others are handed to call: by a framework, or under a name of its own.
const DETACHABLE = ["subscribe", "getSnapshot", "accessToken", "fetch", "authorize"];

// After these, what is called for is another session's.
const ENDS = ["signed_in", "signed_out", "user_changed"];

// What `open` found out for the constructor that it calls next.
let place = null;

export class AuthSession {
  #seat;
  #sit;
  #api = null;
  #host = this.#makeHost();
  #isDisposed = false;
  #subscribers = new Subscribers();
  #snapshot;
  #token = null;
  #pending = new Map();
  #lastWaiter = 0;
  // What was shown of a session that a trap has taken, until it is known what has become of it.
  #lost = null;
  #ends = 0;

  static async open(options) {
    const [given, worker] = takeIsolation(options);
    const opened = new AbortController();
    const fault = scriptFault(worker, opened.signal);
    let session;
    try {
      await shown();
      place = await placeFor(worker, fault);
      session = new AuthSession(given);
      await Promise.all([session.#seat.ready(), session.restore()]);
      // How the token is used is known from now on, also while a worker that has trapped begins anew.
      session.#calls();
      return session;
    } catch (error) {
      session?.dispose();
      throw error;
    } finally {
      opened.abort();
    }
  }

  constructor(options) {
    const far = place;
    place = null;
    for (const name of DETACHABLE) Object.defineProperty(this, name, { value: this[name].bind(this), writable: true, configurable: true });
    const [own, adapter] = takeAdapter(options);
    // What is done to them later is not for this session, also where a trap makes it begin anew.
    const given = plain(own);
    if (far) {
      this.#sit = (torn) => far(given, this.#host, torn);
    } else {
      if (!booted()) throw moduleLoad("not_loaded");
      if (takeIsolation(options)[1] !== undefined) throw invalid("isolation", "is for AuthSession.open()");
      this.#sit = (torn) => new Near(given, adapter, this.#host, torn);
    }
    this.#begin();
  }

  login(credentials, options) {
    return this.#ask((core, waiter, { remember }) => core.login(waiter, credentials, remember !== false), options, ["signal", "remember"]);
  }

  adopt(tokenReply, options) {
    return this.#ask((core, waiter, { remember }) => core.adopt(waiter, tokenReply, remember !== false), options, ["remember"]);
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
    let given;
    try {
      given = readOptions(options, OF_A_TOKEN);
    } catch (error) {
      return Promise.reject(error);
    }
    const held = this.#token;
    if (held && !(given.signal && isAborted(given.signal))) {
      const least = given.minValidityMs ?? held.leewayMs;
      if (performance.now() + least < held.monoMs && Date.now() + least < held.wallMs) return held.promise;
    }
    return this.#ask((core, waiter) => core.accessToken(waiter, given.minValidityMs), given, OF_A_TOKEN);
  }

  refresh(options) {
    return this.#ask((core, waiter) => core.refresh(waiter), options, ["signal"]);
  }

  async fetch(input, init) {
    return this.#calls().fetch(input, init);
  }

  async authorize(input, init) {
    return this.#calls().authorize(input, init);
  }

  async rejection(response) {
    const copy = copyOf(response);
    if (!copy) throw invalid("response", "must be a Response whose body has not been used");
    try {
      const error = await this.#ask((core, waiter) => core.rejection(waiter, copy, this.#host));
      return error && new AuthError(error);
    } finally {
      // What of it nobody has read would be kept for it, and keep the connection.
      if (copy.body?.locked === false) copy.body.cancel().catch(() => {});
    }
  }

  dispose() {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#seat.dispose();
    this.#subscribers.clear();
    this.#end(disposed);
  }

  get capabilities() {
    return this.#seat.capabilities(this.#snapshot.storage);
  }

  explain() {
    return this.#seat.core?.explain() ?? [];
  }

  getSnapshot() {
    return this.#snapshot;
  }

  subscribe(listener) {
    return this.#listen("snapshot", listener);
  }

  on(event, listener) {
    if (!Subscribers.knows(event)) throw invalid("event", `${typeof event === "string" ? event : typeof event} is not an event of a session`);
    return this.#listen(event, listener);
  }

  onToken(listener) {
    let told = null;
    const stop = this.#listen("token", listener, () => {
      // What counts is what there is now: a logout may have come since it was said.
      const token = this.#token?.value ?? null;
      if (token !== told) listener((told = token));
    });
    this.#subscribers.tell("token");
    return stop;
  }

  toJSON() {
    return this.#snapshot;
  }

  [Symbol.dispose ?? Symbol.for("Symbol.dispose")]() {
    this.dispose();
  }

  // What is told to be of a kind of its own is not wrapped in a Proxy, which cannot reach private members: Vue's `ref` would.
  get [Symbol.toStringTag]() {
    return "AuthSession";
  }

  // A session that was disposed of, or has trapped, says so when it is asked for a token.
  #calls() {
    if (this.#isDisposed) throw disposed();
    if (!this.#seat.core) this.#revive();
    if (!this.#seat.core) throw trapped();
    return (this.#api ??= new Api(this.#apiHost(), this.#seat.usage));
  }

  #listen(name, listener, tell = listener) {
    if (typeof listener !== "function") throw invalid("listener", "must be a function");
    return this.#isDisposed ? () => {} : this.#subscribers.add(name, tell);
  }

  // Where the module is at its end, what others wait for is let go; the next call begins anew, from the store.
  #begin() {
    this.#seat = this.#sit((cause) => {
      if (this.#snapshot?.signedIn) this.#lost = this.#snapshot;
      this.#ends += 1;
      this.#end(() => trapped(cause));
    });
  }

  #revive() {
    this.#begin();
    const seat = this.#seat;
    // A worker may not start a second time; who waits for it is told so.
    seat.ready().catch((error) => seat === this.#seat && this.#end(() => error));
    this.restore().then((isThere) => isThere || this.#tellOfEnd()).catch(() => {});
  }

  // A trap has taken the session without a word, for the store may have had it still.
  #tellOfEnd() {
    const { endReason, storage } = this.#snapshot;
    if (this.#lost) this.#emit("signed_out", { reason: endReason ?? (storage === "memory" ? "storage_cleared" : "logged_out") });
  }

  #emit(name, detail) {
    if (ENDS.includes(name)) this.#ends += 1;
    if (name === "signed_out") this.#lost = null;
    this.#subscribers.tell(name, Object.freeze(detail));
  }

  #end(why) {
    this.#token = null;
    for (const { reject, settled } of this.#pending.values()) {
      reject(why());
      settled();
    }
    this.#pending.clear();
  }

  // Keeps a promise under a number until the core settles it. `names`: the options that the call takes, where it takes any.
  #ask(start, options, names) {
    return new Promise((resolve, reject) => {
      if (this.#isDisposed) return reject(disposed());
      const given = readOptions(options, names);
      const { signal } = given;
      if (signal && isAborted(signal)) return reject(aborted());
      if (!this.#seat.core) this.#revive();
      if (!this.#seat.core) return reject(trapped());
      const waiter = (this.#lastWaiter = (this.#lastWaiter + 1) >>> 0);
      const withdraw = () => this.#seat.core?.abandon(waiter);
      this.#pending.set(waiter, { resolve, reject, settled: () => heed("remove", signal, withdraw) });
      heed("add", signal, withdraw);
      start(this.#seat.core, waiter, given);
    });
  }

  #settle(waiter, how, value) {
    const pending = this.#pending.get(waiter);
    if (!pending) return;
    this.#pending.delete(waiter);
    pending[how](value);
    pending.settled();
  }

  #apiHost() {
    return {
      accessToken: (options) => this.accessToken(options),
      current: () => this.#token?.value ?? null,
      ends: () => this.#ends,
      refresh: (used) => this.#ask((core, waiter) => core.refresh(waiter, used)),
      rejection: (response) => this.rejection(response),
      emit: (name, detail) => this.#emit(name, detail),
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
        this.#emit(name, detail);
      },
      show: (snapshot) => {
        this.#snapshot = deepFreeze(snapshot);
        this.#subscribers.tell("snapshot");
        // The core has forgotten no token that it never had: a trap may have taken it.
        if (snapshot.status === "signed_out") this.#subscribers.tell("token");
        if (!snapshot.signedIn || !this.#lost) return;
        const { user: previousUser } = this.#lost;
        this.#lost = null;
        if (snapshot.user !== previousUser) this.#emit("user_changed", { user: snapshot.user, previousUser });
      },
      keep: (token, monoMs, wallMs, leewayMs) => {
        const isNew = token !== this.#token?.value;
        this.#token = { value: token, promise: Promise.resolve(token), monoMs, wallMs, leewayMs };
        // How long it is good may have changed alone: use of the page puts a limit off.
        if (isNew) this.#subscribers.tell("token");
      },
      forget: () => {
        if (!this.#token) return;
        this.#token = null;
        this.#subscribers.tell("token");
      },
    };
  }
}

/** How to seat a session in a worker; `null` for one in this realm. */
async function placeFor(worker, fault) {
  const module = await load().catch(({ reason, cause }) => {
    throw moduleLoad(reason, cause);
  });
  try {
    if (worker === undefined) return boot(module) ?? null;
    const { Far } = await within(PATIENCE_MS, import("./far.js"));
    return (...given) => new Far(module, worker, fault, ...given);
  } catch (cause) {
    throw moduleLoad(worker === undefined ? "compile" : "worker", cause);
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
