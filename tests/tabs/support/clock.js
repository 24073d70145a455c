// Runs before anything else in the page: a wall clock that is off by `?clock=` milliseconds, and that jumps when told.
{
  const RealDate = Date;
  const realNow = Date.now.bind(Date);
  let offsetMs = Number(new URLSearchParams(location.search).get("clock") ?? 0);
  const now = () => realNow() + offsetMs;
  globalThis.Date = class extends RealDate {
    constructor(...parts) {
      super(...(parts.length === 0 ? [now()] : parts));
    }
    static now = now;
  };
  globalThis.clock = { realNow, jump: (ms) => void (offsetMs += ms) };
}
