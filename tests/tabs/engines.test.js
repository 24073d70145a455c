// The same in the engines of the other two browsers that people use.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { expiries } from "./exercises/expiries.js";
import { handovers } from "./exercises/handovers.js";
import { useBrowser } from "./support/use-browser.js";

const TABS = 5;
const ROUNDS = 3;
const HANDOVERS = 10;

for (const engine of ["firefox", "webkit"]) {
  describe(engine, () => {
    const room = useBrowser(engine);

    test(`f54_ ${TABS} tabs of ${engine} ask at one instant, ${ROUNDS} times: one refresh each time`, async (t) => {
      const five = await room(t, { tabs: TABS, backend: { accessLifetimeS: 3 } });
      const { figures, faults } = await expiries(five, { rounds: ROUNDS });
      assert.deepEqual(faults, []);
      assert.deepEqual([figures.refreshes, figures.usedTokens], [ROUNDS, 0]);
      t.diagnostic(`${five.browser.name} ${five.browser.version} ${JSON.stringify(figures)}`);
    });

    test(`f55_ ${HANDOVERS} hand-overs between two tabs of ${engine}`, async (t) => {
      const two = await room(t, { tabs: 2 });
      const { figures, faults } = await handovers(two, { rounds: HANDOVERS });
      assert.deepEqual(faults, []);
      assert.equal(figures.usedTokens, 0);
    });
  });
}
