import { createTally } from "../support/judge.js";

/** Cycles in one go, after which the counts are taken. */
const STEP = 100;

/**
 * New, login, refresh, logout, dispose, over and over in one tab: the module's memory stays as it is after a warm-up, and no timer,
 * listener or channel is left.
 */
export async function leak(room, { cycles, progress = () => {} }) {
  const tally = createTally();
  const [tab] = room.tabs;
  await tab.evaluate(() => globalThis.tab.session.dispose());
  const options = { baseUrl: room.backend.url, preset: "oauth2-form" };
  const before = await tab.evaluate(() => globalThis.left());
  const atWork = await tab.evaluate(async (given) => {
    const session = await globalThis.tab.AuthSession.open(given);
    await session.login(globalThis.tab.ALICE);
    const left = await globalThis.left();
    await session.logout();
    session.dispose();
    return left;
  }, options);
  if (!["timers", "listeners", "channels", "wasmBytes"].every((name) => atWork[name] > (name === "wasmBytes" ? 0 : before[name]))) tally.fault("the count does not see a session at work");
  let warm = null;
  let worst = null;
  for (let done = 0; done < cycles; done += STEP) {
    await tab.evaluate(cycle, { options, times: Math.min(STEP, cycles - done) });
    const left = await tab.evaluate(() => globalThis.left());
    warm ??= left;
    worst = left;
    room.backend.log.length = 0;
    progress(Math.min(done + STEP, cycles), cycles);
  }
  const more = Object.fromEntries(Object.keys(worst).map((name) => [name, worst[name] - (name === "wasmBytes" ? warm : before)[name]]));
  tally.add({ cycles, ...Object.fromEntries(Object.entries(more).map(([name, number]) => [`more_${name}`, number])), wasmBytes: worst.wasmBytes });
  for (const [name, number] of Object.entries(more)) if (number > 0) tally.fault(`${number} more of ${name}`);
  return tally.result();
}

const cycle = async ({ options, times }) => {
  for (let time = 0; time < times; time += 1) {
    const session = await tab.AuthSession.open(options);
    await session.login(tab.ALICE);
    await session.refresh();
    await session.logout();
    session.dispose();
  }
  await tab.sleep(50);
};
