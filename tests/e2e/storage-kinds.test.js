// Storage of a caller's own, and IndexedDB alone: what they hold, and what becomes of it when they fail.
import assert from "node:assert/strict";
import { NOT_ISOLATED, useStage } from "./support/stage.js";

const stage = useStage();

/** In the page: storage that keeps everything in `kept`, each answer by promise after `ms`; methods in `broken` do that instead. */
const withStorage = () => {
  globalThis.ownStorage = ({ ms = 5, broken = {} } = {}) => {
    const kept = new Map(Object.entries(JSON.parse(globalThis.name || "{}")));
    const note = () => (globalThis.name = JSON.stringify(Object.fromEntries(kept)));
    return {
      kept,
      getItem: (key) => sleep(ms).then(() => kept.get(key) ?? null),
      setItem: (key, text) => sleep(ms).then(() => (kept.set(key, text), note())),
      removeItem: (key) => sleep(ms).then(() => (kept.delete(key), note())),
      ...broken,
    };
  };
};
const withoutIndexedDb = () => {
  Object.defineProperty(globalThis, "indexedDB", { value: undefined });
};

stage("f104 a session lives in a caller's own storage, by promise or at once, over a reload, and a logout takes its tokens out", { init: withStorage }, async ({ run, open }) => {
  const first = await run(async ({ options }) => {
    const storage = ownStorage();
    const session = await AuthSession.open({ ...options, storage });
    await session.login(ALICE);
    await session.refresh();
    return { kept: storage.kept.size, text: [...storage.kept.values()].join().includes("access_token"), local: localStorage.length, shown: session.getSnapshot().storage, capable: session.capabilities };
  });
  assert.deepEqual(first, {
    kept: 1, text: true, local: 0, shown: "custom",
    capable: { lock: "web-locks", fence: "indexeddb", storage: "custom", sharedWithTabs: true, channel: true },
  });
  await open();
  const second = await run(async ({ options }) => {
    const storage = ownStorage();
    const session = await AuthSession.open({ ...options, storage });
    const { signedIn } = session.getSnapshot();
    await session.logout();
    await sleep(100);
    const sync = await AuthSession.open({ ...options, namespace: "sync", storage: localStorage });
    await sync.login(ALICE);
    return { signedIn, left: [...storage.kept.values()].filter((text) => text.includes("token_set")), sync: localStorage.length, shown: sync.getSnapshot().storage };
  });
  assert.deepEqual(second, { signedIn: true, left: [], sync: 1, shown: "custom" });
});

stage("a storage of one's own that encrypts does not encrypt the copy in IndexedDB; where each tab has its own to itself, a namespace for each keeps both signed in", { init: withStorage }, async ({ run, context, open }) => {
  const login = async ({ options, namespace }) => {
    const { getItem, setItem, removeItem } = ownStorage();
    const unlocked = (text) => text && atob(text);
    const storage = { getItem: (key) => getItem(key).then(unlocked), setItem: (key, text) => setItem(key, btoa(text)), removeItem };
    globalThis.session = await AuthSession.open({ ...options, namespace, storage });
    await session.login(ALICE);
    const base = await new Promise((done) => (indexedDB.open("wasm-auth-session").onsuccess = ({ target }) => done(target.result)));
    const entries = await new Promise((done) => (base.transaction("sessions").objectStore("sessions").getAll().onsuccess = ({ target }) => done(target.result)));
    return entries.every(({ text }) => text.includes("access_token"));
  };
  const other = await context.newPage();
  await other.addInitScript(withStorage);
  await open(other);
  assert.equal(await run(login, { namespace: "one" }), true);
  assert.equal(await run(login, { namespace: "two" }, other), true);
  const isSignedIn = async () => {
    await session.refresh();
    return session.getSnapshot().signedIn;
  };
  assert.deepEqual([await run(isSignedIn), await run(isSignedIn, {}, other)], [true, true]);
});

const FAULTS = {
  throws: () => { throw new Error("no"); },
  rejects: () => Promise.reject(new Error("no")),
  "never settles": () => new Promise(() => {}),
};
for (const [how, act] of Object.entries(FAULTS))
  for (const [init, place] of [[withStorage, "indexeddb"], [() => 0, "memory"]])
    stage(`f104 own storage whose setItem ${how}: a login is granted all the same, kept in ${place}, and storage_degraded says so`, { init }, async ({ run, page }) => {
      if (place === "memory") await page.evaluate(withoutIndexedDb);
      await page.evaluate(withStorage);
      const seen = await run(async ({ options, act }) => {
        const storage = ownStorage({ broken: { setItem: new Function(`return (${act})()`) } });
        const session = await AuthSession.open({ ...options, storage });
        const events = record(session);
        const login = await timed(session.login(ALICE));
        // Without a fence the lock is held a little longer.
        await sleep(200);
        const degraded = events.filter(({ name }) => name === "storage_degraded").map(({ detail }) => [detail.storage, detail.error.code, detail.error.operation]);
        return { error: login.error, ms: login.ms, degraded, token: typeof (await session.accessToken()), held: (await navigator.locks.query()).held.length };
      }, { act: act.toString() });
      assert.equal(seen.error, undefined);
      assert.ok(seen.ms < 7000, `${seen.ms} ms`);
      assert.deepEqual(seen.degraded, [[place, "storage", "write"]]);
      assert.deepEqual([seen.token, seen.held], ["string", 0]);
    });

for (const [how, act] of [...Object.entries(FAULTS), ["returns a number", () => 5], ["returns an object", () => ({})]])
  stage(`f104 own storage whose getItem ${how}: opening ends in time, with a typed warning, and the session from IndexedDB`, { init: withStorage }, async ({ run }) => {
    const seen = await run(async ({ options, act }) => {
      const first = await AuthSession.open({ ...options, storage: ownStorage() });
      await first.login(ALICE);
      first.dispose();
      const storage = ownStorage({ broken: { getItem: new Function(`return (${act})()`) } });
      const session = new AuthSession({ ...options, storage });
      const degraded = next(session, "storage_degraded");
      const restored = await timed(session.restore());
      const { storage: place, error } = await degraded;
      return { restored: restored.value, ms: restored.ms, place, code: error.code, operation: error.operation };
    }, { act: act.toString() });
    assert.ok(seen.ms < 5000, `${seen.ms} ms`);
    delete seen.ms;
    assert.deepEqual(seen, { restored: true, place: "indexeddb", code: "storage", operation: "read" });
  });

for (const [init, place] of [[() => 0, "indexeddb"], [withoutIndexedDb, "memory"]])
  stage(`f104 own storage that can be written and not be read is told of once until that changes, kept in ${place} meanwhile`, { init }, async ({ run, page }) => {
    await page.evaluate(withStorage);
    const seen = await run(async ({ options }) => {
      const storage = ownStorage();
      const { getItem } = storage;
      const session = await AuthSession.open({ ...options, storage });
      await session.login(ALICE);
      await sleep(0);
      const events = record(session);
      const told = [];
      for (const fails of [true, false, true]) {
        storage.getItem = fails ? () => Promise.reject(new Error("no")) : getItem;
        for (let times = 0; times < 3; times += 1) await session.refresh();
        await sleep(0);
        told.push([events.filter(({ name }) => name === "storage_degraded").length, session.getSnapshot().storage]);
      }
      return told;
    });
    assert.deepEqual(seen, [[1, place], [1, "custom"], [2, place]]);
  });

stage("f100 a logout takes tokens out of localStorage that cannot be read at the time", { isolated: NOT_ISOLATED.memory }, async ({ run }) => {
  const left = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    const { getItem } = Storage.prototype;
    Storage.prototype.getItem = () => {
      throw new DOMException("", "SecurityError");
    };
    await session.logout();
    Storage.prototype.getItem = getItem;
    return Object.values({ ...localStorage }).filter((text) => text.includes("token_set")).length;
  });
  assert.equal(left, 0);
});

stage("an object that is no storage, and the name of one without it, are invalid_options", {}, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const all = ["custom", {}, { getItem() {} }, { getItem() {}, setItem() {}, removeItem: 5 }, null, 5];
    return Promise.all(all.map(async (storage) => (await outcome(AuthSession.open({ ...options, storage }))).error));
  });
  for (const place of [0, 1, 2, 3, 5]) assert.equal(seen[place].code, "invalid_options");
  assert.deepEqual([seen[2], seen[3]].map(({ message }) => message), ["storage: lacks setItem and removeItem", "storage: lacks removeItem"]);
});

stage("f105 own storage is asked for one key, which holds nothing that a person chose", { init: withStorage }, async ({ run }) => {
  const keys = await run(async ({ options }) => {
    const storage = ownStorage();
    await (await AuthSession.open({ ...options, namespace: "canary-namespace", storage })).login(ALICE);
    return [...storage.kept.keys()];
  });
  assert.equal(keys.length, 1);
  assert.match(keys[0], /^was\.1\.[0-9a-f]{32}$/);
});

stage("storage indexeddb: nothing in localStorage, there after a reload and in other tabs, and logouts reach them", { options: { storage: "indexeddb" } }, async ({ run, open, context }) => {
  const first = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    await session.refresh();
    return [localStorage.length + sessionStorage.length, session.getSnapshot().storage, session.capabilities.storage];
  });
  assert.deepEqual(first, [0, "indexeddb", "indexeddb"]);
  await open();
  const other = await context.newPage();
  await open(other);
  const begin = ({ options }) => AuthSession.open(options).then((session) => ((globalThis.session = session), session.getSnapshot().signedIn));
  assert.deepEqual([await run(begin), await run(begin, {}, other)], [true, true]);
  await run(() => session.logout());
  const seen = await run(() => sleep(500).then(() => [session.getSnapshot().status, session.getSnapshot().endReason]), {}, other);
  assert.equal(seen[0], "signed_out");
});

stage("storage indexeddb where there is none: kept in memory, told once, and with storageRequired the login fails", { options: { storage: "indexeddb" }, init: withoutIndexedDb }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    (await AuthSession.open({ ...options, storage: "memory" })).dispose();
    const session = new AuthSession(options);
    const events = record(session);
    await session.restore();
    await session.login(ALICE);
    await session.refresh();
    await sleep(0);
    const required = await outcome(AuthSession.open({ ...options, namespace: "required", storageRequired: true }).then((session) => session.login(ALICE)));
    return { events: events.filter(({ name }) => name === "storage_degraded").map(({ detail }) => detail.storage), shown: session.getSnapshot().storage, capable: session.capabilities.storage, required: required.error?.code };
  });
  assert.deepEqual(seen, { events: ["memory"], shown: "memory", capable: "memory", required: "storage" });
});

for (const [kind, goesOn] of [["indexeddb", true], ["own", false]])
  stage(`a page that asks for storage ${kind} after local: the session ${goesOn ? "goes on" : "ends"}, and no token is left behind`, { isolated: NOT_ISOLATED.memory, init: withStorage }, async ({ run, open }) => {
    await run(async ({ options }) => {
      const session = await AuthSession.open({ ...options, storage: "local" });
      await session.login(ALICE);
    });
    await open();
    const seen = await run(async ({ options, kind }) => {
      const storage = kind === "own" ? ownStorage() : kind;
      const session = await AuthSession.open({ ...options, storage });
      const { signedIn } = session.getSnapshot();
      if (signedIn) await session.logout();
      return [signedIn, JSON.stringify({ ...localStorage })];
    }, { kind });
    assert.equal(seen[0], goesOn);
    assert.ok(!seen[1].includes("_token\":\""), seen[1]);
  });
