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

/**
 * Tells when the script of a caller's own worker is not to be had: by an event without a message, which comes once, and may come while the
 * module is still being loaded. `opened`: from then on there is nothing to hear, and the worker may outlive many sessions.
 */
export const scriptFault = (worker, opened) =>
  new Promise((tell) => worker?.addEventListener("error", (event) => event.message ?? tell(event), { signal: opened }));
