// What callers hand in beside the objects that the core reads: looked at once, and what throws is a fault like any other.

import { invalid } from "./failures.js";

export function readOptions(options) {
  let given;
  try {
    const { signal, remember, minValidityMs } = options ?? {};
    given = { signal, remember, minValidityMs };
  } catch {
    throw invalid("options", "must be an object that can be read");
  }
  const { signal, minValidityMs } = given;
  if (signal !== undefined) isAborted(signal);
  if (minValidityMs !== undefined && !(typeof minValidityMs === "number" && minValidityMs >= 0 && minValidityMs < Infinity)) {
    throw invalid("minValidityMs", "must be a number of milliseconds, 0 or more");
  }
  return given;
}

// The browser itself knows what is a signal; `instanceof` believes a proxy.
export function isAborted(signal) {
  try {
    return Reflect.get(AbortSignal.prototype, "aborted", signal);
  } catch {
    throw invalid("signal", "must be an AbortSignal");
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
