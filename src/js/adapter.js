// A caller's own storage: `{ getItem, setItem, removeItem }`, at once or by promise. It may throw, answer with anything or
// not at all: here all of that becomes a rejection, in time.

import { within } from "./deadline.js";
import { invalid } from "./failures.js";

const DEADLINE_MS = 2000;
const METHODS = ["getItem", "setItem", "removeItem"];

/** Takes the object out of the options, which the core reads as plain data: `[options, adapter]`. */
export function takeAdapter(options) {
  let storage;
  let missing = METHODS;
  try {
    ({ storage } = options);
    missing = METHODS.filter((name) => typeof storage[name] !== "function");
    if (missing.length === 0) return [{ ...options, storage: "custom" }, new Adapter(storage)];
  } catch {
    // No options, or ones that throw when read: the core says so.
  }
  if (typeof storage === "object" && missing.length < METHODS.length) throw invalid("storage", `lacks ${missing.join(" and ")}`);
  return [options, null];
}

class Adapter {
  #storage;
  #last = Promise.resolve();

  constructor(storage) {
    this.#storage = storage;
  }

  /** The text, or `null`. */
  async get(key) {
    const text = (await this.#ask("getItem", key)) ?? null;
    if (text !== null && typeof text !== "string") throw new TypeError("getItem must return a string or null");
    return text;
  }

  set(key, text) {
    return this.#ask("setItem", key, text);
  }

  remove(key) {
    return this.#ask("removeItem", key);
  }

  // One after the other: a storage that takes its time may finish calls in another order than they came, and a tombstone must come last.
  #ask(method, ...given) {
    const asked = this.#last.then(() => within(DEADLINE_MS, (async () => this.#storage[method](...given))()));
    this.#last = asked.catch(() => {});
    return asked;
  }
}
