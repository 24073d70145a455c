// What callers hand in beside the objects that the core reads: looked at once, and what throws is a fault like any other.

import { invalid } from "./failures.js";

const must = (name, reason, holds) => (value) => {
  if (!holds(value)) throw invalid(name, reason);
};
const CHECKS = {
  signal: isAborted,
  remember: must("remember", "must be true or false", (value) => typeof value === "boolean"),
  minValidityMs: must("minValidityMs", "must be a number of milliseconds, 0 or more", (value) => typeof value === "number" && value >= 0 && value < Infinity),
};

/** The options of a call that takes these `names` and no others: a misspelt one would have no effect, and nobody would know. */
export function readOptions(options, names) {
  const given = {};
  if (options === undefined || options === null) return given;
  if (typeof options !== "object") throw invalid("options", "must be an object");
  let unknown;
  try {
    unknown = Object.keys(options).find((name) => !names.includes(name));
    for (const name of names) given[name] = options[name];
  } catch {
    throw invalid("options", "must be an object that can be read");
  }
  if (unknown !== undefined) throw invalid(unknown, `is no option of this call, which takes ${names.join(" and ")}`);
  for (const name of names) if (given[name] !== undefined) CHECKS[name](given[name]);
  return given;
}

// The browser itself knows what is a signal; `instanceof` believes a proxy, and does not know what another frame has made.
export function isAborted(signal) {
  try {
    return Reflect.get(AbortSignal.prototype, "aborted", signal);
  } catch {
    throw invalid("signal", "must be an AbortSignal");
  }
}

/** To `add` or `remove` what is done when it is withdrawn. */
export const heed = (how, signal, act) => signal && EventTarget.prototype[`${how}EventListener`].call(signal, "abort", act, { once: true });

export const isRequest = (value) => isOne(Request, "url", value);
export const isStream = (value) => isOne(ReadableStream, "locked", value);

function isOne({ prototype }, attribute, value) {
  try {
    Reflect.get(prototype, attribute, value);
    return true;
  } catch {
    return false;
  }
}

// A copy that can be read, of what may be no answer at all.
export function copyOf(response) {
  try {
    return Response.prototype.clone.call(response);
  } catch {
    return null;
  }
}

// As deep, and as many values, as the core reads. What holds the same thing twice, and that again, is small and yet without end.
const DEEPEST = 64;
const MOST = 1 << 16;

/**
 * A copy of what the core would read: the caller's own object may change, and one that a framework watches by a Proxy cannot be sent to a
 * worker. What cannot be copied is handed on as it is, for the core to refuse.
 */
export function plain(value) {
  try {
    return copied(value, DEEPEST, { values: MOST });
  } catch {
    return value;
  }
}

function copied(value, levels, left) {
  left.values -= 1;
  if (levels < 0 || left.values < 0) throw left;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, entry]) => [name, copied(entry, levels - 1, left)]);
  // A list, too, by its entries and not by its length, which may be four billion.
  return Array.isArray(value) ? Object.assign([], Object.fromEntries(entries)) : Object.fromEntries(entries);
}
