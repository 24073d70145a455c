// Runs every test runner and adds up what they counted. Browser tests wait more than they compute, so what only computes runs beside
// them, at the lowest priority, and is shown when it is through. A runner that fails without counting a failure, or that ran nothing,
// counts as one failure.
//   npm test                  everything
//   npm test -- types e2e     only these (and the build)
//   COVERAGE=1 npm test       the native tests are counted line by line, and must reach enough of the core
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { setPriority } from "node:os";
import { join } from "node:path";
import { env, root } from "./quiet.mjs";

/** What the closing lines of a runner look like, and what each number in them counts as. */
const cargo = { passed: [/^test result: .*?(\d+) passed/gm], failed: [/^test result: .*?(\d+) failed/gm] };
const node = { passed: [/^ℹ pass (\d+)/gm], failed: [/^ℹ fail (\d+)/gm, /^ℹ cancelled (\d+)/gm] };

const nodeTest = (folder, { flags = [], begins = /^/, ...more } = {}) => ({
  name: folder,
  command: ["node", "--test", "--test-reporter=spec", ...flags, ...testFiles(join("tests", folder), begins)],
  counts: node,
  ...more,
});

const steps = [
  { name: "native", command: process.env.COVERAGE ? ["bash", "scripts/coverage.sh"] : ["cargo", "test", "--locked"], counts: cargo, computes: true },
  nodeTest("contract"),
  { name: "browser", command: ["wasm-pack", "test", "--headless", "--chrome", "--", "--locked"], counts: cargo },
  { name: "build", command: ["node", "scripts/build.mjs"] },
  // One file after the other, here and with the tabs: two browsers at once would be measured, not the package.
  nodeTest("e2e", { flags: ["--test-concurrency=1"] }),
  // Those of the public class once more, with the core of every session in a worker.
  nodeTest("e2e", { name: "isolated", flags: ["--test-concurrency=1"], begins: /^api-/, env: { ISOLATION: "worker" } }),
  nodeTest("tabs", { flags: ["--test-concurrency=1"] }),
  nodeTest("package"),
  nodeTest("types"),
];

function testFiles(folder, begins) {
  if (!existsSync(join(root, folder))) return [];
  const files = readdirSync(join(root, folder), { recursive: true }).filter((name) => begins.test(name) && name.endsWith(".test.js"));
  return files.sort().map((name) => join(folder, name));
}

const LOWEST_PRIORITY = 19;

function run([command, ...args], more, beside) {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: root, env: { ...env, WASM_BINDGEN_TEST_TIMEOUT: "300", ...more }, stdio: ["ignore", "pipe", "pipe"] });
    if (beside && child.pid) setPriority(child.pid, LOWEST_PRIORITY);
    let text = "";
    for (const [from, to] of [[child.stdout, process.stdout], [child.stderr, process.stderr]]) {
      from.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
        if (!beside) to.write(chunk);
      });
    }
    child.on("error", ({ message }) => done({ status: message, text })).on("close", (status) => done({ status, text }));
  });
}

const plain = (text) => text.replaceAll(/\x1b\[[\d;]*m/g, "");
const sum = (patterns, text) => patterns.flatMap((pattern) => [...plain(text).matchAll(pattern)]).reduce((total, [, number]) => total + Number(number), 0);

async function result({ name, command, env: more, counts = { passed: [], failed: [] } }, beside) {
  const empty = command[1] === "--test" && !command.at(-1).endsWith(".test.js");
  const start = Date.now();
  console.log(`\n== ${name}${beside ? ", beside the others" : ""}: ${command.slice(0, 5).join(" ")}`);
  const { status, text } = empty ? { status: "no test files", text: "" } : await run(command, more, beside);
  if (beside) console.log(`\n== ${name}\n${text}`);
  const passed = sum(counts.passed, text);
  const failed = sum(counts.failed, text);
  const ranNone = counts.passed.length > 0 && passed + failed === 0;
  const note = status !== 0 ? (Number.isInteger(status) ? `exit ${status}` : status) : ranNone ? "ran no test" : "";
  return { name, passed, failed: note === "" ? failed : Math.max(failed, 1), seconds: Math.round((Date.now() - start) / 1000), note };
}

const only = process.argv.slice(2);
const unknown = only.filter((name) => !steps.some((step) => step.name === name));
if (unknown.length > 0) throw new Error(`no such step: ${unknown.join(", ")}; there are ${steps.map(({ name }) => name).join(", ")}`);

const wanted = steps.filter(({ name, counts }) => !counts || only.length === 0 || only.includes(name));
const others = wanted.filter(({ computes }) => !computes);
const hasCompany = others.some(({ counts }) => counts);
const beside = wanted.filter(({ computes }) => computes).map((step) => result(step, hasCompany));
const results = [];
for (const step of others) {
  results.push(await result(step));
  if (!step.counts && results.at(-1).failed > 0) break;
}
results.unshift(...(await Promise.all(beside)));

const total = (key) => results.reduce((sum, line) => sum + line[key], 0);
console.log(`\n${"".padEnd(12)}${["passed", "failed", "seconds"].map((title) => title.padStart(9)).join("")}`);
for (const { name, passed, failed, seconds, note } of results)
  console.log(name.padEnd(12) + [passed, failed, seconds].map((number) => String(number).padStart(9)).join("") + (note && `  ${note}`));
console.log(`\n${total("passed")} passed, ${total("failed")} failed`);
if (total("failed") > 0) process.exitCode = 1;
