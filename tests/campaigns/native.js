// What runs without a browser: the model, the simulation and the mutants of the session's machine.
import { spawn } from "node:child_process";
import { env, root } from "../../scripts/quiet.mjs";

export { fuzz } from "./fuzz.js";

const test = (...names) => ["test", "--profile", "model", "--locked", "--test", "model", "--", "--ignored", "--nocapture", "--test-threads", "1", ...names];
const MUTATED = ["src/core/session/transition.rs", "src/core/schedule.rs"];
// The tests that tell the machine's rules one by one; the model would tell as well, in ten times the time.
const TELLING = ["--locked", "--lib", "--test=session", "--test=lifetimes"];

// What tells while it runs, and nobody wants to read afterwards.
const PASSING = /^\s*((Compiling|Downloading|Downloaded|Updating|Blocking|Locking)\b|\d+ s: )/;

const cargo = (title, args, enough) => async ({ section, say }) => {
  const { status, lines } = await run(args, say);
  const well = status === 0 && enough(lines);
  section(title, { text: lines.filter((line) => !PASSING.test(line)), faults: well ? [] : [`exit ${status}, or nothing ran`] });
};

const ranTests = (lines) => lines.some((line) => /^test result: ok\. [1-9]/.test(line));

export const model = cargo("cargo test three_tabs", test("three_tabs"), ranTests);
export const pairs = cargo("cargo test over_two_rotations", test("explore_every_pair_of_faults_over_two_rotations"), ranTests);
export const simulation = cargo("cargo test every_push by_cookie of_its_own f40", test("every_push", "by_cookie", "of_its_own", "f40"), ranTests);
export const mutants = async (campaign) => {
  await run(["mutants", "--version"], () => {}).then(({ status }) => status === 0 || run(["install", "cargo-mutants", "--locked"], campaign.say));
  await testMutants(campaign);
};
const testMutants = cargo(
  "cargo mutants",
  ["mutants", "--no-shuffle", "--output", "target/mutants", "--timeout", "180", ...MUTATED.flatMap((file) => ["--file", file]), ...TELLING.map((arg) => `--cargo-arg=${arg}`)],
  (lines) => lines.some((line) => /mutants tested/.test(line)),
);

function run(args, say) {
  return new Promise((done) => {
    const child = spawn("cargo", args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    const lines = [];
    for (const stream of [child.stdout, child.stderr]) {
      let rest = "";
      stream.setEncoding("utf8").on("data", (chunk) => {
        const parts = (rest + chunk).split("\n");
        rest = parts.pop();
        for (const line of parts) {
          lines.push(line.replaceAll(root, "."));
          say(line);
        }
      });
    }
    child.on("error", ({ message }) => done({ status: message, lines })).on("close", (status) => done({ status, lines }));
  });
}
