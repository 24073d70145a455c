// Fuzzing at length. It can be broken off and taken up again: fuzz.json says how often each target was run so far, and what
// was found on the way is kept in fuzz/corpus. FUZZ_SECONDS is how long each target runs in turn, FUZZ_AT_ONCE how many at once.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/quiet.mjs";
import { TARGETS, build, fuzz as run, keep, table } from "../../scripts/fuzz/runs.mjs";

const ENOUGH = 100_000_000;
/** To sort out what is worth keeping takes as long as a round: not after each. */
const ROUNDS_BETWEEN = 10;
const STATE = join(root, "tests", "campaigns", "fuzz.json");

export async function fuzz({ section, say }) {
  const seconds = Number(process.env.FUZZ_SECONDS ?? 60);
  const atOnce = Number(process.env.FUZZ_AT_ONCE ?? 2);
  const state = existsSync(STATE) ? JSON.parse(readFileSync(STATE, "utf8")) : {};
  const total = () => Object.values(state).reduce((sum, { executions }) => sum + executions, 0);
  const faults = [];
  await build();
  for (let round = 1; total() < ENOUGH && faults.length === 0; round++) {
    for (const result of await run(TARGETS, { seconds, say, atOnce })) {
      const { executions = 0, seconds: before = 0 } = state[result.name] ?? {};
      state[result.name] = { ...state[result.name], executions: executions + result.executions, seconds: before + seconds };
      faults.push(...result.faults);
    }
    if (round % ROUNDS_BETWEEN === 0 || total() >= ENOUGH) for (const name of TARGETS) state[name].kept = await keep(name);
    writeFileSync(STATE, `${JSON.stringify(state, null, 2)}\n`);
    say(`${total()} of ${ENOUGH} executions`);
  }
  const results = Object.entries(state).map(([name, { executions, seconds, kept }]) => ({ name, executions, seconds, corpus: kept ?? 0, crashes: 0 }));
  section(`${total()} executions`, { text: table(results, "inputs kept"), faults });
}
