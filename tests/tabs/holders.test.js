// One tab holds the lock, and something befalls its server or the tab.
import assert from "node:assert/strict";
import { test } from "node:test";
import { awayAndBack, frozenHolder, lostHolder, slowServer } from "./exercises/holders.js";
import { useBrowser } from "./support/use-browser.js";

const room = useBrowser("chromium");
const brief = { accessLifetimeS: 2 };
const check = (t, { figures, faults }) => {
  t.diagnostic(JSON.stringify(figures));
  assert.deepEqual(faults, []);
};

test("f54_ the server takes 7 s: three tabs wait for one refresh", async (t) => {
  const three = await room(t, { tabs: 3, backend: brief });
  check(t, await slowServer(three, { answerMs: 7_000 }));
});

for (const [befall, row] of [["close", "f56"], ["crash", "f57"]]) {
  test(`${row}_ the holder's tab meets a ${befall} before the server has seen to its refresh: the others have a token soon`, async (t) => {
    const three = await room(t, { tabs: 3, backend: brief });
    check(t, await lostHolder(three, { befall }));
  });
}

test("f37_ f56_ the holder's tab is closed after the server has rotated: the session is lost, and every tab is told once", async (t) => {
  const three = await room(t, { tabs: 3, backend: brief });
  const result = await lostHolder(three, { befall: "close", processed: true });
  check(t, result);
  // The tab that asked knows why; the others find the session ended.
  assert.deepEqual(result.reasons.filter((reason) => reason !== "logged_out"), ["ambiguous"]);
});

test("f58_ the holder is frozen, the token still good: the others do not notice", async (t) => {
  const three = await room(t, { tabs: 3 });
  check(t, await frozenHolder(three, { expired: false }));
});

test("f58_ the holder is frozen, the token at its end: lock_timeout within 15 s, a token within 2 s of the thaw", async (t) => {
  const three = await room(t, { tabs: 3, backend: brief });
  check(t, await frozenHolder(three, { expired: true }));
});

test("f41_ a refresh that is never answered ends at its deadline, and the lock is free for the next", async (t) => {
  const two = await room(t, { tabs: 2, backend: brief, options: { timeoutMs: 1_500 } });
  await two.login();
  two.backend.fault({ on: "refresh", kind: "hang", times: 1 });
  const [first, second] = two.tabs;
  const hung = first.evaluate(() => tab.refresh());
  await two.until(() => two.backend.log.some(({ on }) => on === "refresh"), "the refresh");
  const { value, error, ms } = await second.evaluate(() => tab.ask({ minValidityMs: 1_900 }));
  assert.ok(value && (await two.isTaken(value)), `no token: ${error?.code}`);
  assert.ok(ms < 6_000, `after ${ms} ms`);
  await hung;
});

test("f59_ a tab goes to another page in the middle of a refresh and comes back: no lock is left, no session lost", async (t) => {
  const two = await room(t, { tabs: 2 });
  check(t, await awayAndBack(two, { elsewhere: "about:blank" }));
});
