// What becomes of the others while one tab holds the lock: its server is slow, or the tab is closed, crashes or is frozen in the middle.
import { setTimeout as sleep } from "node:timers/promises";
import { createTally, judgeRound, refreshesIn } from "../support/judge.js";
import { askAt, runsOut } from "./expiries.js";

/** How long a call waits for the lock, and by how much the timers of a hidden tab are late. */
const LOCK_WAIT_MS = 15_000;
const THROTTLED_MS = 1_100;

/** Every tab asks at the end of the token, and the server takes this long. Nobody may lose patience before the holder has. */
export async function slowServer(room, { answerMs }) {
  const tally = createTally();
  await room.login();
  await sleep(runsOut(room) - Date.now());
  room.backend.set({ accessLifetimeS: 3600 });
  room.backend.fault({ on: "refresh", kind: "delay", ms: answerMs });
  const mark = room.backend.log.length;
  const answers = await room.together(askAt);
  await judgeRound(room, tally, { label: `${answerMs} ms`, entries: room.backend.log.slice(mark), answers });
  return tally.result();
}

/**
 * The first tab's refresh is on its way when `befall` befalls the tab; the others wait for it.
 * `processed`: the server had rotated the token already, so the reply is lost and with it the session: that ends once, everywhere.
 */
export async function lostHolder(room, { befall, processed = false }) {
  const tally = createTally();
  await room.login();
  await sleep(runsOut(room) - Date.now());
  room.backend.set({ accessLifetimeS: 3600 });
  const mark = room.backend.log.length;
  room.backend.fault({ on: "refresh", kind: processed ? "delay-after" : "hang", ms: 5_000, times: 1 });
  const [holder, ...others] = room.tabs;
  holder.evaluate(() => void tab.ask().catch(() => {})).catch(() => {});
  await room.until(() => refreshesIn(room.backend.log.slice(mark)).refreshes === 1, "the holder's refresh");
  const waiting = room.together(askAt, null, { among: others });
  await sleep(300);
  const since = Date.now();
  await room.closeTab(holder, (tab) => tab[befall]());
  const answers = await waiting;
  tally.add({ recoveredMs: Date.now() - since });
  const entries = () => room.backend.log.slice(mark);
  if (!processed) {
    await judgeRound(room, tally, { label: befall, entries: entries(), answers, refreshes: 2 });
    return tally.result();
  }
  await sleep(2_000);
  const { refreshes } = refreshesIn(entries());
  const views = await Promise.all(others.map((tab) => tab.evaluate(() => globalThis.tab.view())));
  const reasons = [...new Set(views.flatMap(({ ends }) => ends))];
  tally.add({ refreshes, endedTabs: views.filter(({ ends }) => ends.length === 1).length });
  if (views.some(({ status, ends }) => status !== "signed_out" || ends.length !== 1)) tally.fault(`not every tab was told once: ${JSON.stringify(views)}`);
  if (refreshes > 3) tally.fault(`${refreshes} refreshes for a session that was lost`);
  if (answers.some(({ pending }) => pending)) tally.fault("a call has not settled");
  return { ...tally.result(), reasons };
}

/**
 * The first tab is frozen while its refresh is out. Tabs whose token is still good go on at once; the others get a retryable error within
 * 15 s (never a lock taken away), and a token within 2 s of the thaw.
 */
export async function frozenHolder(room, { expired }) {
  const tally = createTally();
  await room.login();
  if (expired) await sleep(runsOut(room) - Date.now());
  room.backend.set({ accessLifetimeS: 3600 });
  const mark = room.backend.log.length;
  room.backend.fault({ on: "refresh", kind: "delay", ms: 500, times: 1 });
  const [holder, ...others] = room.tabs;
  await others[0].toFront();
  const held = holder.evaluate(() => tab.refresh());
  await room.until(() => refreshesIn(room.backend.log.slice(mark)).refreshes === 1, "the holder's refresh");
  await sleep(100);
  await holder.freeze();
  const answers = await room.together(askAt, null, { among: others });
  const waitedMs = Math.max(...answers.map(({ ms }) => ms));
  tally.add({ waitedMs: Math.round(waitedMs) });
  if (expired) {
    const wrong = answers.filter(({ error }) => error?.code !== "lock_timeout" || !error.retryable);
    if (wrong.length > 0) tally.fault(`not a retryable lock_timeout: ${JSON.stringify(wrong.map(({ error, pending, value }) => error?.code ?? (pending ? "pending" : typeof value)))}`);
    if (waitedMs > LOCK_WAIT_MS + THROTTLED_MS) tally.fault(`waited ${Math.round(waitedMs)} ms for the lock`);
  } else {
    const without = answers.filter(({ value }) => typeof value !== "string");
    if (without.length > 0 || waitedMs > 250) tally.fault(`a token that is good was not served at once: ${Math.round(waitedMs)} ms, ${without.length} without`);
  }
  const thawed = Date.now();
  await holder.thaw();
  const after = await room.together(askAt, null, { among: others });
  const thawMs = Date.now() - thawed;
  tally.add({ thawMs });
  if (thawMs > 2_000) tally.fault(`${thawMs} ms from the thaw to a token`);
  const last = await held;
  // Its own deadline may have passed while it was frozen; what the server answered counts all the same.
  if (last.error && last.error.code !== "timeout") tally.fault(`the holder's own refresh: ${last.error.code}`);
  await judgeRound(room, tally, { label: "after the thaw", entries: room.backend.log.slice(mark), answers: [...after, await holder.evaluate(() => tab.ask())] });
  return tally.result();
}

/** A tab goes to another page while its refresh is out, and comes back: from the cache of pages, or anew. */
export async function awayAndBack(room, { elsewhere }) {
  const tally = createTally();
  await room.login();
  const mark = room.backend.log.length;
  room.backend.fault({ on: "refresh", kind: "hang", times: 1 });
  const [leaver, other] = room.tabs;
  leaver.evaluate(() => void tab.refresh()).catch(() => {});
  await room.until(() => refreshesIn(room.backend.log.slice(mark)).refreshes === 1, "the refresh");
  await leaver.goto(elsewhere);
  const { error } = await other.evaluate(() => tab.refresh());
  if (error) tally.fault(`the other tab cannot refresh: ${error.code}`);
  await leaver.back();
  const isKept = await leaver.evaluate(() => Boolean(globalThis.tab?.session));
  if (!isKept) await room.openSession(leaver);
  tally.add({ keptInCache: Number(isKept) });
  const answers = await Promise.all(room.tabs.map((tab) => tab.evaluate(() => globalThis.tab.ask())));
  await judgeRound(room, tally, { label: "back again", entries: room.backend.log.slice(mark), answers, refreshes: 2 });
  return tally.result();
}
