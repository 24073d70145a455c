// Deadlines that this side owns: they hold though the module has trapped.

/**
 * Calls once after `ms`; what is returned withdraws it. A timer that rings far too late says that the page slept, and what
 * was waited for slept with it: then the wait begins anew, once.
 */
export function ring(ms, act) {
  let timer;
  const arm = (again) => {
    const due = Date.now() + ms;
    timer = setTimeout(() => (again && Date.now() > due + ms ? arm(false) : act()), ms);
  };
  arm(true);
  return () => clearTimeout(timer);
}

/** The promise's outcome, or a rejection with `TimeoutError` after `ms`. */
export function within(ms, promise) {
  return new Promise((resolve, reject) => {
    const cancel = ring(ms, () => reject(new DOMException("it took too long", "TimeoutError")));
    promise.then(resolve, reject).finally(cancel);
  });
}

/** Resolves after `ms`. */
export const pause = (ms) => new Promise((done) => setTimeout(done, ms));
