// The fence: what was committed last under each key, in IndexedDB. Check and write are one transaction, which no tab can
// come between and no tab sees late; localStorage promises neither.
//
// An entry is `{ epoch, generation, text, alone }`, and when it was written. Every operation settles in time and none rejects:
// `undefined` says that IndexedDB is missing here, `"full"` that it took nothing. What refuses counts as missing from then on; what
// hangs or fails is left alone for a while.

import { pause, within } from "./deadline.js";

const BASE = "wasm-auth-session";
const STORE = "sessions";
const DEADLINE_MS = 2000;
const REST_MS = 2_000;
const LONGEST_REST_MS = 600_000;
const FORGOTTEN_MS = 90 * 86_400_000;
// Said of a connection that the browser has closed, and of a browser that has a bad moment.
const TRANSIENT = new Set(["InvalidStateError", "AbortError", "UnknownError"]);
// When it is tried again: at once, which is enough for a lost connection, and later, when the browser has cleared up.
const PAUSES_MS = [0, 0, 100, 500];

const isOlder = (one, other) => one.epoch - other.epoch < 0 || (one.epoch === other.epoch && one.generation < other.generation);

const isSame = (one, other) => one.epoch === other.epoch && one.generation === other.generation;
const NOTHING = { epoch: 0, generation: 0 };

export class Vault {
  #opening = null;
  #missing = false;
  #restsUntil = 0;
  #restMs = REST_MS;

  /** Whether it works, as far as is known. */
  get works() {
    return !this.#missing && performance.now() >= this.#restsUntil && Boolean(globalThis.indexedDB);
  }

  // What hangs or has a bad moment may be well again soon: it is left alone for a while, each time longer, and then asked again.
  #rest() {
    // Several may have waited for the same.
    if (!this.works) return;
    this.#restsUntil = performance.now() + this.#restMs;
    this.#restMs = Math.min(this.#restMs * 2, LONGEST_REST_MS);
  }

  /** The entry, `null` where nothing was ever committed. */
  read(key) {
    return this.#run("readonly", (store, done) => ask(store, key, (entry) => done(entry ?? null)));
  }

  /**
   * `"saved"`, or `"overtaken"` where the entry is another than `over`, or without that not older. Full storage keeps the mark and
   * not the text: `"bare"`. `below` is an entry of another key that goes in with it over one of an older epoch.
   */
  async commit(key, entry, over, below) {
    const put = (entry, outcome) => this.#run("readwrite", (store, done) =>
      ask(store, key, (seen) => {
        if ((over && !isSame(seen ?? NOTHING, over)) || (seen && !isOlder(seen, entry))) return done("overtaken");
        if (!seen) sweep(store);
        store.put({ ...entry, at: Date.now() }, key);
        if (below) ask(store, below.key, (seen) => seen?.epoch < below.entry.epoch && store.put(below.entry, below.key));
        done(outcome);
      }));
    const outcome = await put(entry, "saved");
    if (outcome !== "full") return outcome;
    const bare = await put({ ...entry, text: null }, "bare");
    return bare === "full" ? undefined : bare;
  }

  /** Notes whether nothing but this entry holds the record; whether the entry still is that record's. */
  alone(key, mark, alone) {
    return this.#run("readwrite", (store, done) =>
      ask(store, key, (seen) => {
        const stands = seen && isSame(seen, mark);
        if (stands) store.put({ ...seen, alone }, key);
        done(stands);
      }));
  }

  /**
   * Puts the mark, without any token, over every entry of an older epoch. Keys come with the latest mark that is meant, where it is not
   * any: what a copy of the tab has written since is not ours to bury. Where storage is too full for the mark the entry goes first.
   * Whether there is something under every key after this.
   */
  async bury(keys, { epoch, generation, text }) {
    const marks = new Map();
    let stands = true;
    const each = (act) => this.#run("readwrite", (store, done) => {
      for (const [key, latest] of keys)
        ask(store, key, (seen) => {
          stands &&= Boolean(seen);
          if (!(seen?.epoch < epoch) || (latest && isOlder(latest, seen))) return;
          marks.set(key, { ...seen, epoch, generation, text: seen.text && text });
          act(store, key);
        });
      done(true);
    });
    const outcome = await each((store, key) => store.put(marks.get(key), key));
    if (outcome !== "full") return Boolean(outcome) && stands;
    marks.clear();
    await each((store, key) => store.delete(key));
    const again = await this.#run("readwrite", (store, done) => {
      for (const [key, mark] of marks) ask(store, key, (seen) => seen || store.put(mark, key));
      done(true);
    });
    return again === true && stands;
  }

  /** Takes or renews a lease: whether it is the owner's now. One that ends later than it can last is of another clock. */
  lease(name, owner, lengthMs) {
    return this.#run("readwrite", (store, done) =>
      ask(store, name, (seen) => {
        const leftMs = seen ? seen.until - Date.now() : 0;
        const taken = seen && seen.owner !== owner && leftMs > 0 && leftMs <= seen.lengthMs;
        if (!taken) store.put({ owner, until: Date.now() + lengthMs, lengthMs }, name);
        done(!taken);
      }));
  }

  /** Gives a lease back. */
  unlease(name, owner) {
    return this.#run("readwrite", (store, done) =>
      ask(store, name, (seen) => {
        if (seen?.owner === owner) store.delete(name);
        done(true);
      }));
  }

  async #run(mode, act) {
    for (const pauseMs of PAUSES_MS) {
      if (pauseMs > 0) await pause(pauseMs);
      if (!this.works) return undefined;
      let transaction;
      try {
        const result = await within(DEADLINE_MS, this.#transact(mode, act, (begun) => (transaction = begun)));
        this.#restMs = REST_MS;
        return result;
      } catch (error) {
        if (error?.name === "QuotaExceededError" && mode === "readwrite") return "full";
        this.#drop();
        abort(transaction);
        if (error?.name === "TimeoutError") this.#rest();
        else this.#missing ||= !TRANSIENT.has(error?.name);
      }
    }
    this.#rest();
    return undefined;
  }

  async #transact(mode, act, begun) {
    const base = await (this.#opening ??= this.#open());
    return new Promise((resolve, reject) => {
      const transaction = base.transaction(STORE, mode);
      let result;
      begun(transaction);
      transaction.oncomplete = () => resolve(result);
      transaction.onabort = () => reject(transaction.error ?? new DOMException("", "AbortError"));
      act(transaction.objectStore(STORE), (value) => (result = value));
    });
  }

  // Without a version: a later one of this package may have made the database, and this one only needs its store to be there.
  #open() {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open(BASE);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE);
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const base = request.result;
        // Whoever wants to change or delete the database need not wait for this page.
        base.onversionchange = base.onclose = () => this.#drop(base);
        if (!this.works) base.close();
        resolve(base);
      };
    });
  }

  #drop(base) {
    const opening = this.#opening;
    this.#opening = null;
    base?.close();
    opening?.then((base) => base.close(), () => {});
  }
}

const ask = (store, key, then) => {
  const request = store.get(key);
  request.onsuccess = () => then(request.result);
};

// The record of a tab leaves its mark behind, under a key of its own, which nobody needs once no copy of the tab is left.
function sweep(store) {
  const request = store.openCursor();
  request.onsuccess = () => {
    const cursor = request.result;
    if (!cursor) return;
    if (cursor.value.text === null && !(Date.now() - cursor.value.at < FORGOTTEN_MS)) cursor.delete();
    cursor.continue();
  };
}

function abort(transaction) {
  try {
    transaction?.abort();
  } catch {
    // It was through already.
  }
}

/** One for all sessions of this page: the database is opened once. */
export const vault = new Vault();
