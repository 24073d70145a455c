// Runs every fuzz target for a while, two at a time. Fails on a crash, a hang, or too few executions in all: on a machine that is
// too busy for enough of them in that time, the two fastest go on.
//   npm run fuzz                     60 s each
//   npm run fuzz -- 10 reply form    10 s, only these
// What is found new stays below target/fuzz; tests/campaigns/fuzz.js puts it into the kept corpus.
import { TARGETS, build, fuzz, table, together } from "./fuzz/runs.mjs";

const AT_LEAST = 10_000_000;
const ROUNDS_AT_MOST = 6;

const [first, ...rest] = process.argv.slice(2);
const seconds = /^\d+$/.test(first ?? "") ? Number(first) : 60;
const names = [first, ...rest].filter((name) => name && !/^\d+$/.test(name));
const unknown = names.filter((name) => !TARGETS.includes(name));
const asked = names.length > 0 ? names : TARGETS;
if (unknown.length > 0) throw new Error(`no such target: ${unknown.join(", ")}; there are ${TARGETS.join(", ")}`);

// Of a run of all targets for the usual time or longer.
const enough = names.length === 0 && seconds >= 60 ? AT_LEAST : 1;

await build();
let results = [];
const executions = () => results.reduce((sum, result) => sum + result.executions, 0);
const fastest = () => [...results].sort((a, b) => b.executions / b.seconds - a.executions / a.seconds).slice(0, 2).map(({ name }) => name);
const faults = () => results.flatMap((result) => result.faults);
for (let round = 0; round < ROUNDS_AT_MOST && executions() < enough && faults().length === 0; round++) {
  if (round > 0) console.log(`fuzz: ${executions()} executions of ${enough}, another round of the fastest`);
  results = together(results, await fuzz(round > 0 ? fastest() : asked, { seconds, say: console.log }));
}
console.log(`\n${table(results).join("\n")}`);
for (const fault of faults()) console.error(fault);
if (executions() < enough) console.error(`fuzz: ${executions()} executions, and there should be ${enough}`);
if (executions() < enough || faults().length > 0) process.exitCode = 1;
