// The hand-over of the lock from tab to tab, with hidden tabs and throttled timers, judged by the server's log.
import assert from "node:assert/strict";
import { test } from "node:test";
import { handovers } from "./exercises/handovers.js";
import { useBrowser } from "./support/use-browser.js";

const ROUNDS = 100;
const room = useBrowser("chromium");

test(`f55_ ${ROUNDS} hand-overs between two tabs: what the one wrote is what the other reads`, async (t) => {
  const two = await room(t, { tabs: 2 });
  assert.deepEqual(await two.tabs[0].evaluate(() => document.visibilityState), "hidden", "the tab in the back is a hidden one");
  const { figures, faults } = await handovers(two, { rounds: ROUNDS });
  assert.deepEqual(faults, []);
  assert.equal(figures.usedTokens, 0);
  t.diagnostic(JSON.stringify(figures));
});
