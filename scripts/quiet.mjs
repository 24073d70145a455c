// Runs a tool whose output nobody wants to read unless it fails: the output goes to a log, a line
// with the elapsed time tells that it is still at it.
import { spawn } from "node:child_process";
import { mkdirSync, openSync, readFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

export const root = join(import.meta.dirname, "..");
/** Where cargo builds. */
export const target = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");
const logs = join(target, "logs");

/** The environment in which the tools that npm installed (wasm-opt, tsc, vite) are found. */
export const env = { ...process.env, PATH: [join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter) };

export async function quiet(label, command, args, everyMs = 15_000) {
  mkdirSync(logs, { recursive: true });
  const log = join(logs, `${label.replaceAll(/\W+/g, "-")}.log`);
  const out = openSync(log, "w");
  const start = Date.now();
  const took = () => `${Math.round((Date.now() - start) / 1000)} s`;
  console.log(`${label} …`);
  const ticking = setInterval(() => console.log(`${label} … ${took()}`), everyMs);
  const status = await new Promise((done) => {
    spawn(command, args, { cwd: root, env, stdio: ["ignore", out, out] })
      .on("error", ({ message }) => done(message))
      .on("close", done);
  });
  clearInterval(ticking);
  if (status === 0) return console.log(`${label}: done in ${took()}`);
  console.error(readFileSync(log, "utf8"));
  console.error(`${label}: failed (${status}) after ${took()}; the lines above are from ${log}`);
  process.exit(1);
}
