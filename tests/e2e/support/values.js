// Served to the page: values that a caller may hand in, each made anew for each use, and patches of what every script shares.

export class Own extends Error {
  name = "Own";
}
const fail = () => {
  throw new Own("a caller's own error");
};
const deep = (levels) => {
  let value = {};
  for (let level = 0; level < levels; level += 1) value = level % 2 ? { value } : [value];
  return value;
};
/** Small, and without end for whoever walks through it: each level holds the next twice. */
const laughing = () => {
  let value = {};
  for (let level = 0; level < 40; level += 1) value = { left: value, right: value };
  return value;
};
const cycle = () => {
  const value = { list: [] };
  value.list.push(value);
  return value;
};
const revoked = (target) => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
};
const throwing = new Proxy({}, Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((trap) => [trap, fail])));

export const VALUES = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  zero: () => 0,
  "minus one": () => -1,
  NaN: () => NaN,
  Infinity: () => Infinity,
  "a big integer": () => 10n ** 30n,
  "a fraction": () => 1e-320,
  "an empty text": () => "",
  "a text": () => "text",
  "a lone surrogate": () => "\ud800",
  "a text with a NUL": () => "a\u0000b\r\nc",
  "a symbol": () => Symbol("s"),
  "a well-known symbol": () => Symbol.iterator,
  "a function": () => () => {},
  "a function that throws": () => fail,
  "a class": () => class {},
  "an empty list": () => [],
  "a list with holes": () => [, 1, , ],
  "a list of four billion holes": () => new Array(2 ** 32 - 1),
  "a list that walks for ever": () => Object.assign([1], { *[Symbol.iterator]() { for (;;) yield 1; } }),
  "a list of a kind of its own": () => Object.assign([1], { constructor: { [Symbol.species]: fail } }),
  "a map": () => new Map([["username", "alice"]]),
  "a date": () => new Date(NaN),
  "a regular expression": () => /x/g,
  "bytes": () => new Uint8Array(8),
  "a detached buffer": () => {
    const buffer = new ArrayBuffer(8);
    structuredClone(buffer, { transfer: [buffer] });
    return buffer;
  },
  "a promise": () => Promise.resolve(5),
  "a rejected promise": () => {
    const promise = Promise.reject(new Own());
    promise.catch(() => {});
    return promise;
  },
  "an object with then": () => ({ then: (done) => done(5) }),
  "an object whose then never comes": () => ({ then() {} }),
  "an object whose then throws": () => ({ get then() { return fail(); } }),
  "an object without a prototype": () => Object.create(null),
  "an object that is no text": () => ({ toString: fail, valueOf: fail, toJSON: fail, [Symbol.toPrimitive]: fail }),
  "an object of getters that throw": () => Object.defineProperties({}, Object.fromEntries(
    ["username", "password", "grant", "signal", "remember", "minValidityMs", "access_token", "baseUrl", "storage", "headers", "body", "method", "foreign", "retry", "url"]
      .map((name) => [name, { enumerable: true, get: fail }]))),
  "an object with __proto__": () => JSON.parse('{"__proto__":{"username":"x"},"constructor":{"prototype":{}}}'),
  "an object with a name of a lone surrogate": () => ({ "\udfff": 1 }),
  "a cycle": cycle,
  "a nesting of 100,000": () => deep(100_000),
  "a nesting of 63": () => deep(63),
  "a small thing that is endless to walk": laughing,
  "a revoked proxy": () => revoked({}),
  "a revoked proxy of a list": () => revoked([]),
  "a revoked proxy of a function": () => revoked(() => {}),
  "a proxy that throws at everything": () => throwing,
  "a proxy with names that change": () => new Proxy({}, { ownKeys: () => [String(Math.random())], getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }) }),
  "a proxy of a list that lies about its length": () => new Proxy([], { get: (target, name) => (name === "length" ? 2 ** 53 : Reflect.get(target, name)) }),
  "an aborted signal": () => AbortSignal.abort(new Own("withdrawn")),
  "a proxy of a signal": () => new Proxy(new AbortController().signal, {}),
  "something made like a signal": () => Object.create(AbortSignal.prototype),
  "a used answer": () => {
    const response = new Response("text");
    void response.text();
    return response;
  },
  "a proxy of an answer": () => new Proxy(new Response("text", { status: 401 }), {}),
  "something made like an answer": () => Object.create(Response.prototype),
  "an answer of a kind of its own": () => new (class extends Response {
    get body() { return fail(); }
    get status() { return fail(); }
    get bodyUsed() { return fail(); }
    get headers() { return 5; }
    clone() { return fail(); }
  })("text", { status: 401 }),
  "a page's own window": () => globalThis,
  "a form": () => new FormData(),
  "a stream that errs": () => new ReadableStream({ pull: (stream) => stream.error(new Own()) }),
  "a locked stream": () => {
    const stream = new ReadableStream();
    stream.getReader();
    return stream;
  },
};

/** Where a caller may hand a value in: with a session that is signed in, and the URL of its API. */
export const PLACES = {
  "new AuthSession(…)": ({ AuthSession }, value) => new AuthSession(value),
  "open(…)": ({ AuthSession }, value) => AuthSession.open(value),
  ...Object.fromEntries(["baseUrl", "preset", "clientId", "storage", "request", "reply", "rejection", "refresh", "end", "use", "csrf", "timeoutMs", "storageRequired"].map((name) => [
    `open({ ${name}: … })`, ({ AuthSession, options }, value) => AuthSession.open({ ...options, namespace: "other", [name]: value }),
  ])),
  "login(…)": ({ session }, value) => session.login(value),
  "login({ password: … })": ({ session }, value) => session.login({ username: "alice", password: value }),
  "login({ grant: … })": ({ session }, value) => session.login({ grant: value }),
  "login({ extraFields: … })": ({ session }, value) => session.login({ username: "alice", password: "alice-password", extraFields: value }),
  "login({ extraFields: { x: … } })": ({ session }, value) => session.login({ username: "alice", password: "alice-password", extraFields: { x: value } }),
  "login(…, options)": ({ session }, value) => session.login({ username: "alice", password: "alice-password" }, value),
  "login(…, { signal: … })": ({ session }, value) => session.login({ username: "alice", password: "alice-password" }, { signal: value }),
  "login(…, { remember: … })": ({ session }, value) => session.login({ username: "alice", password: "alice-password" }, { remember: value }),
  "adopt(…)": ({ session }, value) => session.adopt(value),
  "adopt({ access_token: … })": ({ session }, value) => session.adopt({ access_token: value }),
  "adopt({ expires_in: … })": ({ session }, value) => session.adopt({ access_token: "adopted", refresh_token: "adopted", expires_in: value, extra: value }),
  "adopt(…, options)": ({ session }, value) => session.adopt({ access_token: "adopted" }, value),
  "accessToken(…)": ({ session }, value) => session.accessToken(value),
  "accessToken({ minValidityMs: … })": ({ session }, value) => session.accessToken({ minValidityMs: value }),
  "accessToken({ signal: … })": ({ session }, value) => session.accessToken({ signal: value }),
  "refresh(…)": ({ session }, value) => session.refresh(value),
  "refresh({ signal: … })": ({ session }, value) => session.refresh({ signal: value }),
  "rejection(…)": ({ session }, value) => session.rejection(value),
  "on(…)": ({ session }, value) => session.on(value, () => {}),
  'on("warning", …)': ({ session }, value) => session.on("warning", value)(),
  "subscribe(…)": ({ session }, value) => session.subscribe(value)(),
  "onToken(…)": ({ session }, value) => session.onToken(value)(),
  "fetch(…)": ({ session }, value) => session.fetch(value),
  "fetch(url, …)": ({ session, url }, value) => session.fetch(url, value),
  ...Object.fromEntries(["headers", "body", "signal", "method", "foreign", "retry", "redirect", "credentials", "duplex"].map((name) => [
    `fetch(url, { ${name}: … })`, ({ session, url }, value) => session.fetch(url, { method: "POST", [name]: value }),
  ])),
  "authorize(…)": ({ session }, value) => session.authorize(value),
  "authorize(url, …)": ({ session, url }, value) => session.authorize(url, value),
};
