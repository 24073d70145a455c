// Two tabs, one session, and what may stand between them: locks that are stolen, missing or refused, messages that are forged or lost.
import assert from "node:assert/strict";
import { NOT_ISOLATED, useStage } from "./support/stage.js";

const stage = useStage();

/** Signed in here and in a second tab of the same profile; `session` in both, and `events` from now on. */
async function twoTabs({ run, open, context }, { also = {}, init } = {}) {
  const begin = async ({ options, also }) => {
    globalThis.session = await AuthSession.open({ ...options, ...also });
    globalThis.events = record(session);
  };
  await run(begin, { also });
  await run(() => session.login(ALICE));
  const other = await context.newPage();
  // A browser lacks something in all of its tabs, or in none.
  if (init) await other.addInitScript(init);
  await open(other);
  await run(begin, { also }, other);
  return other;
}

const DONE = { value: undefined };
const withoutLocks = () => Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
const refusingLocks = () => {
  LockManager.prototype.request = LockManager.prototype.query = () => Promise.reject(new DOMException("", "SecurityError"));
};
const alone = () => {
  Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
  for (const name of ["indexedDB", "BroadcastChannel"]) Object.defineProperty(globalThis, name, { value: undefined });
};

const ALL = { lock: "web-locks", fence: "indexeddb", storage: "local", sharedWithTabs: true, channel: true };
for (const [title, init, expected] of [
  ["all it needs", undefined, ALL],
  ["no Web Locks", withoutLocks, { ...ALL, lock: "lease" }],
  ["Web Locks that refuse", refusingLocks, { ...ALL, lock: "lease" }],
  ["neither Web Locks nor IndexedDB nor a channel", alone, { ...ALL, lock: "tab", fence: "none", channel: false }],
])
  stage(`f63 where a page has ${title}, the capabilities say so, and two tabs still refresh once between them`, {
    init, reuse: "rotating-strict", options: { refreshMode: "on-demand" },
  }, async (scene) => {
    const { run, requests } = scene;
    const other = await twoTabs(scene, { init });
    const seen = await run(() => [session.capabilities, Object.isFrozen(session.capabilities)]);
    assert.deepEqual(seen, [expected, true]);
    if (init === alone) return;
    const refresh = () => outcome(session.accessToken({ minValidityMs: 3_600_000 }));
    const outcomes = await Promise.all([run(refresh), run(refresh, {}, other)]);
    assert.deepEqual(outcomes.map(({ error }) => error), [undefined, undefined]);
    assert.ok(requests("refresh").length <= 2);
    const tokens = await Promise.all([run(() => session.accessToken()), run(() => session.accessToken(), {}, other)]);
    assert.equal(tokens[0], tokens[1]);
  });

stage("f91 in a sandboxed frame the capabilities say what is left", { at: "/frame", load: false, origins: "*" }, async ({ page, run }) => {
  const frame = page.frame("sandboxed");
  await frame.evaluate(async () => void Object.assign(globalThis, await import("/in-page.js")));
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    await session.refresh();
    const { lock, fence, storage, sharedWithTabs } = session.capabilities;
    return { lock, fence, storage, sharedWithTabs };
  }, {}, frame);
  assert.deepEqual(seen, { lock: "tab", fence: "none", storage: "memory", sharedWithTabs: false });
});

stage("f55 without a fence the lock is kept a little past the write, and the caller is answered at once", {
  init: () => Object.defineProperty(globalThis, "indexedDB", { value: undefined }),
}, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    await sleep(300);
    const held = async () => (await navigator.locks.query()).held.length;
    const free = await held();
    await session.refresh();
    const answered = performance.now();
    const after = await held();
    while ((await held()) > 0) await sleep(5);
    return { free, after, ms: performance.now() - answered };
  });
  assert.deepEqual([seen.free, seen.after], [0, 1]);
  assert.ok(seen.ms > 50 && seen.ms < 400, `${seen.ms} ms`);
});

stage("f60 a lock that somebody steals in the middle of a refresh: the refresh ends as it would, and nobody catches an error", {}, async (scene) => {
  const { run, backend } = scene;
  const other = await twoTabs(scene);
  backend.fault({ on: "refresh", kind: "delay", ms: 800 });
  const refreshing = run(() => outcome(session.refresh()));
  await run(async () => {
    for (let tries = 0; tries < 100; tries += 1) {
      const [held] = (await navigator.locks.query()).held;
      if (held) return void navigator.locks.request(held.name, { steal: true }, () => sleep(50));
      await sleep(20);
    }
  }, {}, other);
  assert.deepEqual(await refreshing, DONE);
  assert.equal(typeof (await run(() => session.accessToken(), {}, other)), "string");
});

stage("f75 a caller that leaves while another tab holds the lock is free at once, and nothing is left in the queue", { options: { refreshMode: "on-demand" } }, async (scene) => {
  const { run, backend } = scene;
  const other = await twoTabs(scene);
  backend.fault({ on: "refresh", kind: "delay", ms: 1200 });
  const refreshing = run(() => outcome(session.refresh()));
  await new Promise((done) => setTimeout(done, 300));
  const seen = await run(async () => {
    const controller = new AbortController();
    const waiting = timed(session.refresh({ signal: controller.signal }));
    await sleep(100);
    controller.abort();
    const left = await waiting;
    await sleep(50);
    return { left, queued: (await navigator.locks.query()).pending.length };
  }, {}, other);
  assert.equal(seen.left.error.code, "aborted");
  assert.ok(seen.left.ms < 400, `${seen.left.ms} ms`);
  assert.equal(seen.queued, 0);
  assert.deepEqual(await refreshing, DONE);
});

stage("f69 a forged message changes nothing, and no message says who is signed in or with what", {}, async (scene) => {
  const { run } = scene;
  const other = await twoTabs(scene);
  const seen = await run(async () => {
    const [name] = Object.keys({ ...localStorage }).filter((key) => key.startsWith("was."));
    globalThis.heard = [];
    const channel = new BroadcastChannel(name);
    channel.onmessage = ({ data }) => heard.push(data);
    for (const message of [{ v: 1, kind: "changed" }, { v: 1, kind: "signed_out" }, { access_token: "forged" }, null]) channel.postMessage(message);
    await sleep(500);
    return session.getSnapshot().status;
  }, {}, other);
  assert.equal(seen, "active");
  await run(() => session.refresh());
  const messages = await run(() => sleep(300).then(() => heard), {}, other);
  assert.ok(messages.length > 0);
  assert.deepEqual(messages.filter((message) => JSON.stringify(message) !== '{"v":1,"kind":"changed"}'), []);
  assert.deepEqual(await run(() => events.filter(({ name }) => name === "signed_out")), []);
});

for (const [title, init] of [
  ["storage events and no channel", () => Object.defineProperty(globalThis, "BroadcastChannel", { value: undefined })],
  ["the channel and no storage events", () => addEventListener("storage", (event) => event.stopImmediatePropagation(), true)],
  ["neither", () => {
    Object.defineProperty(globalThis, "BroadcastChannel", { value: undefined });
    addEventListener("storage", (event) => event.stopImmediatePropagation(), true);
  }],
])
  stage(`f69 f70 with ${title} a tab has the other's tokens when it needs them, and does not refresh again`, { init, reuse: "rotating-strict" }, async (scene) => {
    const { run, requests } = scene;
    const other = await twoTabs(scene);
    await run(() => session.refresh());
    const [mine, theirs] = await Promise.all([
      run(() => session.accessToken()),
      run(() => sleep(400).then(() => session.accessToken({ minValidityMs: 3_598_000 })), {}, other),
    ]);
    assert.equal(mine, theirs);
    assert.equal(requests("refresh").length, 1);
  });

stage("f70 a thousand storage events are few looks at the store and no event of ours", {}, async (scene) => {
  const { run } = scene;
  const other = await twoTabs(scene);
  const seen = await run(async () => {
    const { transaction } = IDBDatabase.prototype;
    let looks = 0;
    IDBDatabase.prototype.transaction = function (...given) {
      looks += 1;
      return transaction.apply(this, given);
    };
    const [key] = Object.keys({ ...localStorage }).filter((key) => key.startsWith("was."));
    for (let count = 0; count < 1000; count += 1) dispatchEvent(new StorageEvent("storage", { key, newValue: "forged" }));
    await sleep(600);
    return { looks, events };
  }, {}, other);
  assert.ok(seen.looks >= 1 && seen.looks <= 4, `${seen.looks} looks`);
  assert.deepEqual(seen.events, []);
});

stage("f71 two copies of the package on one page share the session, the lock and the database", {}, async ({ run, requests }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    const copy = await import("/dist/index.js?copy");
    const second = await copy.AuthSession.open(options);
    const signedIn = second.getSnapshot().signedIn;
    await Promise.all([session.refresh(), second.refresh()]);
    await sleep(300);
    const tokens = await Promise.all([session.accessToken(), second.accessToken()]);
    return { signedIn, same: tokens[0] === tokens[1], differ: copy.AuthSession !== AuthSession };
  });
  assert.deepEqual(seen, { signedIn: true, same: true, differ: true });
  assert.ok(requests("refresh").length <= 2);
});

stage("f72 two sessions with the same key in one tab refresh once between them, and a logout of one is one of both", { reuse: "rotating-strict" }, async ({ run, requests }) => {
  const seen = await run(async ({ options }) => {
    const [first, second] = [await AuthSession.open(options), await AuthSession.open(options)];
    await first.login(ALICE);
    await sleep(300);
    const noticed = second.getSnapshot().signedIn;
    const tokens = await Promise.all([first, second].map((session) => session.accessToken({ minValidityMs: 3_600_000 })));
    await first.logout();
    await sleep(300);
    return { noticed, tokens: new Set(tokens).size, status: second.getSnapshot().status, reason: second.getSnapshot().endReason };
  });
  assert.equal(seen.noticed, true);
  assert.ok(seen.tokens <= 2);
  assert.equal(seen.status, "signed_out");
  assert.ok(requests("refresh").length <= 2);
});

stage("f73 a duplicated tab with a session of its own presents no spent token: who renews first keeps it, the other is signed out", {
  reuse: "rotating-strict", options: { storage: "session", refreshMode: "on-demand" },
}, async ({ run, context, page, requests }) => {
  await run(async ({ options }) => {
    globalThis.session = await AuthSession.open(options);
    await session.login(ALICE);
  });
  const [copy] = await Promise.all([context.waitForEvent("page"), page.evaluate(() => void open(location.href))]);
  await copy.waitForLoadState();
  await copy.evaluate(async () => void Object.assign(globalThis, await import("/in-page.js")));
  const copied = await run(async ({ options }) => {
    globalThis.session = await AuthSession.open(options);
    return session.getSnapshot().signedIn;
  }, {}, copy);
  assert.equal(copied, true);
  const first = await run(() => outcome(session.refresh()));
  const second = await run(() => outcome(session.refresh()), {}, copy);
  assert.deepEqual(first, DONE);
  assert.deepEqual([second.error?.code, second.error?.reason], ["session_ended", "elsewhere"]);
  assert.equal(requests("refresh").length, 1);
  assert.deepEqual(await run(() => outcome(session.refresh())), DONE);
});

stage("a session of one tab ends alone, but for a logout, which ends what tabs share as well", {
  reuse: "rotating-strict", options: { refreshMode: "on-demand" }, isolated: NOT_ISOLATED.memory,
}, async (scene) => {
  const { run, backend, context, open, page } = scene;
  const begin = async ({ options, remember }) => {
    globalThis.session ??= await AuthSession.open(options);
    await session.login(remember ? BOB : ALICE, { remember });
    globalThis.events = record(session);
    return session.accessToken();
  };
  const other = await context.newPage();
  await open(other);
  const login = async () => [await run(begin, { remember: false }), await run(begin, { remember: true }, other)];
  const held = () => Promise.all([page, other].map((tab) => run(() => session.accessToken().catch(({ code }) => code), {}, tab)));
  const [own, shared] = await login();
  assert.deepEqual(await held(), [own, shared], "each has its own");
  backend.fault({ on: "refresh", kind: "status", status: 401, body: { error: "invalid_grant" }, times: 1 });
  const refused = await run(() => outcome(session.refresh()));
  assert.equal(refused.error?.code, "session_ended");
  await page.waitForFunction(() => session.getSnapshot().signedIn);
  assert.deepEqual(await held(), [shared, shared], "from now on the tab has a part in what tabs share");
  assert.deepEqual(await run(() => events.map(({ name }) => name), {}, other), []);
  await login();
  await run(() => session.logout());
  await other.waitForFunction(() => !session.getSnapshot().signedIn);
  assert.deepEqual(await held(), ["session_ended", "session_ended"]);
});

stage("f61 a handler may refresh, log out and log in within our event: nothing waits for itself, and the lock is free", {}, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    const heard = [];
    const done = [];
    session.on("signed_in", async () => {
      heard.push("signed_in");
      if (heard.length > 1) return;
      heard.push((await navigator.locks.query()).held.length);
      done.push(await outcome(session.refresh()));
    });
    session.on("refreshed", async () => {
      heard.push("refreshed");
      done.push(await outcome(session.logout()));
      done.push(await outcome(session.login(BOB)));
    });
    await session.login(ALICE);
    for (let tries = 0; tries < 60 && done.length < 3; tries += 1) await sleep(50);
    return { heard, errors: done.map(({ error, pending }) => error ?? pending), status: session.getSnapshot().status, held: (await navigator.locks.query()).held.length };
  });
  assert.deepEqual(seen.heard, ["signed_in", 0, "refreshed", "signed_in"]);
  assert.deepEqual(seen.errors, [undefined, undefined, undefined]);
  assert.deepEqual([seen.status, seen.held], ["active", 0]);
});

stage("f128 a handler that never ends holds no lock", {}, async (scene) => {
  const { run } = scene;
  const other = await twoTabs(scene);
  await run(() => void session.on("refreshed", () => new Promise(() => {})));
  await run(() => session.refresh());
  assert.equal(await run(async () => (await navigator.locks.query()).held.length), 0);
  assert.deepEqual(await run(() => outcome(session.refresh()), {}, other), DONE);
});
