/**
 * The hazard itself, without the package: two tabs take turns in writing to localStorage under a lock that the other waits for. Counts how
 * often the second still reads what was there before. It shows that these tabs can be wrong, so that a zero elsewhere means something.
 */
export async function plainLock(room, { rounds, progress = () => {} }) {
  let stale = 0;
  for (let round = 1; round <= rounds; round += 1) {
    const reads = await room.together(writeAndRead, { round, first: round % 2 });
    const read = reads[1 - (round % 2)];
    if (read !== round) stale += 1;
    progress(round, rounds);
  }
  return { figures: { handovers: rounds, staleReads: stale }, faults: [] };
}

const writeAndRead = async ({ at, arg: { round, first } }) => {
  if (tab.number !== first) {
    await tab.until(at + 5);
    return navigator.locks.request("plain", () => Number(localStorage.getItem("plain")));
  }
  await tab.until(at);
  return navigator.locks.request("plain", async () => {
    await tab.sleep(20);
    localStorage.setItem("plain", String(round));
  });
};
