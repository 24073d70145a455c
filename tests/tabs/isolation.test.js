// A session in a worker, in Firefox: what e2e/isolation.test.js shows in Chromium, but for the heap, which no driver hands out here.
import assert from "node:assert/strict";
import { test } from "node:test";
import { useBrowser } from "./support/use-browser.js";

const openRoom = useBrowser("firefox");

/** In which places of the page's realm one of the texts stands. */
async function placesOf(tab, secrets) {
  const stores = await tab.evaluate(() => globalThis.tab.stores());
  const { messages, texts } = await tab.evaluate(() => ({ messages: realm.messages.join("\n"), texts: realm.texts().texts.join("\n") }));
  return Object.entries({ stores, messages, texts }).filter(([, text]) => secrets.some((secret) => text.includes(secret))).map(([name]) => name);
}

test("f138 in Firefox no refresh token and no answer to a login enters the page, be it storage, message or object", async (t) => {
  const room = await openRoom(t, { tabs: 1, options: { isolation: "worker" }, path: "/watched" });
  const [tab] = room.tabs;
  await room.login();
  for (let times = 0; times < 3; times += 1) assert.equal((await tab.evaluate(() => globalThis.tab.refresh())).error, undefined);
  const { value } = await tab.evaluate(() => globalThis.tab.ask());
  assert.equal(await room.isTaken(value), true);
  const tokens = room.backend.tokens();
  const refresh = tokens.filter(({ kind }) => kind === "refresh").map(({ token }) => token);
  assert.equal(refresh.length, 4);
  assert.deepEqual(await placesOf(tab, [...refresh, '"refresh_token"']), []);
  // The search finds what is there: the access token, which was a message.
  assert.ok((await placesOf(tab, [value])).includes("messages"));
});

test("in Firefox, without isolation, the same search finds the refresh token", async (t) => {
  const room = await openRoom(t, { tabs: 1, path: "/watched" });
  await room.login();
  const [refresh] = room.backend.tokens().filter(({ kind, live }) => kind === "refresh" && live).map(({ token }) => token);
  assert.ok((await placesOf(room.tabs[0], [refresh])).includes("stores"));
});
