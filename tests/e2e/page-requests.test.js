// The panel of API calls on the demo page: what came back, and what the servers' own logs say was sent.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchBrowser } from "./support/browser.js";
import { openDemo } from "./support/demo.js";

const ALICE = { username: "alice", password: "alice-password" };

let browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser?.close());

/** Presses the button of a situation. Returns what the page says of it, and the rows it shows. */
async function play({ at, page }, situation) {
  await at(`requests-${situation}`).click();
  await page.waitForFunction(() => /What came back/.test(document.querySelector("#requests-outcome").textContent), null, { timeout: 15_000 });
  const outcome = await at("requests-outcome").textContent();
  await page.evaluate(() => (document.querySelector("#requests-outcome").textContent = ""));
  const rows = await page.locator("#requests-log tbody tr").evaluateAll((rows) => rows.map(({ dataset }) => [dataset.server, dataset.on, "bearer" in dataset, Number(dataset.httpStatus)]));
  return { came: /What came back: (.*)\.$/.exec(outcome)[1], rows };
}

const count = (rows, ...wanted) => rows.filter((row) => wanted.every((value, index) => row[index] === value)).length;

for (const [backend, server] of [["oauth2-form", "oauth2"], ["geolens", "geolens"]])
  test(`${backend}: each situation of the API panel shows what was sent, by the servers' own logs`, async (t) => {
    const demo = await openDemo(t, browser, backend, { accessLifetimeS: 300 });
    await demo.login(ALICE);
    const { log } = demo.servers.backends[server];

    const parallel = await play(demo, "parallel");
    assert.equal(parallel.came, "10 × 200");
    assert.deepEqual([count(parallel.rows, "here", "api", true, 401), count(parallel.rows, "here", "refresh"), count(parallel.rows, "here", "api", true, 200)], [10, 1, 10]);
    assert.equal(parallel.rows.length, 21);

    const late = await play(demo, "late");
    assert.equal(late.came, "200");
    assert.deepEqual(late.rows.map(([, on]) => on).sort(), ["api", "api", "refresh"]);
    assert.equal(log.filter(({ on, method }) => on === "refresh" && method !== "OPTIONS").length, 2, "one for each so far");

    const foreign = await play(demo, "foreign");
    assert.match(foreign.came, /^blocked_origin, 40\d$/);
    assert.deepEqual(foreign.rows.map(([where, , bearer]) => [where, bearer]), [["elsewhere", false]], "asked once, without the token");

    const redirect = await play(demo, "redirect");
    assert.equal(redirect.came, "TypeError");
    assert.deepEqual(redirect.rows, [["here", "api", true, 307]], "and nothing elsewhere");

    assert.equal(await demo.at("status").getAttribute("data-status"), "active");
    assert.equal(await demo.callApi(), 200, "no fault is left behind");
  });

test("the API panel says what a call without a session comes to, and is not there without a backend of the demo's", async (t) => {
  const demo = await openDemo(t, browser, "oauth2-form");
  const { came, rows } = await play(demo, "parallel");
  assert.deepEqual([came, rows], ["10 × session_ended", []]);
  await demo.at("backend").selectOption("own");
  await demo.at("requests").waitFor({ state: "hidden" });
});
