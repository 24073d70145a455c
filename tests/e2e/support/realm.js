// A plain script for a page, before all others: it keeps every message that comes into or leaves the page's realm, and can name every text
// that script in the page can get at.
(() => {
  const messages = [];
  const keep = (data) => {
    try {
      messages.push(JSON.stringify(data, (_, value) => (value instanceof WebAssembly.Module ? "module" : value)) ?? String(data));
    } catch (error) {
      messages.push(`a message that cannot be read: ${error}`);
    }
  };

  for (const Sender of [Worker, MessagePort, BroadcastChannel]) {
    const { postMessage } = Sender.prototype;
    Sender.prototype.postMessage = function (data, ...more) {
      keep(data);
      return postMessage.call(this, data, ...more);
    };
    const { get, set } = Object.getOwnPropertyDescriptor(Sender.prototype, "onmessage");
    Object.defineProperty(Sender.prototype, "onmessage", {
      configurable: true,
      get,
      set(hear) {
        set.call(this, hear && function (event) {
          keep(event.data);
          return hear.call(this, event);
        });
      },
    });
    const { addEventListener } = Sender.prototype;
    Sender.prototype.addEventListener = function (type, hear, ...more) {
      if (type !== "message") return addEventListener.call(this, type, hear, ...more);
      return addEventListener.call(this, type, (event) => (keep(event.data), hear.call(this, event)), ...more);
    };
  }

  /** Every text of a property, an entry or a name that can be reached from `window`, and how many objects were looked at. */
  function texts() {
    const seen = new Set();
    const found = new Set();
    const waiting = [globalThis];
    const see = (value) => {
      if (typeof value === "string" && value.length >= 8) found.add(value);
      // Some getters answer a wrong receiver by a promise that rejects.
      if (value instanceof Promise) value.catch(() => {});
      if ((typeof value === "object" && value !== null) || typeof value === "function") waiting.push(value);
    };
    while (waiting.length > 0) {
      const object = waiting.pop();
      if (seen.has(object)) continue;
      seen.add(object);
      const attempt = (act) => {
        try {
          return act();
        } catch {}
      };
      const names = (one) => attempt(() => Reflect.ownKeys(one)) ?? [];
      for (const name of names(object)) {
        see(name);
        const property = attempt(() => Object.getOwnPropertyDescriptor(object, name));
        if (property && "value" in property) see(property.value);
        else if (property) see(property.get), see(property.set), see(attempt(() => object[name]));
      }
      const parent = attempt(() => Object.getPrototypeOf(object));
      see(parent);
      // What the platform's objects say of themselves stands in getters that they inherit.
      if (typeof object === "object") {
        for (let above = parent; above; above = attempt(() => Object.getPrototypeOf(above))) {
          for (const name of names(above)) {
            if (attempt(() => Object.getOwnPropertyDescriptor(above, name))?.get) see(attempt(() => object[name]));
          }
        }
      }
      if (object instanceof Map) for (const [key, value] of object) see(key), see(value);
      if (object instanceof Set) for (const value of object) see(value);
    }
    return { texts: [...found], objects: seen.size };
  }

  globalThis.realm = { messages, texts };
})();
