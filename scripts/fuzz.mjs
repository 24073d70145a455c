// Runs every fuzz target for a while, two at a time. Fails on a crash, a hang, or too few executions in all.
//   npm run fuzz                     60 s each
//   npm run fuzz -- 10 reply form    10 s, only these
// What is found new stays below target/fuzz; tests/campaigns/fuzz.js puts it into the kept corpus.
import { TARGETS, build, fuzz, table } from "./fuzz/runs.mjs";

const AT_LEAST = 10_000_000;

const [first, ...rest] = process.argv.slice(2);
const seconds = /^\d+$/.test(first ?? "") ? Number(first) : 60;
const names = [first, ...rest].filter((name) => name && !/^\d+$/.test(name));
const unknown = names.filter((name) => !TARGETS.includes(name));
if (unknown.length > 0) throw new Error(`no such target: ${unknown.join(", ")}; there are ${TARGETS.join(", ")}`);

await build();
const results = await fuzz(names.length > 0 ? names : TARGETS, { seconds, say: console.log });
console.log(`\n${table(results).join("\n")}`);
const total = results.reduce((sum, { executions }) => sum + executions, 0);
// Of a run of all targets for the usual time or longer.
const enough = results.length === TARGETS.length && seconds >= 60 ? AT_LEAST : results.length;
for (const { faults } of results) for (const fault of faults) console.error(fault);
if (total < enough) console.error(`fuzz: ${total} executions, and there should be ${enough}`);
if (total < enough || results.some(({ faults }) => faults.length > 0)) process.exitCode = 1;
