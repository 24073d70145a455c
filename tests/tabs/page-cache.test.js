// A page that waits in the browser's page cache hears of nothing: no event, no message, no timer. It comes back as it was, and the world is another.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, test } from "node:test";
import { runsOut } from "./exercises/expiries.js";
import { comeBack, leave } from "./exercises/page-cache.js";
import { createTally, judgeRound, refreshesIn } from "./support/judge.js";
import { useBrowser } from "./support/use-browser.js";

const judge = async (room, entries, answers, refreshes) => {
  const tally = createTally();
  await judgeRound(room, tally, { label: "back again", entries, answers, refreshes });
  assert.deepEqual(tally.result().faults, []);
};

for (const engine of ["chromium", "firefox", "webkit"]) {
  describe(engine, () => {
    const room = useBrowser(engine);

    test(`f59_ a page comes back from the page cache of ${engine} after a logout on another: it is signed out, and told so once`, async (t) => {
      const one = await room(t, { tabs: 1 });
      await one.login();
      const [tab] = one.tabs;
      await leave(tab);
      await one.openSession(tab);
      await tab.evaluate(() => window.tab.logout());
      assert.ok(await comeBack(one, tab), "it was not in the cache");
      assert.ok(await tab.evaluate(() => window.tab.reaches("signed_out", 2_000)), "still signed in");
      const { error, ends } = await tab.evaluate(() => window.tab.ask());
      assert.deepEqual([error?.code, ends], ["session_ended", ["logged_out"]]);
      assert.equal(refreshesIn(one.backend.log).refreshes, 0);
    });

    test(`f59_ a page comes back from the page cache of ${engine} after another has renewed the tokens: it takes them up and sends nothing`, async (t) => {
      const one = await room(t, { tabs: 1 });
      await one.login();
      one.backend.set({ accessLifetimeS: 7200 });
      const [tab] = one.tabs;
      // At once, before anything has been read; and its own token is good for too short a time.
      await tab.evaluate(() => addEventListener("pageshow", () => (window.asked = window.tab.ask({ minValidityMs: 5_400_000 }))));
      await leave(tab);
      await one.openSession(tab);
      await tab.evaluate(() => window.tab.refresh());
      const elsewhere = await tab.evaluate(() => window.tab.ask());
      assert.ok(await comeBack(one, tab), "it was not in the cache");
      const asked = await tab.evaluate(() => window.asked);
      assert.equal(asked.value, elsewhere.value);
      await judge(one, one.backend.log, [asked], 1);
    });

    test(`f59_ a page comes back from the page cache of ${engine} after its token has run out: one refresh`, async (t) => {
      const one = await room(t, { tabs: 1, backend: { accessLifetimeS: 3 }, options: { refreshMode: "background" } });
      await one.login();
      const [tab] = one.tabs;
      await tab.toFront();
      await leave(tab);
      const mark = one.backend.log.length;
      assert.equal(refreshesIn(one.backend.log).refreshes, 0);
      await sleep(runsOut(one) - Date.now());
      one.backend.set({ accessLifetimeS: 3600 });
      assert.ok(await comeBack(one, tab), "it was not in the cache");
      // WebKitGTK's driver has a window that is never shown, so there somebody must ask.
      if (engine !== "webkit") await one.until(() => refreshesIn(one.backend.log).refreshes > 0, "a refresh that nobody asks for", 2_000);
      const asked = await tab.evaluate(() => window.tab.ask());
      await sleep(300);
      await judge(one, one.backend.log.slice(mark), [asked], 1);
    });

    test(`f59_ a page of ${engine} is left in the middle of a refresh, and back in the middle of another tab's: no token is used twice`, async (t) => {
      const two = await room(t, { tabs: 2 });
      await two.login();
      const [leaver, other] = two.tabs;
      const refreshes = () => refreshesIn(two.backend.log).refreshes;
      two.backend.fault({ on: "refresh", kind: "hang", times: 1 });
      await leaver.evaluate(() => void (window.refreshing = window.tab.refresh()));
      await two.until(() => refreshes() === 1, "the refresh");
      // WebKit takes the request away as the page is left where it goes to the same site, and else when it is back.
      await leave(leaver, "about:blank");
      two.backend.fault({ on: "refresh", kind: "delay-after", ms: 2_500, times: 1 });
      await other.evaluate(() => void (window.refreshing = window.tab.refresh()));
      await two.until(() => refreshes() === 2, "the other tab's refresh");
      await leaver.toFront();
      const restored = await comeBack(two, leaver);
      // Chromium and Firefox give the page up, with the lock and the request. WebKit keeps it, and takes both away.
      assert.equal(restored, engine === "webkit");
      if (restored) assert.equal(two.backend.log.find(({ fault }) => fault === "delay-after").status, null, "the other tab's refresh was over too soon");
      else await two.openSession(leaver);
      const waiting = restored ? [other, leaver] : [other];
      for (const tab of waiting) assert.equal((await tab.evaluate(() => window.refreshing)).error, undefined);
      const answers = await Promise.all(two.tabs.map((tab) => tab.evaluate(() => window.tab.ask())));
      await judge(two, two.backend.log, answers, 2);
    });
  });
}
