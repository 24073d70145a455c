// One holder at a time among all tabs. It lives on this side because a module that has trapped can let nothing go, and
// every other tab would wait until this one is closed. Never stolen: a frozen holder is not a dead one.
//
// Three ways, the best that this page has: a Web Lock; a lease in IndexedDB, which runs out; a queue within this tab.

import { pause, ring } from "./deadline.js";

const LOOK_AGAIN_MS = 50;

export class Lock {
  #name;
  #vault;
  #kind = "web-locks";
  #turn = null;
  /** When a lock that was taken away is ours again, or not to be had in time. */
  regained = null;

  constructor(name, vault) {
    this.#name = name;
    this.#vault = vault;
    if (!globalThis.navigator?.locks) this.#kind = "lease";
  }

  get kind() {
    return this.#kind === "lease" && !this.#vault.works ? "tab" : this.#kind;
  }

  /** Finds out whether the browser allows Web Locks here: in a sandboxed frame they are there and refuse. */
  async probe() {
    if (this.#kind !== "web-locks") return;
    try {
      await navigator.locks.query();
    } catch {
      this.#kind = "lease";
    }
  }

  /**
   * Waits for the lock. `false` once `waitMs` have passed or `release` was called. It is let go after `longestMs` at the
   * latest, whatever becomes of the holder.
   */
  async acquire(waitMs, longestMs) {
    this.release();
    const turn = (this.#turn = { leave: new AbortController(), release: null, cancel: null });
    const { signal } = turn.leave;
    const cancel = ring(waitMs, () => turn.leave.abort());
    const lost = () => {
      if (turn === this.#turn && turn.release) this.regained = this.acquire(waitMs, longestMs);
    };
    try {
      turn.release = await this.#take(signal, waitMs, lost);
    } catch {
      return false;
    } finally {
      cancel();
    }
    // It may have been granted while it was being given up.
    if (signal.aborted) return turn.release(), false;
    turn.cancel = ring(longestMs, () => this.#leave(turn));
    return true;
  }

  /** Lets it go, after a while and a promise where asked to, or leaves the queue. */
  release(afterMs = 0, first = null) {
    const turn = this.#turn;
    this.#turn = null;
    if (turn) void this.#leave(turn, afterMs, first);
  }

  async #leave(turn, afterMs = 0, first = null) {
    turn.leave.abort();
    turn.cancel?.();
    if (first) await first;
    if (afterMs > 0) setTimeout(() => turn.release?.(), afterMs);
    else turn.release?.();
  }

  async #take(signal, waitMs, lost) {
    if (this.kind === "web-locks") {
      try {
        return await byWebLock(this.#name, signal, lost);
      } catch (error) {
        if (signal.aborted || error?.name === "AbortError") throw error;
        this.#kind = "lease";
      }
    }
    return (await byLease(this.#vault, `${this.#name} lease`, signal, waitMs)) ?? byTab(this.#name, signal);
  }
}

/** The request is rejected long after it was granted where somebody steals the lock, and in WebKit when a page comes back from the page cache. */
const byWebLock = (name, signal, lost) =>
  new Promise((granted, denied) => {
    navigator.locks.request(name, { signal }, () => new Promise((release) => granted(release))).catch((error) => (denied(error), lost()));
  });

/**
 * As long as anybody waits, which is longer than any request: so a page whose timers sleep keeps it for one, and the lease of a page that has
 * crashed is over when the next one asks again. Renewed while it is held.
 */
async function byLease(vault, name, signal, lengthMs) {
  const owner = `${Date.now()}-${Math.random()}`;
  for (;;) {
    const isOurs = await vault.lease(name, owner, lengthMs);
    // IndexedDB is missing, or full.
    if (typeof isOurs !== "boolean") return null;
    if (isOurs) break;
    await pause(LOOK_AGAIN_MS * (1 + Math.random()));
    signal.throwIfAborted();
  }
  let timer;
  const renew = () => {
    timer = setTimeout(() => void vault.lease(name, owner, lengthMs).then(() => timer && renew()), lengthMs / 3);
  };
  renew();
  return () => {
    clearTimeout(timer);
    timer = null;
    void vault.unlease(name, owner);
  };
}

const tails = new Map();

async function byTab(name, signal) {
  signal.throwIfAborted();
  const before = tails.get(name);
  let release;
  const mine = new Promise((done) => (release = done));
  const tail = Promise.all([before, mine]).then(() => tails.get(name) === tail && tails.delete(name));
  tails.set(name, tail);
  const left = new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
  try {
    await Promise.race([before, left]);
  } catch (reason) {
    release();
    throw reason;
  }
  return release;
}
