import { createTally, refreshesIn } from "../support/judge.js";

/** How long the server takes: long enough for the second tab to queue for the lock. */
const ANSWER_MS = 20;

/**
 * Two tabs take turns in being the first to refresh; the second asks while the first holds the lock. So at each hand-over the second must
 * read what the first has only just written. If it reads what was there before, it presents a token that is spent.
 */
export async function handovers(room, { rounds, progress = () => {} }) {
  const tally = createTally();
  room.backend.fault({ on: "refresh", kind: "delay", ms: ANSWER_MS });
  await room.login();
  for (let round = 1; round <= rounds; round += 1) {
    const mark = room.backend.log.length;
    const answers = await room.together(refreshInTurn, { first: round % 2, afterMs: ANSWER_MS / 4 });
    const { refreshes, used } = refreshesIn(room.backend.log.slice(mark));
    const lost = answers.filter(({ error, status }) => error || status !== "active");
    tally.add({ handovers: 1, refreshes, adopted: 2 - Math.min(refreshes, 2), usedTokens: used, tabsSignedOut: lost.length });
    tally.took(Math.max(...answers.map(({ ms }) => ms)));
    if (used > 0 || lost.length > 0 || refreshes < 1 || refreshes > 2) {
      tally.fault(`hand-over ${round}: ${refreshes} refreshes, ${used} used tokens presented, ${lost.map(({ error, status }) => error?.code ?? status).join(", ")}`);
      await room.recover();
    }
    progress(round, rounds);
  }
  return tally.result();
}

const refreshInTurn = async ({ at, arg: { first, afterMs } }) => {
  await tab.until(tab.number === first ? at : at + afterMs);
  return tab.refresh();
};

/** From now on and for so long, IndexedDB takes what this tab asks and never answers, as on a machine whose disk is busy. */
export const hangDatabase = (tab, ms) => tab.evaluate((forMs) => {
  const end = performance.now() + forMs;
  const real = IDBDatabase.prototype.transaction;
  const store = { get: () => ({}), put: () => ({}), delete: () => ({}), openCursor: () => ({}) };
  IDBDatabase.prototype.transaction = function (...args) {
    return performance.now() < end ? { objectStore: () => store, abort() {} } : real.apply(this, args);
  };
}, ms);
