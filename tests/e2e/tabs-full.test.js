// IndexedDB that is full, beside a localStorage that other tabs see late: what two tabs make of a session then.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { NOT_ISOLATED, useStage } from "./support/stage.js";

const stage = useStage({ isolated: NOT_ISOLATED.memory });
const DONE = { value: undefined };

/** Before the package is loaded: IndexedDB takes no text, and no mark either unless `takesMarks`; localStorage shows other tabs after 100 ms what is written. */
const withoutRoom = (takesMarks) => {
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (value, key) {
    if (takesMarks && !value.text) return put.call(this, value, key);
    Object.defineProperty(this.transaction, "error", { value: new DOMException("", "QuotaExceededError") });
    return this.transaction.abort();
  };
  const { getItem, setItem } = Storage.prototype;
  const own = new Map();
  Storage.prototype.getItem = function (key) {
    return own.get(key) ?? getItem.call(this, key);
  };
  Storage.prototype.setItem = function (key, text) {
    own.set(key, text);
    setTimeout(() => {
      setItem.call(this, key, text);
      if (own.get(key) === text) own.delete(key);
    }, 100);
  };
};
const begin = async ({ options }) => {
  globalThis.session = await AuthSession.open(options);
  return session.getSnapshot().signedIn;
};

/** Two tabs of a browser where nothing has room; in the first somebody logs in, after `act`. */
async function twoTabs({ run, context, open, load }, takesMarks, act = () => {}) {
  await context.addInitScript(withoutRoom, takesMarks);
  await open();
  await load();
  await run(begin);
  await run(act);
  await run(() => session.login(ALICE).then(() => sleep(200)));
  const other = await context.newPage();
  await open(other);
  await load(other);
  return { other, isThere: await run(begin, {}, other) };
}

for (const [what, takesMarks] of [["takes marks only", true], ["takes nothing", false]])
  stage(`f55 f93 where IndexedDB ${what}, two tabs that renew at once send no used token, and neither signs the other out`, {
    load: false, reuse: "rotating-strict", options: { refreshMode: "on-demand" },
  }, async (scene) => {
    const { run } = scene;
    const { other, isThere } = await twoTabs(scene, takesMarks);
    assert.equal(isThere, true);
    const refresh = () => outcome(session.refresh());
    for (let times = 0; times < 5; times += 1) assert.deepEqual(await Promise.all([run(refresh), run(refresh, {}, other)]), [DONE, DONE], `after ${times}`);
  });

for (const [what, takesMarks] of [["takes marks only", true], ["takes nothing", false]])
  stage(`f55 f93 where IndexedDB ${what}, a logout is not undone by another tab's refresh that waited for the lock`, {
    load: false, reuse: "rotating-strict", options: { refreshMode: "on-demand", end: { by: "none" } },
  }, async (scene) => {
    const { run } = scene;
    const { other } = await twoTabs(scene, takesMarks);
    // After the other tab has looked at what there is, and before it can see the logout.
    const waiting = sleep(30).then(() => run(() => outcome(session.refresh()), {}, other));
    await run(() => session.logout());
    assert.equal((await waiting).error?.code, "session_ended");
    await sleep(300);
    const isSignedIn = () => session.restore();
    assert.deepEqual([await run(isSignedIn), await run(isSignedIn, {}, other)], [false, false]);
  });

for (const takesMarks of [true, false])
  stage(`f100 where IndexedDB is full, ${takesMarks ? "but for marks, " : ""}a localStorage that cannot be read for a moment signs nobody out`, { load: false }, async (scene) => {
    await twoTabs(scene, takesMarks);
    const seen = await scene.run(async () => {
      const { getItem } = Storage.prototype;
      Storage.prototype.getItem = () => {
        throw new DOMException("", "SecurityError");
      };
      const isThere = [await session.restore()];
      Storage.prototype.getItem = getItem;
      return [...isThere, await session.restore(), (await outcome(session.refresh())).error];
    });
    assert.deepEqual(seen, [true, true, undefined]);
  });

stage("f93 a tab that is opened beside a session that no storage has room for leaves it there", { load: false, options: { refreshMode: "on-demand" } }, async (scene) => {
  const { run } = scene;
  const { isThere } = await twoTabs(scene, true, () => {
    const { setItem } = Storage.prototype;
    Storage.prototype.setItem = function (key, text) {
      if (text.includes("token_set")) throw new DOMException("", "QuotaExceededError");
      setItem.call(this, key, text);
    };
  });
  assert.equal(isThere, false);
  assert.deepEqual(await run(async () => [await outcome(session.refresh()), session.getSnapshot().storage]), [DONE, "memory"]);
});
