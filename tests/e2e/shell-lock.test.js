// The lock between tabs, by the three ways there are. None is ever stolen, and none outlives its holder.
import assert from "node:assert/strict";
import { useModule } from "./support/modules.js";

const stage = useModule("lock");

const withoutLocks = () => Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
const refusing = () => {
  LockManager.prototype.request = LockManager.prototype.query = () => Promise.reject(new DOMException("", "SecurityError"));
};
const withoutBoth = () => {
  Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
  Object.defineProperty(globalThis, "indexedDB", { value: undefined });
};
const WAYS = [["web-locks", undefined], ["lease", withoutLocks], ["lease", refusing]];

/** Takes the lock of that name, and keeps the object under `as`. */
const acquire = ({ as = "lock", waitMs = 5000, longestMs = 20_000 } = {}) => {
  globalThis[as] ??= new Lock("name", vault);
  return timed(globalThis[as].acquire(waitMs, longestMs));
};

for (const [kind, init] of WAYS)
  stage(`f63 ${kind}${init === refusing ? " where Web Locks refuse" : ""}: one tab holds it, the next gets it once it is let go`, { pages: 2, init }, async ({ pages: [holder, waiter] }) => {
    assert.equal((await holder.evaluate(acquire))[0], true);
    const waiting = waiter.evaluate(acquire);
    await holder.evaluate(() => sleep(600).then(() => lock.release()));
    const [granted, ms] = await waiting;
    assert.equal(granted, true);
    assert.ok(ms > 300, `${ms} ms`);
    assert.deepEqual(await Promise.all([holder, waiter].map((page) => page.evaluate(() => lock.kind))), [kind, kind]);
    assert.equal((await holder.evaluate(acquire, { waitMs: 300 }))[0], false);
  });

for (const [kind, init] of [...WAYS.slice(0, 2), ["tab", withoutBoth]])
  stage(`f72 ${kind}: of twenty that want it in one tab one at a time has it, and all of them get it`, { init }, async ({ page }) => {
    const seen = await page.evaluate(async () => {
      let now = 0;
      let most = 0;
      const granted = await Promise.all(Array.from({ length: 20 }, async () => {
        const lock = new Lock("name", vault);
        const granted = await lock.acquire(20_000, 20_000);
        most = Math.max(most, (now += 1));
        await sleep(5);
        now -= 1;
        lock.release();
        return [granted, lock.kind];
      }));
      return { most, granted };
    });
    assert.equal(seen.most, 1);
    assert.deepEqual(seen.granted, Array(20).fill([true, kind]));
  });

const withoutLocksAndFull = () => {
  Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
  IDBObjectStore.prototype.put = function () {
    Object.defineProperty(this.transaction, "error", { value: new DOMException("", "QuotaExceededError") });
    return this.transaction.abort();
  };
};

stage("f93 a lease that full storage cannot take is not taken for granted: the tab still has one holder at a time", { init: withoutLocksAndFull }, async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const [holder, waiter] = ["a", "b"].map(() => new Lock("name", vault));
    const first = await holder.acquire(1000, 20_000);
    const early = await waiter.acquire(300, 20_000);
    holder.release();
    return [first, early, await waiter.acquire(1000, 20_000)];
  });
  assert.deepEqual(seen, [true, false, true]);
});

const withoutLocksAndSilent = () => {
  Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
  IDBFactory.prototype.open = () => ({});
};

stage("f58 who has waited too long for IndexedDB to answer does not then wait for the holder in its own tab as well", { init: withoutLocksAndSilent }, async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const [holder, waiter, next] = ["a", "b", "c"].map(() => new Lock("name", vault));
    const first = holder.acquire(20_000, 20_000);
    const [granted, ms] = await timed(waiter.acquire(300, 20_000));
    const held = await first;
    holder.release();
    return { held, granted, ms, next: await next.acquire(1000, 20_000) };
  });
  assert.deepEqual([seen.held, seen.granted, seen.next], [true, false, true]);
  assert.ok(seen.ms < 5_000, `${seen.ms} ms`);
});

for (const [kind, init] of [...WAYS.slice(0, 2), ["tab", withoutBoth]]) {
  stage(`f58 ${kind}: who waits too long is told so in time, and the holder keeps it`, { init }, async ({ page }) => {
    const seen = await page.evaluate(async () => {
      const [holder, waiter, next] = ["a", "b", "c"].map(() => new Lock("name", vault));
      await holder.acquire(1000, 20_000);
      const [granted, ms] = await timed(waiter.acquire(300, 20_000));
      const other = await next.acquire(100, 20_000);
      holder.release();
      return { granted, ms, other, after: await next.acquire(1000, 20_000) };
    });
    assert.deepEqual([seen.granted, seen.other, seen.after], [false, false, true]);
    assert.ok(seen.ms > 250 && seen.ms < 800, `${seen.ms} ms`);
  });

  stage(`f75 ${kind}: who gives up while waiting is told so, and nothing of it is left in the queue`, { init }, async ({ page }) => {
    const seen = await page.evaluate(async () => {
      const [holder, waiter, next] = ["a", "b", "c"].map(() => new Lock("name", vault));
      await holder.acquire(1000, 20_000);
      const waiting = waiter.acquire(20_000, 20_000);
      await sleep(20);
      waiter.release();
      const granted = await timed(waiting);
      holder.release();
      return { granted, next: await timed(next.acquire(1000, 20_000)), queue: (await navigator.locks?.query())?.pending.length ?? 0 };
    });
    assert.equal(seen.granted[0], false);
    assert.ok(seen.granted[1] < 300, `${seen.granted[1]} ms`);
    assert.equal(seen.next[0], true);
    assert.equal(seen.queue, 0);
  });

  stage(`f62 ${kind}: a holder that never lets go loses it at its deadline`, { init }, async ({ page }) => {
    const seen = await page.evaluate(async () => {
      const [holder, waiter] = ["a", "b"].map(() => new Lock("name", vault));
      await holder.acquire(1000, 700);
      return timed(waiter.acquire(5000, 20_000));
    });
    assert.equal(seen[0], true);
    assert.ok(seen[1] > 400 && seen[1] < 2000, `${seen[1]} ms`);
  });
}

stage("f60 a lock that somebody steals is no error of anybody's, and letting it go does not free the thief's", { pages: 2 }, async ({ pages: [page, thief] }) => {
  await page.evaluate(acquire);
  await thief.evaluate(() => new Promise((stolen) => void navigator.locks.request("name", { steal: true }, () => (stolen(), new Promise(() => {})))));
  await page.evaluate(() => sleep(50).then(() => lock.release()));
  assert.equal((await page.evaluate(acquire, { waitMs: 300 }))[0], false);
});

stage("f59 f60 a lock that was taken away is asked for again, and is ours once it is let go", { pages: 2 }, async ({ pages: [page, thief] }) => {
  await page.evaluate(acquire);
  await thief.evaluate(() => new Promise((stolen) => void navigator.locks.request("name", { steal: true }, () => (stolen(), sleep(300)))));
  assert.equal(await page.evaluate(() => sleep(50).then(() => lock.regained)), true);
  assert.equal((await thief.evaluate(acquire, { waitMs: 300 }))[0], false, "another has it");
  await page.evaluate(() => lock.release());
  assert.equal((await thief.evaluate(acquire, { waitMs: 300 }))[0], true);
});

stage("f56 f57 the lock of a tab that is closed is free at once, its lease when it runs out", { pages: 2 }, async ({ pages: [holder, waiter], openPage }) => {
  await holder.evaluate(acquire);
  const waiting = waiter.evaluate(acquire);
  await holder.close();
  assert.equal((await waiting)[0], true);
  const leaseholder = await openPage();
  await leaseholder.evaluate(() => vault.lease("name lease", "gone", 1500));
  await leaseholder.close();
  const [granted, ms] = await waiter.evaluate(async () => {
    Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
    return timed(new Lock("name", vault).acquire(5000, 20_000));
  });
  assert.equal(granted, true);
  assert.ok(ms > 500 && ms < 3000, `${ms} ms`);
});

stage("f79 a lease that ends later than it can last is of a clock that was set back, and does not count", { init: withoutLocks }, async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const { now } = Date;
    Date.now = () => now() + 3_600_000;
    await vault.lease("name lease", "before", 20_000);
    Date.now = now;
    return new Lock("name", vault).acquire(1000, 20_000);
  });
  assert.equal(seen, true);
});

stage("a lease is renewed while it is held", { init: withoutLocks }, async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const holder = new Lock("name", vault);
    await holder.acquire(900, 20_000);
    const until = async () => (await vault.read("name lease"))?.until ?? null;
    const first = await until();
    await sleep(600);
    const later = await until();
    holder.release();
    return { grew: later - first, left: await until() };
  });
  assert.ok(seen.grew >= 250, `${seen.grew} ms`);
  assert.equal(seen.left, null);
});

stage("f85 a timer that rings far too late begins anew: the page slept, and what it waited for slept, too", {}, async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const [holder, waiter] = ["a", "b"].map(() => new Lock("name", vault));
    await holder.acquire(1000, 20_000);
    const { now } = Date;
    const waiting = timed(waiter.acquire(200, 20_000));
    Date.now = () => now() + 3_600_000;
    return waiting;
  });
  assert.equal(seen[0], false);
  assert.ok(seen[1] > 350 && seen[1] < 1200, `${seen[1]} ms`);
});
