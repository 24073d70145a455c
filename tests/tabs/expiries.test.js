// Many tabs, one token, and all want a new one at the same instant: one refresh, and everybody has it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { expiries, lifetimeFor, runsOut } from "./exercises/expiries.js";
import { refreshesIn } from "./support/judge.js";
import { setTimeout as sleep } from "node:timers/promises";
import { useBrowser } from "./support/use-browser.js";

const room = useBrowser("chromium");

for (const [tabs, rounds] of [[2, 10], [4, 10], [8, 10], [10, 3]]) {
  test(`f54_ f70_ f135_ ${tabs} tabs ask at one instant, ${rounds} times: one refresh each time, told once in every tab`, async (t) => {
    const many = await room(t, { tabs, backend: { accessLifetimeS: lifetimeFor(tabs) } });
    const { figures, faults } = await expiries(many, { rounds });
    assert.deepEqual(faults, []);
    assert.deepEqual([figures.refreshes, figures.usedTokens], [rounds, 0]);
    const told = await Promise.all(many.tabs.map((tab) => tab.evaluate(() => globalThis.tab.events.map(({ name }) => name))));
    assert.deepEqual(told, Array(tabs).fill(Array(rounds).fill("refreshed")), "an event for each new token, whoever fetched it");
    t.diagnostic(JSON.stringify(figures));
  });
}

test("f74_ f77_ a hidden tab alone asks, long after: nobody has to lead, and no timer has to run", async (t) => {
  const three = await room(t, { tabs: 3, backend: { accessLifetimeS: 2 } });
  await three.login();
  await sleep(runsOut(three) - Date.now() + 2_000);
  const [hidden] = three.tabs;
  assert.equal(await hidden.evaluate(() => document.visibilityState), "hidden");
  const mark = three.backend.log.length;
  const { value } = await hidden.evaluate(() => tab.ask());
  assert.ok(await three.isTaken(value));
  assert.deepEqual(refreshesIn(three.backend.log.slice(mark)), { refreshes: 1, used: 0, refused: 0 });
});

test("f86_ a tab that is closed and opened again has its session back without a request", async (t) => {
  const two = await room(t, { tabs: 2 });
  await two.login();
  const before = await two.tabs[0].evaluate(() => tab.ask());
  for (const tab of [...two.tabs]) await two.closeTab(tab);
  const mark = two.backend.log.length;
  const again = await two.openTab();
  const { value, status } = await again.evaluate(() => tab.ask());
  assert.deepEqual([value === before.value, status], [true, "active"]);
  assert.deepEqual(two.backend.log.slice(mark), []);
});

test("f98_ another tab clears the storage: every tab is signed out, and told once", async (t) => {
  const three = await room(t, { tabs: 3 });
  await three.login();
  await three.tabs[0].evaluate(() => localStorage.clear());
  const reasons = [];
  for (const tab of three.tabs.slice(1)) {
    assert.ok(await tab.evaluate(() => globalThis.tab.reaches("signed_out")));
    reasons.push(...(await tab.evaluate(() => globalThis.tab.view().ends)));
  }
  // The first to notice writes down that the session is over, and the next may find that instead of nothing.
  assert.equal(reasons.length, 2);
  assert.ok(reasons.includes("storage_cleared"), String(reasons));
  assert.ok(reasons.every((reason) => ["storage_cleared", "logged_out"].includes(reason)), String(reasons));
  // The event of a storage does not reach the tab that caused it: that one finds out at the latest when it is next asked for something.
  const { error, status } = await three.tabs[0].evaluate(() => tab.refresh());
  assert.deepEqual([error?.code, status], ["session_ended", "signed_out"]);
});
