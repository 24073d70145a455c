// Wrong clocks: a lifetime is a duration, so what the clock says does not matter.
import assert from "node:assert/strict";
import { test } from "node:test";
import { expiries, lifetimeFor } from "./exercises/expiries.js";
import { jumps } from "./exercises/clocks.js";
import { useBrowser } from "./support/use-browser.js";

const DAY_MS = 86_400_000;
const room = useBrowser("chromium");

for (const clockMs of [DAY_MS, -DAY_MS]) {
  test(`f81_ the machine's clock is off by ${clockMs / DAY_MS} day: the refreshes are those of a right clock`, async (t) => {
    const two = await room(t, { tabs: 2, clockMs, backend: { accessLifetimeS: lifetimeFor(2) } });
    const { figures, faults } = await expiries(two, { rounds: 4 });
    assert.deepEqual(faults, []);
    assert.equal(figures.refreshes, 4);
  });
}

test("f76_ f78_ f79_ the clock jumps by hours, days and years: at most one refresh for each jump", async (t) => {
  const two = await room(t, { tabs: 2 });
  assert.deepEqual((await jumps(two, {})).faults, []);
});
