import { createTally, refreshesIn } from "../support/judge.js";

const HOUR_MS = 3_600_000;
/** Where the clock jumps to and from, one after the other. */
export const JUMPS_MS = [HOUR_MS, -HOUR_MS, -24 * HOUR_MS, 24 * HOUR_MS, 10 * 365 * 24 * HOUR_MS, -20 * 365 * 24 * HOUR_MS];

/**
 * The machine's clock jumps while the token is good. Whoever asks gets a token each time, with at most one refresh for a jump, and the
 * session lives on.
 */
export async function jumps(room, { askTimes = 5 }) {
  const tally = createTally();
  const everywhere = (act, arg) => Promise.all(room.tabs.map((tab) => tab.evaluate(act, arg)));
  await room.login();
  for (const ms of JUMPS_MS) {
    const mark = room.backend.log.length;
    const answers = [];
    await everywhere((by) => clock.jump(by), ms);
    for (let time = 0; time < askTimes; time += 1) answers.push(...(await everywhere(() => tab.ask())));
    const { refreshes, used } = refreshesIn(room.backend.log.slice(mark));
    const without = answers.filter(({ value }) => typeof value !== "string").length;
    tally.add({ jumps: 1, refreshes, usedTokens: used, without });
    if (refreshes > 1 || used > 0 || without > 0) tally.fault(`a jump by ${ms / HOUR_MS} h: ${refreshes} refreshes, ${used} used tokens, ${without} of ${answers.length} without a token`);
  }
  return tally.result();
}
