// dispose(): everything stops, everybody is told, nothing is left.
import assert from "node:assert/strict";
import { NOT_ISOLATED, useStage } from "./support/stage.js";

const stage = useStage();

/** Counts what is set and not cleared, before the package is loaded. */
function count() {
  const alive = { timers: new Set(), listeners: new Map() };
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  globalThis.setTimeout = (act, delay, ...given) => {
    const timer = set((...more) => (alive.timers.delete(timer), act(...more)), delay, ...given);
    alive.timers.add(timer);
    return timer;
  };
  globalThis.clearTimeout = (timer) => (alive.timers.delete(timer), clear(timer));
  const { addEventListener: add, removeEventListener: remove } = EventTarget.prototype;
  const change = (target, event, by) => {
    if (target !== undefined && !(target === globalThis || target === document || target instanceof AbortSignal)) return;
    alive.listeners.set(event, (alive.listeners.get(event) ?? 0) + by);
  };
  EventTarget.prototype.addEventListener = function (event, ...given) {
    change(this, event, 1);
    return add.call(this, event, ...given);
  };
  EventTarget.prototype.removeEventListener = function (event, ...given) {
    change(this, event, -1);
    return remove.call(this, event, ...given);
  };
  globalThis.left = () => ({ timers: alive.timers.size, listeners: [...alive.listeners.values()].reduce((sum, one) => sum + one, 0) });
}

stage("a session at rest holds one timer and five listeners, and after dispose() none", { init: count, isolated: NOT_ISOLATED.realm }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const start = left();
    const session = await AuthSession.open(options);
    const opened = left();
    await session.login(ALICE);
    await session.accessToken({ signal: new AbortController().signal });
    const rest = left();
    session.dispose();
    session.dispose();
    return { start, opened, rest, end: left() };
  });
  assert.deepEqual(seen.start, { timers: 0, listeners: 0 });
  assert.deepEqual(seen.opened, { timers: 0, listeners: 5 });
  assert.deepEqual(seen.rest, { timers: 1, listeners: 5 });
  assert.deepEqual(seen.end, { timers: 0, listeners: 0 });
});

stage("f126 dispose() rejects what is pending with disposed, withdraws requests, clears timers, and leaves the store alone", { init: count, isolated: NOT_ISOLATED.realm, dialect: "geolens" }, async ({ run, backend }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    session.dispose();
    return JSON.stringify({ ...localStorage });
  });
  for (const on of ["login", "refresh"]) backend.fault({ on, kind: "delay", ms: 500 });
  const end = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    const { signal } = new AbortController();
    const pending = [
      session.login(BOB, { signal }), session.refresh({ signal }), session.accessToken({ minValidityMs: 3_600_000, signal }),
      session.restore(), session.rejection(new Response(new ReadableStream({}), { status: 400 })),
    ].map((promise) => timed(promise));
    await new Promise((done) => queueMicrotask(done));
    session.dispose();
    const settled = await Promise.all(pending);
    await sleep(700);
    return { codes: settled.map(({ error }) => error?.code), slowest: Math.max(...settled.map(({ ms }) => ms)), listeners: left().listeners, stored: JSON.stringify({ ...localStorage }) };
  });
  assert.deepEqual(end.codes.filter((code) => code !== "disposed"), [], end.codes.join());
  assert.ok(end.slowest < 300, `${end.slowest} ms`);
  assert.equal(end.listeners, 0);
  assert.equal(end.stored, seen);
});

stage("f126 tokens that are on their way when a session is disposed of are stored, and the lock is let go", { init: count, isolated: NOT_ISOLATED.memory, reuse: "rotating-strict" }, async ({ run, backend, requests }) => {
  await run(async ({ options }) => {
    globalThis.session = await AuthSession.open(options);
    await session.login(ALICE);
  });
  backend.fault({ on: "refresh", kind: "delay-after", ms: 500 });
  const seen = await run(async ({ options }) => {
    const before = JSON.stringify({ ...localStorage });
    const refreshing = session.refresh().catch(({ code }) => code);
    await sleep(200);
    session.dispose();
    const disposedAt = performance.now();
    const code = await refreshing;
    const ms = performance.now() - disposedAt;
    const marked = JSON.stringify({ ...localStorage });
    await sleep(600);
    const after = JSON.stringify({ ...localStorage });
    const { timers, listeners } = left();
    const next = await AuthSession.open(options);
    await next.refresh();
    return { code, ms, isStored: after !== before && after !== marked, timers, listeners, held: (await navigator.locks.query()).held.length };
  });
  assert.ok(seen.ms < 200, `${seen.ms} ms`);
  delete seen.ms;
  assert.deepEqual(seen, { code: "disposed", isStored: true, timers: 0, listeners: 0, held: 0 });
  assert.deepEqual(requests("refresh").map(({ status }) => status), [200, 200]);
});

stage("f125 after dispose() every method rejects with disposed or does nothing, and nobody is told anything", {}, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    let told = 0;
    session.subscribe(() => void (told += 1));
    session.on("signed_out", () => void (told += 1));
    session.dispose();
    const after = session.getSnapshot();
    const calls = {
      login: () => session.login(ALICE), adopt: () => session.adopt({ access_token: "a" }), restore: () => session.restore(),
      logout: () => session.logout(), accessToken: () => session.accessToken(), refresh: () => session.refresh(),
      rejection: () => session.rejection(new Response("", { status: 401 })),
    };
    const codes = [];
    for (const call of Object.values(calls)) {
      const { error, thrown } = await attempt(call);
      codes.push(thrown ? "thrown" : error?.code);
    }
    session.subscribe(() => void (told += 1))();
    session.on("signed_in", () => void (told += 1))();
    await sleep(50);
    return { codes, told, same: session.getSnapshot() === after, status: session.toJSON().status, again: await attempt(() => session.dispose()) };
  });
  assert.deepEqual(seen, { codes: Array(7).fill("disposed"), told: 0, same: true, status: "signed_out", again: { value: undefined } });
});

stage("using disposes of a session at the end of its block", {}, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    const dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");
    const type = typeof session[dispose];
    try {
      // Not every engine that the package runs in can read this.
      await new Function("session", "{ using held = session; }")(session);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      session[dispose]();
    }
    return [type, (await outcome(session.restore())).error.code];
  });
  assert.deepEqual(seen, ["function", "disposed"]);
});

stage("dispose() within a handler stops the others that were to be told of the same event", { dialect: "geolens" }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    const order = [];
    session.on("signed_in", () => {
      order.push("first");
      session.dispose();
    });
    session.on("signed_in", () => order.push("second"));
    session.subscribe(() => order.push(session.getSnapshot().status));
    const login = await outcome(session.login(ALICE));
    await sleep(20);
    return { login, order, after: (await outcome(session.accessToken())).error.code };
  });
  assert.equal(seen.after, "disposed");
  assert.ok(!seen.login.pending);
  assert.deepEqual(seen.order.slice(seen.order.indexOf("first") + 1).filter((one) => one !== "second"), []);
});

stage("f127 two hundred sessions, one after the other, leave no timer, no listener and no memory behind", {
  load: false, init: count,
}, async ({ run, page }) => {
  // The instance's memory is not exported by the package: it is caught where it is made.
  await page.evaluate(async () => {
    const { Instance } = WebAssembly;
    WebAssembly.Instance = class extends Instance {
      constructor(...given) {
        super(...given);
        globalThis.memory = this.exports.memory;
      }
    };
    Object.assign(globalThis, await import("/in-page.js"));
  });
  const seen = await run(async ({ options }) => {
    const cycle = async (name) => {
      const session = await AuthSession.open({ ...options, namespace: String(name) });
      session.subscribe(() => {});
      await session.login(ALICE);
      await session.refresh();
      await session.accessToken();
      await session.logout();
      session.dispose();
      localStorage.clear();
    };
    const sizes = [];
    for (let name = 0; name < 200; name += 1) {
      await cycle(name);
      if (name % 50 === 49) sizes.push(memory.buffer.byteLength);
    }
    await sleep(20);
    return { sizes, left: left() };
  });
  assert.deepEqual(seen.left, { timers: 0, listeners: 0 });
  assert.equal(seen.sizes.length, 4);
  assert.equal(new Set(seen.sizes).size, 1, `memory after every 50 cycles: ${seen.sizes.join()}`);
});
