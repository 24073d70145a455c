// Where the core of an isolated session runs: in a worker, so that neither a refresh token nor the answer to a login comes into this
// realm. Each session speaks to it over a port of its own; `worker.js` is the other side. A file of its own, fetched by who needs it.

import { AuthError } from "./auth_error.js";
import { ring, within } from "./deadline.js";
import { ended, invalid, moduleLoad, trapped } from "./failures.js";
import { gathered } from "./gathered.js";
import { plain } from "./given.js";

const START_MS = 10_000;
// As long as a caller waits elsewhere. Nobody says that a worker was ended, and one that is busy with something else says as little.
const SILENT_MS = 15_000;
const USE_MS = 1_000;
// What only the page sees. A worker hears by itself of being online.
const SEEN = [["visibilitychange", () => document], ["pageshow", () => window], ["focus", () => window]];
// On its way down: a part of the page may keep it to itself.
const DOWN = { capture: true, passive: true };
const USED = ["pointerdown", "keydown", "wheel"].map((type) => [type, () => window, DOWN]);

export class Far {
  core;
  usage = null;
  #worker;
  #isOurs;
  #port;
  #host;
  #torn;
  #started;
  #tell;
  #stopLooking;
  #bodies = new Map();
  // For each message that the worker has not heard yet, how to wait for it no longer.
  #unheard = [];
  #post = gathered((calls) => {
    this.#port.postMessage(calls);
    // Whoever waits is told; what they asked for is done all the same, should the worker find the time.
    const waiters = calls.map(([, waiter]) => waiter);
    this.#unheard.push(ring(SILENT_MS, () => waiters.forEach((waiter) => this.#answer("reject", waiter, trapped().toJSON()))));
  });
  #wantToken = new Set();
  #shown;
  #missed = null;
  #deafTo = 0;
  // Until the worker has told.
  #capabilities = { lock: "tab", fence: "none", sharedWithTabs: false, channel: false };
  #steps = [];

  /**
   * `module`: compiled; `worker`: the caller's own, or `null` for one that is to be made; `fault`: what becomes of the own one's script, if
   * anything. `torn` is called with the cause when the core has trapped.
   */
  constructor(module, worker, fault, options, host, torn) {
    if (!globalThis.window?.document) throw invalid("isolation", "is for a page: whatever runs elsewhere is apart from it already");
    this.#host = host;
    this.#torn = torn;
    this.#isOurs = worker === null;
    this.#worker = worker ?? startWorker();
    this.#started = new Promise((resolve, reject) => (this.#tell = { resolve, reject }));
    this.#started.catch(() => {});
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.core = this.#makeCore();
    if (this.#isOurs) this.#worker.onerror = (event) => this.#fail(event);
    void fault.then((event) => this.#fail(event));
    try {
      this.#worker.postMessage({ module, options, visibility: document.visibilityState }, [port2]);
    } catch {
      this.#end();
      throw notPlain("options");
    }
    const heard = this.#makeHeard();
    port1.onmessage = ({ data }) => {
      for (const [name, ...given] of data) heard[name](...given);
      this.#catchUp();
    };
    this.#look(options.idleTimeoutMs == null ? SEEN : [...SEEN, ...USED]);
  }

  /** Settles when the worker has taken the options. */
  async ready() {
    try {
      await within(START_MS, this.#started);
    } catch (error) {
      this.#end();
      throw error instanceof AuthError ? error : moduleLoad("worker", error);
    }
  }

  capabilities(storage) {
    return Object.freeze({ ...this.#capabilities, storage });
  }

  dispose() {
    if (!this.core) return;
    this.core = null;
    this.#leave(null);
    this.#stopLooking();
    this.#dropBodies();
    // From now on nothing is listened to but that all is done.
    this.#host = null;
    this.#post("dispose");
  }

  // ── To the worker ─────────────────────────────────────────────────────────────────────────────

  #makeCore() {
    const call = (name) => (...given) => this.#post(name, ...given);
    const read = (name, what) => (waiter, value, ...more) => {
      try {
        this.#post(name, waiter, structuredClone(plain(value)), ...more);
      } catch {
        this.#answer("reject", waiter, notPlain(what).toJSON());
      }
    };
    return {
      restore: call("restore"),
      login: read("login", "credentials"),
      adopt: read("adopt", "tokenReply"),
      accessToken: (waiter, minValidityMs) => {
        this.#wantToken.add(waiter);
        this.#post("accessToken", waiter, minValidityMs);
      },
      refresh: call("refresh"),
      abandon: call("abandon"),
      logout: (waiter) => {
        this.#leave("logged_out");
        // Who was promised a token, and has none yet, gets none.
        for (const waiting of this.#wantToken) this.#host.reject(waiting, ended("logged_out").toJSON());
        this.#wantToken.clear();
        this.#deafTo += 1;
        this.#post("logout", waiter);
      },
      rejection: (waiter, response) => this.#ask_about(waiter, response),
      explain: () => structuredClone(this.#steps),
    };
  }

  // Signed out at once, as everywhere, though the worker is still to hear of it.
  #leave(endReason) {
    this.#host.forget();
    if (this.#shown?.status !== "signed_out") this.#show(endedBy(endReason, this.#shown));
  }

  #show(snapshot) {
    this.#missed = null;
    this.#shown = snapshot;
    this.#host?.show({ ...snapshot });
  }

  // The body stays here until it is asked for: of most answers only the status counts, and some never end.
  #ask_about(waiter, { status, headers, body }) {
    if (body) this.#bodies.set(waiter, body.getReader());
    this.#post("rejection", waiter, { status, headers: [...headers], hasBody: body !== null });
  }

  #look(events) {
    let used = -Infinity;
    const see = ({ type, persisted }) => {
      const now = performance.now();
      if (USED.some(([one]) => one === type)) {
        if (now - used < USE_MS) return;
        used = now;
      }
      this.#post("page", type, document.visibilityState, persisted === true);
    };
    for (const [type, target, how] of events) target().addEventListener(type, see, how);
    this.#stopLooking = () => events.forEach(([type, target, how]) => target().removeEventListener(type, see, how));
  }

  // ── From the worker ───────────────────────────────────────────────────────────────────────────

  #answer(how, waiter, value) {
    this.#wantToken.delete(waiter);
    this.#dropBody(waiter);
    this.#host?.[how](waiter, value);
  }

  #makeHeard() {
    const toHost = (name) => (...given) => this.#host?.[name](...given);
    const answer = (name) => (waiter, value) => this.#answer(name, waiter, value);
    return {
      heard: () => this.#unheard.shift()(),
      started: (usage) => {
        this.usage = usage;
        this.#tell.resolve();
      },
      refused: (error) => this.#tell.reject(new AuthError(error)),
      failed: (message) => this.#fail(new Error(message)),
      trapped: (message) => this.#tear(new Error(message)),
      told: (steps, capabilities) => {
        this.#steps = steps;
        this.#capabilities = capabilities;
      },
      resolve: answer("resolve"),
      reject: answer("reject"),
      emit: toHost("emit"),
      show: (snapshot) => {
        if (this.#deafTo > 0) this.#missed = snapshot;
        else this.#show(snapshot);
      },
      forget: toHost("forget"),
      // The worker's monotonic clock began at another time.
      keep: (token, leftMs, wallMs, leewayMs) => {
        if (this.#deafTo === 0) this.#host?.keep(token, performance.now() + leftMs, wallMs, leewayMs);
      },
      ends: () => (this.#deafTo -= 1),
      settle: answer("settle"),
      pull: (waiter) => this.#pull(waiter),
      cancel: (waiter) => this.#dropBody(waiter),
      closed: () => this.#end(),
    };
  }

  // What the worker said before it heard of a logout counts only where it says nothing after it.
  #catchUp() {
    if (this.#deafTo > 0 || this.#missed === null) return;
    this.#show(this.#missed);
  }

  // What cannot be sent has broken off, and takes nothing along that is sent with it.
  async #pull(waiter) {
    const read = this.#bodies.get(waiter)?.read();
    this.#post("chunk", waiter, await read?.then(({ value }) => structuredClone(value ?? null)).catch(() => {}));
  }

  #dropBody(waiter) {
    this.#bodies.get(waiter)?.cancel().catch(() => {});
    this.#bodies.delete(waiter);
  }

  #dropBodies() {
    for (const waiter of [...this.#bodies.keys()]) this.#dropBody(waiter);
  }

  // ── The end ───────────────────────────────────────────────────────────────────────────────────

  #fail(cause) {
    if (this.usage === null) this.#tell.reject(moduleLoad("worker", cause));
    else this.#tear(cause);
  }

  #tear(cause) {
    this.#tell.reject(trapped(cause));
    if (this.core) this.#torn(cause);
    this.#end();
  }

  #end() {
    this.core = null;
    this.#host = null;
    this.#stopLooking?.();
    for (const stop of this.#unheard) stop();
    this.#dropBodies();
    this.#port.close();
    if (this.#isOurs) this.#worker.terminate();
  }
}

const endedBy = (endReason, { storage, warnings } = { storage: "memory", warnings: [] }) => ({
  status: "signed_out",
  signedIn: false,
  activity: null,
  user: null,
  scope: null,
  tokenType: null,
  issuedAtMs: null,
  expiresAtMs: null,
  refreshAtMs: null,
  extra: {},
  endReason,
  storage,
  warnings,
});

const notPlain = (what) => invalid(what, "must hold plain data: no function, symbol, cycle or throwing getter");

// Where a page requires trusted types, a worker's address is one of those that must be vouched for.
let policy;

function startWorker() {
  try {
    return new Worker(vouched(new URL("worker.js", import.meta.url)), { type: "module", name: "wasm-auth-session" });
  } catch (cause) {
    throw moduleLoad("worker", cause);
  }
}

function vouched(url) {
  try {
    policy ??= globalThis.trustedTypes?.createPolicy("wasm-auth-session", { createScriptURL: (address) => address });
    return policy?.createScriptURL(url.href) ?? url;
  } catch {
    // A page may name the policies it allows and require none.
    return url;
  }
}
