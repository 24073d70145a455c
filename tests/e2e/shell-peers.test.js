// What tabs tell each other: that the store has changed, and nothing that anybody could use or forge.
import assert from "node:assert/strict";
import { useModule } from "./support/modules.js";

const stage = useModule("peers");

const listen = () => {
  globalThis.heard = 0;
  globalThis.peers = new Peers("name", () => (heard += 1));
  globalThis.messages = [];
  new BroadcastChannel("name").onmessage = ({ data }) => messages.push(data);
};

stage("f69 the message names its format and says that something changed, and nothing else", { pages: 2 }, async ({ pages: [teller, hearer] }) => {
  await hearer.evaluate(listen);
  await teller.evaluate(listen);
  await teller.evaluate(() => peers.tell());
  await hearer.evaluate(() => sleep(200));
  assert.deepEqual(await hearer.evaluate(() => [heard, messages]), [1, [{ v: 1, kind: "changed" }]]);
  assert.equal(await teller.evaluate(() => heard), 0);
});

stage("f69 what anybody else says on the channel is at most a reason to look", { pages: 2 }, async ({ pages: [forger, hearer] }) => {
  await hearer.evaluate(listen);
  await forger.evaluate(() => {
    const channel = new BroadcastChannel("name");
    for (const message of [null, undefined, 5, "changed", [], {}, { v: 2, kind: "changed" }, { v: 1, kind: "signed_in", access_token: "forged" }, new Map()])
      channel.postMessage(message);
  });
  await hearer.evaluate(() => sleep(200));
  assert.equal(await hearer.evaluate(() => heard), 0);
});

stage("f70 of a thousand messages in a burst a few are heard, the first at once and one at the end", { pages: 2 }, async ({ pages: [teller, hearer] }) => {
  await hearer.evaluate(listen);
  await teller.evaluate(() => {
    const channel = new BroadcastChannel("name");
    for (let count = 0; count < 1000; count += 1) channel.postMessage({ v: 1, kind: "changed" });
  });
  await hearer.evaluate(() => sleep(600));
  const heard = await hearer.evaluate(() => globalThis.heard);
  assert.ok(heard >= 2 && heard <= 8, `${heard}`);
});

stage("after it is closed nothing is heard and telling is no error", {}, async ({ page }) => {
  const seen = await page.evaluate(async () => {
    let heard = 0;
    const peers = new Peers("name", () => (heard += 1));
    const works = peers.works;
    peers.close();
    new BroadcastChannel("name").postMessage({ v: 1, kind: "changed" });
    peers.tell();
    peers.hint();
    await sleep(100);
    return [works, peers.works, heard];
  });
  assert.deepEqual(seen, [true, false, 0]);
});

stage("f69 without BroadcastChannel hints of the browser's own are still heard", {
  init: () => Object.defineProperty(globalThis, "BroadcastChannel", { value: undefined }),
}, async ({ page }) => {
  const seen = await page.evaluate(async () => {
    let heard = 0;
    const peers = new Peers("name", () => (heard += 1));
    peers.tell();
    peers.hint();
    return [peers.works, heard];
  });
  assert.deepEqual(seen, [false, 1]);
});
