// Runs before anything else in the page: counts what is there now of timers, listeners, channels, lock requests and linear memory.
{
  const timers = new Set();
  const wrapTimer = (set, clear) => {
    const [start, stop] = [globalThis[set].bind(globalThis), globalThis[clear].bind(globalThis)];
    globalThis[set] = (act, ms, ...args) => {
      const id = start(() => {
        if (set === "setTimeout") timers.delete(id);
        act(...args);
      }, ms);
      timers.add(id);
      return id;
    };
    globalThis[clear] = (id) => {
      timers.delete(id);
      stop(id);
    };
  };
  wrapTimer("setTimeout", "clearTimeout");
  wrapTimer("setInterval", "clearInterval");

  // Only of what outlives a session: what listens to objects of its own goes with them.
  const listeners = [];
  const { addEventListener, removeEventListener } = EventTarget.prototype;
  const isLasting = (target) => target === undefined || target === globalThis || target === document || target === navigator;
  const same = (target, [type, act, options]) => (one) =>
    one.target === (target ?? globalThis) && one.type === type && one.act === act && one.capture === Boolean(options?.capture ?? options);
  EventTarget.prototype.addEventListener = function (...args) {
    const [type, act, options] = args;
    if (isLasting(this) && !listeners.some(same(this, args))) {
      listeners.push({ target: this ?? globalThis, type, act, capture: Boolean(options?.capture ?? options) });
      options?.signal?.addEventListener("abort", () => drop(this, args));
    }
    return addEventListener.apply(this ?? globalThis, args);
  };
  const drop = (target, args) => {
    const index = listeners.findIndex(same(target, args));
    if (index >= 0) listeners.splice(index, 1);
  };
  EventTarget.prototype.removeEventListener = function (...args) {
    drop(this, args);
    return removeEventListener.apply(this ?? globalThis, args);
  };

  let channels = 0;
  globalThis.BroadcastChannel = class extends BroadcastChannel {
    #open = true;
    constructor(name) {
      super(name);
      channels += 1;
    }
    close() {
      if (this.#open) channels -= 1;
      this.#open = false;
      super.close();
    }
  };

  const memories = new Set();
  const remember = ({ exports }) => exports.memory && memories.add(exports.memory);
  for (const name of ["instantiate", "instantiateStreaming"]) {
    const real = WebAssembly[name];
    WebAssembly[name] = async (...args) => {
      const made = await real.apply(WebAssembly, args);
      remember(made.instance ?? made);
      return made;
    };
  }
  WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
    construct(target, args) {
      const instance = new target(...args);
      remember(instance);
      return instance;
    },
  });

  globalThis.left = async () => {
    const { held, pending } = await navigator.locks.query();
    return {
      timers: timers.size, listeners: listeners.length, channels, locks: held.length + pending.length,
      wasmBytes: [...memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0),
    };
  };
}
