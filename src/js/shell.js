// What a session needs of the browser and must keep though its module traps: the lock, the fence, the channel to other
// tabs, a caller's own storage. `browser/shell.rs` is the other side of it. Nothing here throws, and every promise settles.

import { pause } from "./deadline.js";
import { Lock } from "./lock.js";
import { Peers } from "./peers.js";
import { vault } from "./vault.js";

// Where nothing is known to be fresh, the lock is kept until what was written can be seen in every tab, and what others wrote is
// waited for. The longest lag that was seen is 108 ms.
const SETTLED_MS = 150;
const ACTIVE = ".active";

export class Shell {
  #adapter;
  #hear;
  #closed;
  #key;
  #lock = null;
  #peers = null;
  #waits;
  #unfenced = false;
  #burying = null;

  /** `hear` is called when the store may have changed, `closed` at the end. */
  constructor(adapter, hear, closed) {
    this.#adapter = adapter;
    this.#hear = hear;
    this.#closed = closed;
  }

  /** Once the key is known. The lock is waited for, and held, no longer than this. */
  start(key, waitMs, longestMs) {
    this.#key = key;
    this.#waits = [waitMs, longestMs];
    this.#lock = new Lock(key, vault);
    this.#peers = new Peers(key, this.#hear);
  }

  close() {
    this.#lock?.release();
    if (this.#burying) void this.#burying.then(() => this.#peers.close());
    else this.#peers?.close();
    this.#closed();
  }

  probe() {
    return this.#lock.probe();
  }

  capabilities(storage) {
    const fence = storage !== "memory" && vault.works ? "indexeddb" : "none";
    return Object.freeze({
      lock: this.#lock.kind,
      fence,
      storage,
      sharedWithTabs: storage === "local" || (storage !== "session" && fence === "indexeddb"),
      channel: this.#peers.works,
    });
  }

  // ── Lock ──────────────────────────────────────────────────────────────────────────────────────

  // Others may have written and let go just now; without the fence, what they wrote must first be visible here.
  async acquire() {
    this.#unfenced = false;
    const granted = await this.#lock.acquire(...this.#waits);
    if (granted && !vault.works) await pause(SETTLED_MS);
    return granted;
  }

  // Not before a logout has reached the fence: who is granted the lock then must find it there.
  release() {
    this.#lock.release(this.#unfenced ? SETTLED_MS : 0, this.#burying);
  }

  // ── Fence ─────────────────────────────────────────────────────────────────────────────────────

  hasFence() {
    return vault.works;
  }

  /** Where the lock was taken away, not before it is ours again: whoever had it meanwhile may be spending the tokens that are read here. */
  async look(key) {
    await this.#lock.regained;
    return vault.read(key);
  }

  /** A text below is a tombstone that the shared entry gets where it is of an older epoch. What the fence does not take stands in the mirror alone. */
  async commit(key, epoch, generation, text, alone, overEpoch, overGeneration, below) {
    const mark = { epoch, generation };
    const over = overEpoch === undefined ? undefined : { epoch: overEpoch, generation: overGeneration };
    const shared = below && { key: this.#key, entry: { ...mark, text: below, alone } };
    const outcome = await vault.commit(key, { ...mark, text: text ?? null, alone }, over, shared);
    this.#unfenced ||= outcome === undefined || outcome === "bare";
    return outcome;
  }

  keepAlone(epoch, generation, alone) {
    return vault.alone(this.#key, { epoch, generation }, alone);
  }

  bury(epoch, generation, text, tabKey, tabEpoch, tabGeneration) {
    const keys = text === undefined ? [] : [[this.#key]];
    if (tabKey) keys.push([tabKey, text === undefined && { epoch: tabEpoch, generation: tabGeneration }]);
    const burying = vault.bury(keys, { epoch, generation, text }).then(async (stands) => {
      // In the mirror alone, where other tabs see it late.
      if (text !== undefined && !stands) await pause(SETTLED_MS);
      if (this.#burying === burying) this.#burying = null;
    });
    this.#burying = burying;
    // A tab's own session may have others beside it, whose use is the same.
    if (!tabKey) this.#forgetActivity();
  }

  // ── Other tabs, and time ──────────────────────────────────────────────────────────────────────

  /** Not before a logout is in the fence: a message is faster than a transaction. */
  tell() {
    if (this.#burying) void this.#burying.then(() => this.#peers.tell());
    else this.#peers.tell();
  }

  hint() {
    this.#peers.hint();
  }

  pause(ms) {
    return pause(ms);
  }

  // ── Use of the page, where that is limited ────────────────────────────────────────────────────

  /** A time is no secret. Where it cannot be kept, each tab counts for itself. */
  shareActivity(atMs) {
    try {
      localStorage.setItem(this.#key + ACTIVE, String(atMs));
    } catch {}
  }

  #forgetActivity() {
    try {
      localStorage.removeItem(this.#key + ACTIVE);
    } catch {}
  }

  /** 0 when nothing is known. */
  lastActivity() {
    try {
      return Number(localStorage.getItem(this.#key + ACTIVE)) || 0;
    } catch {
      return 0;
    }
  }

  // ── A caller's own storage ────────────────────────────────────────────────────────────────────

  hasAdapter() {
    return this.#adapter !== null;
  }

  getItem() {
    return this.#adapter.get(this.#key);
  }

  setItem(text) {
    return this.#adapter.set(this.#key, text);
  }

  removeItem() {
    return this.#adapter.remove(this.#key);
  }
}
