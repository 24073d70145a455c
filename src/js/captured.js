// The clocks and timers as they were when the package was loaded. The build puts these names in the place of the
// globals, in this package and nowhere else: what a page swaps in later (a test's fake timers, a framework's zones)
// neither stops a deadline nor ages a token. Not the global object's properties: `this` must still be the global object.
const { setTimeout: set, clearTimeout: clear, performance: monotonic } = globalThis;
const { now: wall } = Date;

const later = set.bind(globalThis);
const never = clear.bind(globalThis);
const dateNow = wall.bind(Date);
const performanceNow = monotonic ? monotonic.now.bind(monotonic) : dateNow;

export { later as setTimeout, never as clearTimeout, dateNow as "Date.now", performanceNow as "performance.now" };
