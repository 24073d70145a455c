/**
 * The hazard itself, without the package: two tabs take turns in writing to localStorage under a lock that the other waits for. Counts how
 * often the second still reads what was there before. It shows that these tabs can be wrong, so that a zero elsewhere means something.
 */
export async function plainLock(room, { rounds, progress = () => {} }) {
  const [one, other] = room.tabs;
  let stale = 0;
  for (let round = 1; round <= rounds; round += 1) {
    const [first, second] = round % 2 === 0 ? [one, other] : [other, one];
    const at = Date.now() + 25;
    const [, read] = await Promise.all([first.evaluate(write, { at, round }), second.evaluate(readNext, { at: at + 5 })]);
    if (read !== round) stale += 1;
    progress(round, rounds);
  }
  return { figures: { handovers: rounds, staleReads: stale }, faults: [] };
}

const write = async ({ at, round }) => {
  await tab.until(at);
  await navigator.locks.request("plain", async () => {
    await tab.sleep(20);
    localStorage.setItem("plain", String(round));
  });
};
const readNext = async ({ at }) => {
  await tab.until(at);
  return navigator.locks.request("plain", () => Number(localStorage.getItem("plain")));
};
