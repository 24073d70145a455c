// A session that one tab keeps to itself, where the clock is set back, its storage is emptied, or a newer version wrote it.
import assert from "node:assert/strict";
import { NOT_ISOLATED, useStage } from "./support/stage.js";

const stage = useStage({ isolated: NOT_ISOLATED.memory });
const AHEAD_MS = 600_000;
const DONE = { value: undefined };

/** Before the package is loaded: a wall clock that is ahead by `ahead`. */
const setClock = () => {
  const { now } = Date;
  globalThis.ahead = 0;
  Date.now = () => now() + globalThis.ahead;
};

stage("f79 after a session of one tab has ended and the clock was set back, the next login of this tab alone is stored", {
  init: setClock, reuse: "rotating-strict", options: { refreshMode: "on-demand" },
}, async ({ run, backend }) => {
  await run(async ({ options }) => {
    globalThis.session = await AuthSession.open(options);
    await session.login(ALICE, { remember: false });
  });
  backend.fault({ on: "refresh", kind: "status", status: 401, body: { error: "invalid_grant" }, times: 1 });
  const seen = await run(async ({ ms }) => {
    ahead = ms;
    const refused = await outcome(session.refresh());
    ahead = 0;
    return [refused.error?.code, await outcome(session.login(ALICE, { remember: false }), 5_000), session.getSnapshot().signedIn];
  }, { ms: AHEAD_MS });
  assert.deepEqual(seen, ["session_ended", DONE, true]);
});

stage("f79 the same without IndexedDB, over a reload", { init: setClock, load: false }, async ({ run, context, load, open }) => {
  await context.addInitScript(() => Object.defineProperty(globalThis, "indexedDB", { value: undefined }));
  await open();
  await load();
  await run(async ({ options, ms }) => {
    ahead = ms;
    const session = await AuthSession.open(options);
    await session.login(ALICE, { remember: false });
    await session.logout();
  }, { ms: AHEAD_MS });
  await open();
  await load();
  const login = run(async ({ options }) => outcome((await AuthSession.open(options)).login(ALICE, { remember: false }), 5_000));
  // A page that never comes to rest answers nothing.
  const late = new Promise((done) => setTimeout(done, 10_000, "no answer").unref());
  assert.deepEqual(await Promise.race([login, late]), DONE);
});

stage("f79 what is written of a session of one tab after its login leaves alone what tabs share, though the clock was set back", {
  init: setClock, options: { refreshMode: "on-demand" },
}, async ({ run, context, open }) => {
  const other = await context.newPage();
  await open(other);
  await run(async ({ options, ms }) => {
    ahead = ms;
    globalThis.session = await AuthSession.open(options);
    await session.login(ALICE, { remember: false });
  }, { ms: AHEAD_MS });
  await run(async ({ options }) => {
    globalThis.session = await AuthSession.open(options);
    globalThis.events = record(session);
    await session.login(BOB);
  }, {}, other);
  await run(() => {
    ahead = 0;
    return session.refresh();
  });
  const seen = await run(async () => [(await outcome(session.refresh())).error, events.map(({ name }) => name)], {}, other);
  assert.deepEqual(seen, [undefined, ["signed_in", "refreshed"]]);
});

for (const shared of [false, true])
  stage(`f98 an emptied sessionStorage ends a session of one tab, ${shared ? "whose login took the place of what tabs shared" : "and nothing was shared"}`, {}, async ({ run }) => {
    const seen = await run(async ({ options, shared }) => {
      const session = await AuthSession.open(options);
      if (shared) await session.login(BOB);
      await session.login(ALICE, { remember: false });
      sessionStorage.clear();
      const { error } = await outcome(session.refresh());
      return [error?.reason, session.getSnapshot().signedIn, sessionStorage.length];
    }, { shared });
    assert.deepEqual(seen, ["storage_cleared", false, 0]);
  });

for (const remember of [false, true])
  stage(`f106 a login with remember: ${remember} leaves alone what a newer version keeps in the tab, though nothing has been read before`, {}, async ({ run }) => {
    const seen = await run(async ({ options, remember }) => {
      const before = await AuthSession.open(options);
      await before.login(ALICE, { remember: false });
      before.dispose();
      const [[key, text]] = Object.entries(sessionStorage);
      const newer = JSON.stringify({ ...JSON.parse(text), version: 2 });
      sessionStorage.setItem(key, newer);
      const session = new AuthSession(options);
      await session.login(BOB, { remember });
      return [sessionStorage.getItem(key) === newer, localStorage.length, session.getSnapshot().warnings.map(({ code }) => code)];
    }, { remember });
    assert.deepEqual(seen, [true, 0, ["record_newer"]]);
  });

stage("f93 a login that storage must take and has no room for leaves the session before it, whatever is read later", {
  options: { storageRequired: true }, uncaught: null,
}, async ({ run }) => {
  const cases = await run(async ({ options }) => {
    const cases = [];
    for (const [before, remember] of [[false, false], [false, true], [true, false], [true, true]]) {
      const session = await AuthSession.open({ ...options, namespace: `${before} ${remember}` });
      await session.login(ALICE, { remember: before });
      const token = await session.accessToken();
      const [{ setItem }, { put }] = [Storage.prototype, IDBObjectStore.prototype];
      Storage.prototype.setItem = IDBObjectStore.prototype.put = () => {
        throw new DOMException("", "QuotaExceededError");
      };
      const { error } = await outcome(session.login(BOB, { remember }));
      dispatchEvent(new StorageEvent("storage", { key: null }));
      await sleep(300);
      const kept = (await session.accessToken()) === token;
      Object.assign(Storage.prototype, { setItem });
      Object.assign(IDBObjectStore.prototype, { put });
      const renewed = await outcome(session.refresh());
      cases.push([error?.code, kept, renewed, session.getSnapshot().storage]);
    }
    return cases;
  });
  assert.deepEqual(cases, Array(4).fill(["storage", true, DONE, "local"]));
});

stage("f93 a session of one tab that sessionStorage has no room for stays, whoever logs in for all tabs", {}, async ({ run, context, open }) => {
  const token = await run(async ({ options }) => {
    globalThis.session = await AuthSession.open(options);
    const { setItem } = Storage.prototype;
    Storage.prototype.setItem = function (...given) {
      if (this === sessionStorage) throw new DOMException("", "QuotaExceededError");
      setItem.apply(this, given);
    };
    await session.login(ALICE, { remember: false });
    return session.accessToken();
  });
  const other = await context.newPage();
  await open(other);
  await run(async ({ options }) => (await AuthSession.open(options)).login(BOB), {}, other);
  const [kept, renewed] = await run(() => sleep(500).then(async () => [await session.accessToken(), await outcome(session.refresh())]));
  assert.equal(kept, token);
  assert.deepEqual(renewed, DONE);
});

for (const [storage, remember] of [["session", true], ["local", false]])
  stage(`a session of one tab that is disposed of and opened again while it renews goes on: ${storage}, remember ${remember}`, { dialect: "geolens", options: { storage } }, async ({ run }) => {
    const seen = await run(async ({ options, remember }) => {
      await (await AuthSession.open(options)).login(ALICE, { remember });
      const seen = [];
      for (let turns = 0; turns < 40; turns++) {
        const session = await AuthSession.open(options);
        session.refresh().catch(() => {});
        // Turns of the event loop, without the delay of timers.
        for (let turn = 0; turn < turns; turn++) await fetch("data:,");
        session.dispose();
        const again = await AuthSession.open(options);
        seen.push(again.getSnapshot().endReason);
        again.dispose();
      }
      return seen;
    }, { remember });
    assert.deepEqual(seen, Array(40).fill(null));
  });
