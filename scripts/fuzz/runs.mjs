// Builds the fuzz targets and runs them: libFuzzer's own binaries, on a corpus put together from the kept one, from the
// fixtures, and from what earlier runs found.
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { quiet, root, target } from "../quiet.mjs";
import { packKept, unpackKept, writeSeeds } from "./corpus.mjs";

/** One target a file. */
export const TARGETS = readdirSync(join(root, "fuzz", "fuzz_targets")).map((name) => name.replace(".rs", "")).sort();
/** An input that takes longer is a hang; one that needs more is unbounded. */
const LIMITS = ["-timeout=5", "-rss_limit_mb=512", "-malloc_limit_mb=64", "-max_len=2048"];
const TARGET_CPU = "x86_64-unknown-linux-gnu";
/** So that all of them together stay below a megabyte. */
const KEPT_BYTES = 90_000;
const AT_ONCE = 2;
const SAY_EVERY_MS = 15_000;

const scratch = join(target, "fuzz");
const folder = (kind, name) => join(scratch, kind, name);
const binary = (name) => join(scratch, "build", TARGET_CPU, "release", name);

/**
 * Stable Rust will do: the core is safe Rust, where AddressSanitizer has nothing to find, and coverage is no nightly feature.
 * Comparisons are not traced: inputs are made of what the core looks for, and that way there are three times as many.
 */
export async function build() {
  const args = ["fuzz", "build", "--sanitizer", "none", "--no-trace-compares", "--target", TARGET_CPU, "--target-dir", join(scratch, "build")];
  await quiet("compile the fuzz targets", "cargo", args);
}

/** Runs targets side by side; `say` is handed a line now and then. */
export async function fuzz(names, { seconds, say, atOnce = AT_ONCE }) {
  const waiting = [...names];
  const results = [];
  const lane = async () => {
    for (let name = waiting.shift(); name; name = waiting.shift()) results.push(await one(name, seconds, say));
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return results.sort((a, b) => a.name.localeCompare(b.name));
}

async function one(name, seconds, say) {
  const found = folder("found", name);
  const crashes = folder("crashes", name);
  const corpora = [found, folder("kept", name), folder("seeds", name)];
  for (const path of [...corpora, crashes]) mkdirSync(path, { recursive: true });
  unpackKept(name, folder("kept", name));
  writeSeeds(name, folder("seeds", name));
  const before = new Set(readdirSync(crashes));
  const started = Date.now();
  const { status, text } = await run(name, [...LIMITS, `-max_total_time=${seconds}`, "-print_final_stats=1", `-artifact_prefix=${crashes}/`, ...corpora], say);
  const stat = (label) => Number(text.match(new RegExp(`^stat::${label}:\\s+(\\d+)`, "m"))?.[1] ?? 0);
  const inputs = readdirSync(crashes).filter((file) => !before.has(file));
  const faults = inputs.map((file) => `${name}: ${join(crashes, file)}`.replaceAll(root, "."));
  if (status !== 0) faults.push(...text.split("\n").filter((line) => /panicked at|^==\d+== ?ERROR|^SUMMARY/.test(line)).slice(0, 6), `${name}: exit ${status}`);
  const executions = stat("number_of_executed_units");
  const took = Math.max(1, (Date.now() - started) / 1000);
  return { name, executions, seconds: took, corpus: readdirSync(found).length, crashes: inputs.length, faults };
}

/** Of the inputs found and kept, keeps a smallest set that reaches as much. */
export async function keep(name) {
  const least = folder("least", name);
  rmSync(least, { recursive: true, force: true });
  mkdirSync(least, { recursive: true });
  await run(name, [...LIMITS, "-merge=1", least, folder("kept", name), folder("found", name)], () => {});
  return packKept(name, least, KEPT_BYTES);
}

function run(name, args, say) {
  return new Promise((done) => {
    const child = spawn(binary(name), args, { cwd: scratch, stdio: ["ignore", "ignore", "pipe"] });
    const started = Date.now();
    let text = "";
    const ticking = setInterval(() => {
      const at = [...text.matchAll(/^#(\d+)/gm)].at(-1)?.[1] ?? "0";
      say(`fuzz ${name}: ${at} executions in ${Math.round((Date.now() - started) / 1000)} s`);
    }, SAY_EVERY_MS);
    child.stderr.setEncoding("utf8").on("data", (chunk) => (text = (text + chunk).slice(-200_000)));
    child.on("error", ({ message }) => (text += message)).on("close", (status, signal) => {
      clearInterval(ticking);
      done({ status: status ?? signal, text });
    });
  });
}

/** What was run before, and what was run now, of each target. */
export function together(before, now) {
  const sums = now.map((result) => {
    const earlier = before.find(({ name }) => name === result.name) ?? { executions: 0, seconds: 0, crashes: 0, faults: [] };
    const sum = (key) => earlier[key] + result[key];
    return { ...result, executions: sum("executions"), seconds: sum("seconds"), crashes: sum("crashes"), faults: [...earlier.faults, ...result.faults] };
  });
  const others = before.filter(({ name }) => sums.every((sum) => sum.name !== name));
  return [...others, ...sums].sort((a, b) => a.name.localeCompare(b.name));
}

/** A closing table. */
export function table(results, inputs = "new inputs") {
  const titles = ["executions", "per second", inputs, "crashes"];
  const line = (name, numbers) => name.padEnd(14) + numbers.map((one) => String(one).padStart(12)).join("");
  const total = (key) => results.reduce((sum, result) => sum + result[key], 0);
  return [
    line("", titles),
    ...results.map(({ name, executions, seconds, corpus, crashes }) => line(name, [executions, Math.round(executions / seconds), corpus, crashes])),
    line("all", [total("executions"), "", total("corpus"), total("crashes")]),
  ];
}
