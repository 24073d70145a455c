// Nothing undoes a logout: neither a refresh that is under way in this tab or another, nor a server that does not answer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { logoutDuringOutage, logoutDuringRefresh, moments, OUTAGES } from "./exercises/logouts.js";
import { useBrowser } from "./support/use-browser.js";

const room = useBrowser("chromium");
const STEP_MS = 50;
const DIALECTS = [["oauth2", "f64"], ["geolens", "f65"]];

for (const [dialect, row] of DIALECTS) {
  for (const from of ["same", "other"]) {
    test(`${row}_ ${dialect}: logout in the ${from} tab, at every ${STEP_MS} ms of a refresh, is the end`, async (t) => {
      const two = await room(t, { tabs: 2, backend: { dialect } });
      const faults = [];
      for (const at of moments(STEP_MS)) faults.push(...(await logoutDuringRefresh(two, { from, at })).faults);
      assert.deepEqual(faults, []);
    });
  }
}

for (const outage of Object.keys(OUTAGES)) {
  test(`f68_ the server at logout: ${outage}. Signed out in the page within 50 ms, in the other tab soon`, async (t) => {
    const two = await room(t, { tabs: 2, options: { logoutTimeoutMs: 1_000 } });
    assert.deepEqual((await logoutDuringOutage(two, { outage })).faults, []);
  });
}
