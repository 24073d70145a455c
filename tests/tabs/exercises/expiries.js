import { setTimeout as sleep } from "node:timers/promises";
import { createTally, judgeRound } from "../support/judge.js";

/** Long enough for the slowest tab to get the new token while it is still good. */
export const lifetimeFor = (tabs) => (tabs <= 4 ? 2 : tabs <= 10 ? 3 : 8);

/** The token of all tabs runs out, and all of them ask for one at the same instant. The tabs stay open from round to round. */
export async function expiries(room, { rounds, progress = () => {} }) {
  const tally = createTally();
  await room.login();
  for (let round = 1; round <= rounds; round += 1) {
    await sleep(runsOut(room) - Date.now());
    const mark = room.backend.log.length;
    const answers = await room.together(askAt);
    const well = await judgeRound(room, tally, { label: `round ${round}`, entries: room.backend.log.slice(mark), answers });
    if (!well) await room.recover();
    progress(round, rounds);
  }
  for (const message of await room.uncaught()) tally.fault(`nobody caught: ${message}`);
  return tally.result();
}

/** When the newest token is past its end. */
export const runsOut = ({ backend }) => backend.log.findLast(({ issued }) => issued).time + backend.options.accessLifetimeS * 1000 + 100;

/** `lateMs`: by how much this tab missed the instant. */
export const askAt = async ({ at }) => {
  await tab.until(at);
  const lateMs = clock.realNow() - at;
  return { ...(await tab.ask()), lateMs };
};
