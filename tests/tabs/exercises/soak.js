import { setTimeout as sleep } from "node:timers/promises";
import { createTally, refreshesIn } from "../support/judge.js";

const TABS = 8;
const FREEZE_MS = 2_000;
/** A tab that goes within this time of its refresh's answer may not have kept it: that reply is lost, and with it the session. */
const KEEPING_MS = 500;
const ANSWER_MS = 40;

/**
 * Tabs with tokens of two seconds, of which at random some ask, are closed, crash, are frozen or log out, for so long. A used token may be
 * presented only where a tab went in the middle of a refresh, since nobody can know what the server answered then.
 */
export async function soak(room, { minutes, random = Math.random, progress = () => {} }) {
  const tally = createTally();
  const { backend } = room;
  const end = Date.now() + minutes * 60_000;
  let excusedUntil = 0;
  let seen = 0;
  backend.fault({ on: "refresh", kind: "delay", ms: ANSWER_MS });
  await room.login();

  const any = (list) => list[Math.floor(random() * list.length)];
  const isRefreshing = () => backend.log.some(({ on, method, time, status }) =>
    on === "refresh" && method !== "OPTIONS" && (status === null || time + ANSWER_MS + KEEPING_MS > Date.now()));
  const go = async (how) => {
    if (isRefreshing()) excusedUntil = Date.now() + 20_000;
    await room.closeTab(any(room.tabs), (tab) => tab[how]());
    await room.openTab();
  };
  const acts = {
    ask: async () => {
      const answers = await room.together(async ({ at }) => {
        await tab.until(at);
        return tab.ask();
      }, null, { among: room.tabs.filter(() => random() < 0.7) });
      tally.add({ asked: answers.length, answered: answers.filter(({ value }) => value).length });
      if (answers.some(({ pending }) => pending)) tally.fault("a call has not settled");
    },
    close: () => go("close"),
    crash: () => go("crash"),
    freeze: async () => {
      const frozen = any(room.tabs);
      const going = frozen.evaluate(() => tab.ask());
      await frozen.freeze();
      await sleep(FREEZE_MS);
      await frozen.thaw();
      await going;
    },
    logout: async () => {
      await any(room.tabs).evaluate(() => tab.logout());
      await room.recover();
    },
  };
  const weights = [["ask", 20], ["close", 3], ["crash", 2], ["freeze", 1], ["logout", 1]].flatMap(([name, weight]) => Array(weight).fill(name));

  while (Date.now() < end) {
    const name = any(weights);
    await acts[name]();
    tally.add({ [name]: 1 });
    const fresh = backend.log.slice(seen);
    seen = backend.log.length;
    const { refreshes, used } = refreshesIn(fresh);
    const isExcused = Date.now() < excusedUntil;
    tally.add({ refreshes, usedTokens: used, excused: isExcused ? used : 0 });
    if (used > 0 && !isExcused) tally.fault(`after ${name}: ${used} used tokens presented`);
    const views = await Promise.all(room.tabs.map((tab) => tab.evaluate(() => globalThis.tab.view())));
    const lost = views.filter(({ status }) => status !== "active").length;
    if (lost > 0 && !isExcused && used === 0) tally.fault(`after ${name}: ${lost} tabs signed out`);
    if (lost > 0) {
      tally.add({ lostSessions: 1 });
      await room.recover();
    }
    await sleep(random() * 800);
    progress(Math.round((minutes * 60_000 - (end - Date.now())) / 1000), minutes * 60);
  }
  for (const message of await room.uncaught()) tally.fault(`nobody caught: ${message}`);
  return tally.result();
}

export { TABS as SOAK_TABS };
