// Storage of a caller's own that takes its time, answers out of order or fails now and then: a logout holds, and so does a login.
import assert from "node:assert/strict";
import { NOT_ISOLATED, useStage } from "./support/stage.js";

const stage = useStage({ isolated: NOT_ISOLATED.memory });

/** In the page: storage that keeps everything in `kept`. `ms` says how long a call takes before it is done; it may throw instead. */
const withStorage = () => {
  globalThis.slowStorage = (ms) => {
    const kept = new Map();
    const after = async (act, ...given) => (await sleep(ms(...given)), act());
    return {
      kept,
      hasTokens: () => [...kept.values()].some((text) => text.includes("token_set")),
      getItem(key) {
        const text = kept.get(key) ?? null;
        return after(() => text, "get");
      },
      setItem: (key, text) => after(() => void kept.set(key, text), "set", text),
      removeItem: (key) => after(() => void kept.delete(key), "remove"),
    };
  };
};
const withoutIndexedDb = () => {
  Object.defineProperty(globalThis, "indexedDB", { value: undefined });
};
const PLACES = [["with a fence", () => 0], ["without IndexedDB", withoutIndexedDb]];

for (const [where, init] of PLACES)
  stage(`f64 own storage that takes a session more slowly than a tombstone holds no token after a logout, ${where}`, { init }, async ({ run, page }) => {
    await page.evaluate(withStorage);
    const left = await run(async ({ options }) => {
      const tries = Array.from({ length: 24 }, async (_, at) => {
        const storage = slowStorage((what, text) => (what === "set" && text.includes("token_set") ? 300 : 30));
        const session = await AuthSession.open({ ...options, namespace: `slow-${at}`, storage });
        await session.login(ALICE);
        session.refresh().catch(() => {});
        await sleep(at * 50);
        await session.logout();
        await sleep(1_000);
        return storage.hasTokens() ? at * 50 : null;
      });
      return (await Promise.all(tries)).filter((at) => at !== null);
    });
    assert.deepEqual(left, []);
  });

for (const [where, init] of PLACES)
  stage(`f64 a logout from own storage is answered when the tokens are out, however long that takes, ${where}`, { init }, async ({ run, page }) => {
    await page.evaluate(withStorage);
    const left = await run(async ({ options }) => {
      const storage = slowStorage(() => 200);
      const session = await AuthSession.open({ ...options, storage });
      await session.login(ALICE);
      await session.logout();
      return storage.hasTokens();
    });
    assert.equal(left, false);
  });

for (const [where, init] of PLACES)
  stage(`f93 a logout takes tokens out of own storage that has no room for a tombstone, ${where}`, { init }, async ({ run, page }) => {
    await page.evaluate(withStorage);
    const left = await run(async ({ options }) => {
      let isFull = false;
      const storage = slowStorage((what) => {
        if (what === "set" && isFull) throw new DOMException("", "QuotaExceededError");
        return isFull ? 200 : 5;
      });
      const session = await AuthSession.open({ ...options, storage });
      await session.login(ALICE);
      isFull = true;
      await session.logout();
      return storage.hasTokens();
    });
    assert.equal(left, false);
  });

stage("f98 own storage that was emptied and takes its time to say so does not keep a session from opening, signed out", {}, async ({ run, page }) => {
  await page.evaluate(withStorage);
  const { value, error, ms } = await run(async ({ options }) => {
    let ms = 0;
    const storage = slowStorage(() => ms);
    const before = await AuthSession.open({ ...options, storage });
    await before.login(ALICE);
    before.dispose();
    storage.kept.clear();
    ms = 1_400;
    return timed(new AuthSession({ ...options, storage }).restore());
  });
  assert.deepEqual([value, error], [false, undefined]);
  assert.ok(ms < 6_000, `${ms} ms`);
});

stage("a login after a logout stays in own storage that is slow to read at the logout", { init: withoutIndexedDb }, async ({ run, page }) => {
  await page.evaluate(withStorage);
  const seen = await run(async ({ options }) => {
    let first = 0;
    const storage = slowStorage((what) => (what === "get" && first-- === 1 ? 1_500 : 5));
    const session = await AuthSession.open({ ...options, storage });
    await session.login(ALICE);
    await sleep(300);
    first = 1;
    void session.logout();
    await session.login(ALICE);
    await sleep(2_000);
    session.dispose();
    return (await AuthSession.open({ ...options, storage })).getSnapshot().signedIn;
  });
  assert.equal(seen, true);
});

for (const [where, init] of PLACES)
  stage(`f104 a logout takes tokens out of own storage that cannot be read at the time, ${where}`, { init }, async ({ run, page }) => {
    await page.evaluate(withStorage);
    const seen = await run(async ({ options }) => {
      let fails = false;
      const storage = slowStorage((what) => {
        if (what === "get" && fails) throw new Error("not now");
        return 5;
      });
      const session = await AuthSession.open({ ...options, storage });
      await session.login(ALICE);
      await sleep(300);
      fails = true;
      await session.logout();
      await sleep(500);
      fails = false;
      const left = storage.hasTokens();
      session.dispose();
      return [left, (await AuthSession.open({ ...options, storage })).getSnapshot().signedIn];
    });
    assert.deepEqual(seen, [false, false]);
  });
