// Where a session is to run, as its options say.

/** What of the options says where the core runs: a worker, `null` for one that is to be made, or `undefined` for here. */
export function takeIsolation(options) {
  try {
    const { isolation } = options;
    if (isolation === "worker") return [options, null];
    if (isolation instanceof Worker) return [{ ...options, isolation: "worker" }, isolation];
  } catch {
    // No options, or ones that throw when read: the core says so.
  }
  return [options, undefined];
}
