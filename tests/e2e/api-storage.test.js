// Storage that is denied, full or empty: the session works on, and says what holds it.
import assert from "node:assert/strict";
import { loadInto, NOT_ISOLATED, useStage } from "./support/stage.js";

const stage = useStage({ isolated: NOT_ISOLATED.memory });

stage("f91 in a sandboxed frame, where storage is denied, a session works in memory and says so", { at: "/frame", load: false, origins: "*" }, async ({ page, run }) => {
  const frame = page.frame("sandboxed");
  await loadInto(frame);
  const seen = await run(async ({ options }) => {
    const denied = attempt(() => localStorage.length);
    const opened = await AuthSession.open(options);
    const session = new AuthSession({ ...options, namespace: "second" });
    const degraded = next(session, "storage_degraded");
    await session.restore();
    await session.login(ALICE);
    await session.refresh();
    const { storage, error } = await degraded;
    const required = await outcome(AuthSession.open({ ...options, storageRequired: true }));
    const out = await session.logout();
    return {
      denied: (await denied).error.name, first: opened.getSnapshot().storage, storage, error: described(error), shown: session.getSnapshot().storage,
      required: required.error, out: out.server,
    };
  }, {}, frame);
  assert.equal(seen.denied, "SecurityError");
  assert.deepEqual([seen.first, seen.storage, seen.shown], ["memory", "memory", "memory"]);
  for (const error of [seen.error, seen.required]) assert.deepEqual([error.code, error.operation, error.isAuthError], ["storage", "probe", true]);
  assert.equal(seen.out, "revoked");
});

/** Before the package is loaded: IndexedDB that never answers. */
const silentIndexedDb = () => (IDBFactory.prototype.open = () => ({}));
const withoutIndexedDb = () => Object.defineProperty(globalThis, "indexedDB", { value: undefined });

/** Logs in, renews, and reads the token while localStorage is full. */
const inAFullStorage = async ({ options }) => {
  const session = await AuthSession.open(options);
  const events = record(session);
  fillLocalStorage();
  await session.login(ALICE);
  await session.refresh();
  await sleep(0);
  const token = typeof (await session.accessToken());
  return { events: events.filter(({ name }) => name === "storage_degraded"), storage: session.getSnapshot().storage, capable: session.capabilities.storage, token };
};

for (const [place, init] of [["indexeddb", undefined], ["memory", withoutIndexedDb]])
  stage(`f93 a login is granted though localStorage is full, kept in ${place}, and storage_degraded is told once`, { init }, async ({ run, requests }) => {
    const seen = await run(inAFullStorage);
    assert.equal(seen.events.length, 1);
    const { storage, error } = seen.events[0].detail;
    assert.deepEqual([storage, error.code, error.operation], [place, "storage", "write"]);
    assert.deepEqual([seen.storage, seen.capable, seen.token], [place, place, "string"]);
    assert.equal(requests("refresh").length, 1);
  });

for (const [place, init] of [["indexeddb", undefined], ["memory", withoutIndexedDb]])
  stage(`f93 what was kept in ${place} is shown where it was asked for once there is room again, and storage_degraded tells of no recovery`, { init }, async ({ run }) => {
    const seen = await run(async ({ options }) => {
      const session = await AuthSession.open(options);
      const events = record(session);
      const kept = async () => (await session.refresh(), [session.getSnapshot().storage, session.capabilities.storage]);
      fillLocalStorage();
      await session.login(ALICE);
      const places = [await kept()];
      for (const name of Object.keys(localStorage)) if (name.startsWith("filler")) localStorage.removeItem(name);
      places.push(await kept());
      await sleep(0);
      return { places, events: events.filter(({ name }) => name === "storage_degraded").length };
    });
    assert.deepEqual(seen, { places: [[place, place], ["local", "local"]], events: 1 });
  });

stage("f93 what only IndexedDB could take is there after a reload, in other tabs, and gone after a logout", {}, async ({ run, open, context }) => {
  await run(inAFullStorage);
  await open();
  const other = await context.newPage();
  await open(other);
  const signedIn = ({ options }) => AuthSession.open(options).then((session) => ((globalThis.session = session), session.getSnapshot().signedIn));
  assert.deepEqual([await run(signedIn), await run(signedIn, {}, other)], [true, true]);
  await run(() => session.logout());
  assert.equal(await run(signedIn, {}, other), false);
});

stage("f93 with storageRequired and no IndexedDB a full localStorage refuses the login with storage", {
  options: { storageRequired: true }, init: withoutIndexedDb,
}, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    fillLocalStorage();
    const login = await outcome(session.login(ALICE));
    return { login: login.error, status: session.getSnapshot().status, token: (await outcome(session.accessToken())).error.code };
  });
  assert.deepEqual([seen.login.code, seen.login.operation, seen.status, seen.token], ["storage", "write", "signed_out", "session_ended"]);
});

stage("f93 a session stored before localStorage was full is there after a reload, and its tokens are out after a logout", {}, async ({ run, open }) => {
  await run(async ({ options }) => {
    await (await AuthSession.open(options)).login(ALICE);
    fillLocalStorage();
  });
  await open();
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    const { signedIn, storage } = session.getSnapshot();
    await session.logout();
    const tokens = Object.values({ ...localStorage }).filter((text) => /(access|refresh)_token":"/.test(text));
    return { signedIn, storage, tokens };
  });
  assert.deepEqual(seen, { signedIn: true, storage: "local", tokens: [] });
});

stage("f92 f94 localStorage that is missing falls back to memory, one that takes nothing to IndexedDB", {}, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const whole = Object.getOwnPropertyDescriptor(window, "localStorage");
    const setItem = Storage.prototype.setItem;
    const cases = [];
    for (const breaking of [
      () => Object.defineProperty(window, "localStorage", { value: null, configurable: true }),
      () => Object.defineProperty(window, "localStorage", { value: undefined, configurable: true }),
      () => (Storage.prototype.setItem = () => { throw new DOMException("no", "QuotaExceededError") }),
    ]) {
      breaking();
      const session = await AuthSession.open({ ...options, namespace: String(cases.length) });
      const login = await outcome(session.login(ALICE));
      const required = await outcome(AuthSession.open({ ...options, storageRequired: true }));
      cases.push([login.error, session.getSnapshot().storage, session.getSnapshot().status, required.error?.code]);
      Object.defineProperty(window, "localStorage", whole);
      Storage.prototype.setItem = setItem;
    }
    return cases;
  });
  const inMemory = [undefined, "memory", "active", "storage"];
  assert.deepEqual(seen, [inMemory, inMemory, [undefined, "indexeddb", "active", undefined]]);
});

stage("f96 f97 without IndexedDB, what somebody else wrote under the key is dropped with a warning, or left alone where it is newer", {
  init: withoutIndexedDb,
}, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const first = await AuthSession.open(options);
    await first.login(ALICE);
    const [key] = Object.keys({ ...localStorage });
    const whole = localStorage.getItem(key);
    first.dispose();
    const cases = {};
    for (const [name, text] of Object.entries({
      cut: whole.slice(0, -20), empty: "", number: "5", deep: "[".repeat(100_000), array: "[]", newer: '{"version":9}',
      token: whole.replace(/"access_token":"[^"]*"/, '"access_token":"a\\r\\nb"'), huge: whole.replace(/"access_token":"/, `$&${"x".repeat(20_000)}`),
    })) {
      localStorage.setItem(key, text);
      const session = await AuthSession.open(options);
      const { signedIn, endReason, warnings } = session.getSnapshot();
      cases[name] = [signedIn, endReason, warnings.map(({ code }) => code).join(), localStorage.getItem(key) === text];
      if (name === "newer") {
        await session.login(ALICE);
        cases.afterLogin = [session.getSnapshot().signedIn, localStorage.getItem(key) === text];
      }
      session.dispose();
    }
    return cases;
  });
  for (const name of ["cut", "empty", "number", "deep", "array", "token", "huge"])
    assert.deepEqual(seen[name].slice(0, 3), [false, "storage_corrupt", "record_dropped"], name);
  assert.deepEqual(seen.newer, [false, null, "record_newer", true]);
  assert.deepEqual(seen.afterLogin, [true, true]);
});

stage("f96 a record that somebody broke in localStorage is taken from IndexedDB, and the token is the same", {}, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const first = await AuthSession.open(options);
    await first.login(ALICE);
    const token = await first.accessToken();
    first.dispose();
    const [key] = Object.keys({ ...localStorage });
    localStorage.setItem(key, localStorage.getItem(key).slice(0, -20));
    const session = await AuthSession.open(options);
    const { signedIn, warnings } = session.getSnapshot();
    return { signedIn, warnings, isSame: (await session.accessToken()) === token };
  });
  assert.deepEqual(seen, { signedIn: true, warnings: [], isSame: true });
});

/** What makes a storage unreadable for a moment, and what `storage` then says. */
const unreadable = {
  "sessionStorage that throws": {
    says: "memory",
    options: { storage: "session" },
    breaks: () => {
      const { getItem } = Storage.prototype;
      Storage.prototype.getItem = () => { throw new DOMException("", "SecurityError") };
      return () => (Storage.prototype.getItem = getItem);
    },
  },
  "localStorage that throws": {
    says: "indexeddb",
    breaks: () => {
      const { getItem } = Storage.prototype;
      Storage.prototype.getItem = () => { throw new DOMException("", "SecurityError") };
      return () => (Storage.prototype.getItem = getItem);
    },
  },
  "IndexedDB that hangs, where nothing else holds the session,": {
    says: "memory",
    options: { storage: "indexeddb" },
    breaks: () => {
      const { transaction } = IDBDatabase.prototype;
      IDBDatabase.prototype.transaction = () => ({ objectStore: () => ({ get: () => ({}) }), abort() {} });
      return () => (IDBDatabase.prototype.transaction = transaction);
    },
  },
  "a storage of the caller's own that throws, without IndexedDB,": {
    says: "memory",
    init: withoutIndexedDb,
    breaks: ({ storage }) => {
      const { getItem } = storage;
      storage.getItem = () => { throw new Error("busy") };
      return () => (storage.getItem = getItem);
    },
  },
};
for (const [what, { says, breaks, options, init }] of Object.entries(unreadable))
  stage(`f100 ${what} is told, and signs nobody out`, { options, init }, async ({ run }) => {
    const seen = await run(async ({ options, breaks, isOwn }) => {
      const kept = new Map();
      const storage = { getItem: (key) => kept.get(key), setItem: (key, text) => kept.set(key, text), removeItem: (key) => kept.delete(key) };
      const session = await AuthSession.open({ ...options, ...(isOwn && { storage }) });
      await session.login(ALICE);
      await sleep(0);
      const events = record(session);
      const repair = new Function(`return ${breaks}`)()({ storage });
      const isThere = [await session.restore(), await session.restore()];
      repair();
      await sleep(2_100);
      isThere.push(await session.restore(), (await outcome(session.refresh())).error ?? "renewed", session.getSnapshot().storage);
      await sleep(0);
      return { isThere, events: events.map(({ name, detail }) => [name, detail.storage]) };
    }, { breaks: String(breaks), isOwn: Boolean(init) });
    assert.deepEqual(seen.isThere, [true, true, true, "renewed", init ? "custom" : (options?.storage ?? "local")]);
    assert.deepEqual(seen.events, [["storage_degraded", says], ["refreshed", undefined]]);
  });

stage("f98 a session whose storage is cleared by another tab ends once, with storage_cleared", {}, async ({ run, context, open }) => {
  await run(async ({ options }) => {
    globalThis.session = await AuthSession.open(options);
    await session.login(ALICE);
    globalThis.events = record(session);
  });
  const other = await context.newPage();
  await open(other);
  await other.evaluate(() => localStorage.clear());
  const seen = await run(async () => {
    // An emptied store is believed after a second: another tab may see old values for a while.
    await sleep(2000);
    return { events, status: session.getSnapshot().status, token: (await outcome(session.accessToken())).error };
  });
  assert.deepEqual(seen.events, [{ name: "signed_out", detail: { reason: "storage_cleared" } }]);
  assert.deepEqual([seen.status, seen.token.code, seen.token.reason], ["signed_out", "session_ended", "storage_cleared"]);
});

for (const [how, clear] of [
  ["the user clears all of the site's data", (cdp, origin) => cdp.send("Storage.clearDataForOrigin", { origin, storageTypes: "all" })],
  ["the browser clears all of the site's data while the page is closed", null],
])
  stage(`f98 f102 ${how}: signed out, and the next login works`, {}, async ({ run, context, open, page, site }) => {
    await run(async ({ options }) => {
      globalThis.session = await AuthSession.open(options);
      await session.login(ALICE);
    });
    if (clear) {
      await clear(await context.newCDPSession(page), new URL(page.url()).origin);
    } else {
      await page.goto("about:blank");
      const cdp = await context.newCDPSession(page);
      await cdp.send("Storage.clearDataForOrigin", { origin: site.url, storageTypes: "all" });
      await open();
      await run(async ({ options }) => (globalThis.session = await AuthSession.open(options)).dispose);
    }
    const seen = await run(async () => {
      await sleep(2000);
      const { status, endReason } = session.getSnapshot();
      await session.login(ALICE);
      // The browser takes its time to clear IndexedDB, and until then it fails.
      for (let tries = 0; tries < 100 && session.capabilities.fence === "none"; tries += 1) await sleep(100);
      return [status, endReason, session.getSnapshot().status, session.capabilities.fence];
    });
    assert.deepEqual(seen, ["signed_out", clear ? "storage_cleared" : null, "active", "indexeddb"]);
  });

stage("f99 storage that is cleared while a refresh is out ends the session: its tokens do not come back", {}, async ({ run, backend, context, open, requests }) => {
  await run(async ({ options }) => {
    globalThis.session = await AuthSession.open(options);
    await session.login(ALICE);
  });
  const other = await context.newPage();
  await open(other);
  backend.fault({ on: "refresh", kind: "delay", ms: 1500 });
  await run(() => void (globalThis.refreshing = outcome(session.refresh())));
  for (let tries = 0; tries < 40 && requests("refresh").length === 0; tries += 1) await new Promise((done) => setTimeout(done, 50));
  await other.evaluate(() => {
    localStorage.clear();
    indexedDB.deleteDatabase("wasm-auth-session");
  });
  const seen = await run(async ({ options }) => {
    await refreshing;
    await sleep(1500);
    return { status: session.getSnapshot().status, later: (await AuthSession.open(options)).getSnapshot().status };
  });
  assert.deepEqual(seen, { status: "signed_out", later: "signed_out" });
});

stage("f100 IndexedDB that hangs costs two seconds once; the session works, is shared, and says that there is no fence", { init: silentIndexedDb }, async ({ run, context, open }) => {
  const seen = await run(async ({ options }) => {
    const opened = await timed(AuthSession.open(options).then((session) => void (globalThis.session = session)));
    const login = await timed(session.login(ALICE));
    return { opened: opened.ms, login: login.ms, error: login.error, capable: session.capabilities };
  });
  assert.ok(seen.opened < 4000 && seen.login < 2000, `${seen.opened} and ${seen.login} ms`);
  assert.deepEqual(seen.capable, { lock: "web-locks", fence: "none", storage: "local", sharedWithTabs: true, channel: true });
  const other = await context.newPage();
  await open(other);
  assert.equal(await run(async ({ options }) => (await AuthSession.open(options)).getSnapshot().signedIn, {}, other), true);
});

stage("f100 IndexedDB that dies while a session is open costs two seconds once, and the capabilities say so from then on", {}, async ({ run, requests }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    const before = session.capabilities;
    IDBDatabase.prototype.transaction = () => ({ objectStore: () => ({ get: () => ({}) }), abort() {} });
    const first = await timed(session.refresh());
    await sleep(1100);
    const second = await timed(session.refresh());
    const { fence, storage, lock } = session.capabilities;
    return { before: before.fence, isFrozen: Object.isFrozen(before), errors: [first.error, second.error], ms: [first.ms, second.ms], after: { fence, storage, lock } };
  });
  assert.deepEqual([seen.before, seen.isFrozen], ["indexeddb", true]);
  assert.deepEqual(seen.errors, [undefined, undefined]);
  assert.deepEqual(seen.after, { fence: "none", storage: "local", lock: "web-locks" });
  assert.ok(seen.ms[0] > 1500 && seen.ms[0] < 4000 && seen.ms[1] < 1000, seen.ms.join());
  assert.equal(requests("refresh").length, 2);
});

stage("where a cookie renews, no token is stored, and a reload renews by the cookie", { dialect: "geolens", options: { preset: "geolens-cookie" } }, async ({ run, open, requests }) => {
  const stored = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    const token = await session.accessToken();
    return JSON.stringify([{ ...localStorage }, { ...sessionStorage }]).includes(token);
  });
  assert.equal(stored, false);
  await open();
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    return [session.getSnapshot().signedIn, typeof (await session.accessToken())];
  });
  assert.deepEqual(seen, [true, "string"]);
  assert.equal(requests("refresh").length, 1);
});

stage("f105 sessions of other namespaces, clients and base URLs on one origin are kept apart", {}, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const all = [{}, { namespace: "a" }, { namespace: "b" }, { clientId: "public-client" }, { baseUrl: `${options.baseUrl}/v1` }];
    await (await AuthSession.open(options)).login(ALICE);
    const sessions = await Promise.all(all.map((one) => AuthSession.open({ ...options, ...one })));
    return sessions.map((session) => session.getSnapshot().signedIn);
  });
  assert.deepEqual(seen, [true, false, false, false, false]);
});

stage("when the page was last used is forgotten with the session that tabs share, and kept for one of a tab", { options: { idleTimeoutMs: 60_000 } }, async ({ run, page }) => {
  const times = () => page.evaluate(() => Object.keys(localStorage).filter((key) => key.endsWith(".active")).length);
  const seen = [];
  for (const storage of ["local", "indexeddb", "session"]) {
    await run(async ({ options, storage }) => {
      globalThis.session = await AuthSession.open({ ...options, storage, namespace: storage });
      await session.login(ALICE);
    }, { storage });
    await page.keyboard.press("a");
    const used = await times();
    await run(() => session.logout());
    seen.push([used, await times()]);
    await run(() => session.dispose());
  }
  assert.deepEqual(seen, [[1, 0], [1, 0], [1, 1]]);
});
