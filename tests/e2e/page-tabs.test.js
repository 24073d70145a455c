// The panel of tabs on the demo page: what each tab of the profile sees, in every one of them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchBrowser, watchForTrouble } from "./support/browser.js";
import { openDemo } from "./support/demo.js";

const ALICE = { username: "alice", password: "alice-password" };
const MORE = 10;

let browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser?.close());

/** The panel's rows as the page has them. */
const rowsOf = (page) => page.locator("#tabs tbody tr").evaluateAll((rows) => rows.map(({ dataset, cells }) => ({
  tab: Number(dataset.tab), status: dataset.status, here: "here" in dataset, until: cells[2].textContent, seen: Number(cells[3].dataset.seen), sent: Number(cells[4].dataset.sent), last: cells[4].textContent.includes("last"),
})));

async function eventually(there, what, ms = 15_000) {
  for (const end = Date.now() + ms; Date.now() < end; await new Promise((done) => setTimeout(done, 50))) if (await there()) return;
  assert.fail(`waited in vain for ${what}`);
}

test("ten more tabs are signed in; one of them renews, all of them see it; a logout is one in all; a closed tab leaves the list", async (t) => {
  const demo = await openDemo(t, browser, "oauth2-form", { accessLifetimeS: 300 });
  const { page, context, at } = demo;
  await demo.login(ALICE);
  await at("open-tabs").focus();
  await page.keyboard.press("Enter");
  await eventually(() => context.pages().length === MORE + 1, "ten tabs");
  const trouble = context.pages().slice(1).flatMap((tab) => watchForTrouble(tab));
  await eventually(async () => (await rowsOf(page)).filter(({ status }) => status === "active").length === MORE + 1, "eleven tabs that are signed in");
  assert.match(await at("tabs-note").textContent(), /Opened 10 tabs/);
  const numbers = (await rowsOf(page)).map(({ tab }) => tab);
  assert.deepEqual(numbers, Array.from({ length: MORE + 1 }, (_, index) => index + 1), "each has a number of its own");

  const [, , third] = context.pages();
  await third.getByTestId("refresh").click();
  for (const tab of context.pages()) {
    await eventually(async () => (await rowsOf(tab)).every(({ seen }) => seen === 1), "the renewal in every tab, and every tab told of it");
    const rows = await rowsOf(tab);
    assert.equal(rows.reduce((sum, { sent }) => sum + sent, 0), 1, "one request for all of them");
    assert.equal(new Set(rows.map(({ until }) => until)).size, 1, "one token for all of them");
    assert.equal(rows.filter(({ here }) => here).length, 1);
    assert.equal(rows.filter(({ last }) => last).length, 1, "it says who was the last");
  }
  assert.ok((await rowsOf(third)).find(({ here }) => here).last, "the tab that was asked sent the request");

  await context.pages().at(-1).close();
  await eventually(async () => (await rowsOf(page)).length === MORE, "ten tabs in the list");

  await demo.logout();
  await eventually(async () => (await rowsOf(page)).every(({ status }) => status === "signed_out"), "the logout in every tab");
  demo.assertNoTrouble();
  assert.deepEqual(trouble, []);
});
