// Logout, at every moment of a refresh and with a server that does not answer.
import { setTimeout as sleep } from "node:timers/promises";
import { createTally } from "../support/judge.js";
import { found } from "../../e2e/support/canaries.js";

const REFRESH_MS = 300;

/** Moments from the start of a refresh to beyond its end. */
export const moments = (stepMs) => Array.from({ length: Math.floor(REFRESH_MS / stepMs) + 1 }, (_, index) => index * stepMs);

/**
 * One tab refreshes, which takes 300 ms, and `at` milliseconds into it the same or another tab logs out. Afterwards nobody is signed in,
 * nothing is left in any storage, and nothing is good at the server.
 */
export async function logoutDuringRefresh(room, { from, at }) {
  const tally = createTally();
  const [refresher, other] = room.tabs;
  const leaver = from === "same" ? refresher : other;
  room.backend.clearFaults();
  await room.login();
  room.backend.fault({ on: "refresh", kind: "delay", ms: REFRESH_MS });
  const start = Date.now() + 60;
  const [refreshed, left] = await Promise.all([
    refresher.evaluate(async (instant) => {
      await tab.until(instant);
      return tab.refresh();
    }, start),
    leaver.evaluate(async (instant) => {
      await tab.until(instant);
      return tab.logout();
    }, start + at),
  ]);
  await afterwards(room, tally, { label: `${from} tab, ${at} ms` });
  if (refreshed.pending) tally.fault(`${from} tab, ${at} ms: the refresh has not settled`);
  if (left.error) tally.fault(`${from} tab, ${at} ms: logout rejected with ${left.error.code}`);
  tally.add({ rounds: 1 });
  return tally.result();
}

/** Signed out everywhere, nothing kept, nothing good at the server. */
async function afterwards(room, tally, { label, atServer = true }) {
  const noticed = await Promise.all(room.tabs.map((tab) => tab.evaluate(() => globalThis.tab.reaches("signed_out"))));
  await sleep(60);
  const live = () => room.backend.tokens().filter(({ live }) => live);
  if (atServer) await room.until(() => live().length === 0, "", 3_000).catch(() => {});
  const views = await Promise.all(room.tabs.map((tab) => tab.evaluate(() => globalThis.tab.view())));
  const kept = (await Promise.all(room.tabs.map((tab) => tab.evaluate(() => globalThis.tab.stores())))).join();
  const tokens = room.backend.tokens().map(({ token }) => token);
  const { id, username } = room.backend.users.find((user) => user.username === "alice");
  const cookies = (await room.browser.cookies?.() ?? []).filter((name) => name.includes("refresh"));
  const counts = {
    stillSignedIn: noticed.filter((did) => !did).length + views.filter(({ status }) => status !== "signed_out").length,
    revivedTabs: views.filter(({ revived }) => revived).length,
    storedSecrets: found([...tokens, id, username], kept).length,
    ...(atServer && { liveTokens: live().length, leftCookies: cookies.length }),
  };
  tally.add(counts);
  for (const [what, number] of Object.entries(counts)) if (number > 0) tally.fault(`${label}: ${what} ${number}`);
}

/** What can be wrong with the server at logout. */
export const OUTAGES = {
  offline: { offline: true },
  "500": { fault: { on: "logout", kind: "status", status: 500 } },
  hanging: { fault: { on: "logout", kind: "hang" } },
  "closing connections": { fault: { on: "logout", kind: "drop-before" } },
};
const AT_ONCE_MS = 50;

/** Signed out in the page within 50 ms, whatever the server does; and the other tab too, soon. */
export async function logoutDuringOutage(room, { outage }) {
  const { offline, fault } = OUTAGES[outage];
  const tally = createTally();
  room.backend.clearFaults();
  await room.login();
  if (offline) await room.browser.offline(true);
  if (fault) room.backend.fault(fault);
  const [leaver] = room.tabs;
  const { ms, result } = await leaver.evaluate(async () => {
    const start = performance.now();
    let ms = null;
    const look = () => (ms ??= tab.session.getSnapshot().signedIn ? null : performance.now() - start);
    const stop = tab.session.subscribe(look);
    const leaving = tab.timed(tab.session.logout());
    look();
    const result = await leaving;
    look();
    stop();
    return { ms, result };
  });
  if (offline) await room.browser.offline(false);
  tally.add({ rounds: 1, signedOutMs: Math.round(ms ?? 1e6) });
  if (ms === null || ms > AT_ONCE_MS) tally.fault(`${outage}: signed out after ${ms} ms`);
  if (result.error || result.pending) tally.fault(`${outage}: logout ${result.error?.code ?? "has not settled"}`);
  else if (result.value.server !== "failed") tally.fault(`${outage}: it says that the server's part ${result.value.server}`);
  await afterwards(room, tally, { label: outage, atServer: false });
  return tally.result();
}
