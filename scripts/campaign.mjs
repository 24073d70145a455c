// The figures that take longer than a test may. Each run writes tests/campaigns/NAME.log.
//   npm run campaign                    says which there are
//   npm run campaign -- handovers       runs one, or several
//   npm run campaign -- all
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as native from "../tests/campaigns/native.js";
import * as tabs from "../tests/campaigns/tabs.js";
import { startEngine } from "../tests/tabs/support/engines.js";
import { root } from "./quiet.mjs";

const campaigns = { ...tabs, ...native };
const SAY_EVERY_MS = 15_000;
const SHOWN_FAULTS = 20;

const asked = process.argv.slice(2);
const names = asked[0] === "all" ? Object.keys(campaigns) : asked;
const unknown = names.filter((name) => !(name in campaigns));
if (names.length === 0 || unknown.length > 0) {
  console.error(`${unknown.length > 0 ? `no such campaign: ${unknown.join(", ")}; ` : ""}there are ${Object.keys(campaigns).join(", ")}, all`);
  process.exit(2);
}
for (const name of names) await run(name);

async function run(name) {
  const start = Date.now();
  const lines = [];
  const write = (line) => {
    lines.push(line);
    console.log(line);
  };
  const seconds = () => Math.round((Date.now() - start) / 1000);
  let said = Date.now();
  const seldom = (line) => {
    if (Date.now() - said < SAY_EVERY_MS) return;
    said = Date.now();
    console.log(`  … ${line}, ${seconds()} s`);
  };
  const open = [];
  let faults = 0;

  write(`campaign ${name}`);
  write(`date: ${new Date().toISOString()}`);
  write(`package: ${packageVersion()}`);
  write(`node: ${process.version}`);
  try {
    await campaigns[name]({
      say: seldom,
      progress: (done, of) => seldom(`${done} of ${of}`),
      async browser(engine) {
        const browser = await startEngine(engine);
        open.push(browser);
        write(`engine: ${browser.name} ${browser.version}`);
        return browser;
      },
      section(title, { figures, text, faults: found }) {
        faults += found.length;
        write(`\n${title}`);
        if (figures) write(`  ${Object.entries(figures).map(([key, value]) => `${key} ${value}`).join(", ")}`);
        for (const line of text ?? []) write(`  ${line}`);
        for (const line of found.slice(0, SHOWN_FAULTS)) write(`  fault: ${line}`);
        if (found.length > SHOWN_FAULTS) write(`  and ${found.length - SHOWN_FAULTS} faults more`);
      },
    });
  } catch (error) {
    faults += 1;
    write(`\nbroken off: ${String(error?.message ?? error).replaceAll(root, ".")}`);
  } finally {
    for (const browser of open) await browser.close().catch(() => {});
  }
  write(`\ntook ${seconds()} s`);
  write(`verdict: ${faults === 0 ? "holds" : `does not hold, ${faults} faults`}`);
  writeFileSync(join(root, "tests", "campaigns", `${name}.log`), `${lines.join("\n")}\n`);
  if (faults > 0) process.exitCode = 1;
}

/** Name, version and commit, and what was measured: the built files. */
function packageVersion() {
  const { name, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const git = (...args) => execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  const hash = createHash("sha256");
  const dist = process.env.DIST ?? join(root, "dist");
  const isBuilt = existsSync(dist);
  for (const file of isBuilt ? ["index.js", "wasm_auth_session_bg.wasm"] : []) hash.update(readFileSync(join(dist, file)));
  let commit = "no commit";
  try {
    commit = `${git("rev-parse", "--short", "HEAD")}${git("status", "--porcelain", "src") ? " with changes" : ""}`;
  } catch {}
  return `${name} ${version}, ${commit}, ${isBuilt ? `dist ${hash.digest("hex").slice(0, 12)}` : "not built"}`;
}
