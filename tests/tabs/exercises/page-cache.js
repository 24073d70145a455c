// A tab goes to another page of the site and back, which the browser may take out of its page cache as it was.
import { setTimeout as sleep } from "node:timers/promises";

/** Firefox keeps no page that has a transaction or a lock: what a login began is over after this. */
const AT_REST_MS = 200;

/** By itself to a page that tells others nothing: in Chromium and Firefox a message would put this one out of the cache. */
export async function leave(tab, elsewhere = "/silent") {
  // Names of the window itself: a driver's scripts may have a global object of their own.
  const here = await tab.evaluate(() => {
    window.left = {};
    addEventListener("pageshow", ({ persisted }) => (window.left.persisted = persisted));
    return location.href;
  });
  await sleep(AT_REST_MS);
  await tab.goto(new URL(elsewhere, here).href);
}

/** Comes back. Whether it is the page that was left, and no new one: what it had noted is there still, and the browser says so. */
export async function comeBack(room, tab) {
  await tab.back();
  const seen = () => tab.evaluate(() => (window.left ? window.left.persisted && "restored" : window.tab?.open && "anew"));
  let how;
  await room.until(async () => (how = await seen().catch(() => null)), "the page to be there again");
  return how === "restored";
}
