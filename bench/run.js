// node bench/run.js tabs storm [--subjects ours,by-hand] [--tabs 10,30] [--rounds 3]
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { startEngine } from "../tests/tabs/support/engines.js";
import { startServer } from "./server.js";
import { table } from "./table.js";

const here = import.meta.dirname;
const dist = process.env.DIST ?? join(here, "..", "dist");
const BASE = "by-hand";
const SUBJECTS = { ours: null, supabase: "@supabase/auth-js", "oidc-client-ts": "oidc-client-ts", "auth0-spa-js": "@auth0/auth0-spa-js", badgateway: "@badgateway/oauth2-client", [BASE]: null };
const CALLS = 1_000;
const LIFETIME_S = 1;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { subjects: { type: "string", default: Object.keys(SUBJECTS).join() }, tabs: { type: "string", default: "10,30" }, rounds: { type: "string", default: "3" } },
});
const subjects = values.subjects.split(",");
const rounds = Number(values.rounds);
const EXPERIMENTS = { tabs: values.tabs.split(",").map((count) => [`${count} tabs`, (subject) => tabs(subject, Number(count))]), storm: [["storm", storm]] };
const asked = positionals.length > 0 ? positionals : Object.keys(EXPERIMENTS);
const unknown = [...asked.filter((name) => !(name in EXPERIMENTS)), ...subjects.filter((name) => !(name in SUBJECTS))];
if (unknown.length > 0) throw new Error(`unknown: ${unknown.join(", ")}`);

const bundles = new Map();
for (const name of subjects) {
  const { outputFiles } = await build({
    entryPoints: [join(here, "subjects", `${name}.js`)], bundle: true, write: false, format: "esm", target: "es2022", minify: true,
    external: ["/dist/*"], define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
  });
  bundles.set(`/subject/${name}.js`, outputFiles[0].text);
}
const server = await startServer({ dist, bundles });
const rows = Object.fromEntries(subjects.map((name) => [name, {}]));
const versions = [];
try {
  for (const name of asked) {
    for (const [title, measure] of EXPERIMENTS[name]) {
      for (const subject of subjects) {
        rows[subject][title] = await measure(subject);
        console.error(`${title}, ${subject}: ${JSON.stringify(rows[subject][title])}`);
      }
    }
  }
} finally {
  await server.close();
}
console.log(`\n${new Date().toISOString().slice(0, 10)}, ${[...new Set(versions)].join(", ")}, Node ${process.version}; ms: the slowest tab, the whole storm; (×) to ${BASE}\n`);
console.log(table({ rows, base: BASE, titleOf: (name) => [name === "ours" ? "wasm-auth-session" : (SUBJECTS[name] ?? name), versionOf(name)].join(" ").trim() }));

function versionOf(name) {
  const path = name === "ours" ? join(here, "..") : SUBJECTS[name] && join(here, "node_modules", SUBJECTS[name]);
  return path ? JSON.parse(readFileSync(join(path, "package.json"), "utf8")).version : "";
}

/** A browser with that many tabs, of a profile of its own. */
async function withTabs(count, act) {
  const browser = await startEngine("chromium");
  versions.push(`${browser.name} ${browser.version}`);
  try {
    const pages = [];
    while (pages.length < count) pages.push(await browser.openTab(`${server.url}/`));
    return await act(pages);
  } finally {
    await browser.close();
  }
}

/** Fresh documents, and a stored session that has run out. */
async function prepare(pages, subject, delayMs) {
  const env = { url: server.url };
  await Promise.all(pages.map((page) => page.goto(server.url)));
  await pages[0].evaluate(() => localStorage.clear());
  await Promise.all(pages.map((page) => page.evaluate(async (url) => {
    globalThis.subject = await import(url);
    // Timers of hidden tabs are throttled; those of a worker are not.
    globalThis.ticker = new Worker(URL.createObjectURL(new Blob(["onmessage = ({ data }) => setTimeout(() => postMessage(0), data)"])));
  }, `/subject/${subject}.js`)));
  await pages[0].evaluate(([given, session]) => subject.seed(given, session), [env, server.session(LIFETIME_S, delayMs)]);
  await sleep(LIFETIME_S * 1000 + 200);
  return env;
}

function tabs(subject, count) {
  return withTabs(count, async (pages) => {
    const result = { refreshes: 0, lostRounds: 0, rounds, ms: [] };
    for (let round = 0; round < rounds; round += 1) {
      const env = await prepare(pages, subject, 100);
      const at = Date.now() + 150 + count * 15;
      const answers = await Promise.all(pages.map((page) => page.evaluate(async ([given, instant]) => {
        await new Promise((done) => {
          ticker.onmessage = done;
          ticker.postMessage(Math.max(0, instant - Date.now()));
        });
        const start = performance.now();
        const token = Promise.resolve(subject.make(given)).then((client) => subject.getToken(client)).catch(() => null);
        const late = new Promise((done) => setTimeout(done, 15_000, null));
        return { has: typeof (await Promise.race([token, late])) === "string", ms: performance.now() - start };
      }, [env, at])));
      result.refreshes = Math.max(result.refreshes, server.state.refreshes);
      if (server.state.revoked || answers.some(({ has }) => !has)) result.lostRounds += 1;
      result.ms.push(Math.max(...answers.map(({ ms }) => ms)));
    }
    return { ...result, ms: median(result.ms) };
  });
}

function storm(subject) {
  return withTabs(1, async ([page]) => {
    const result = { refreshes: 0, lostRounds: 0, rounds, ms: [] };
    for (let round = 0; round < rounds; round += 1) {
      const env = await prepare([page], subject, 50);
      const { have, ms } = await page.evaluate(async ([given, calls]) => {
        const client = await subject.make(given);
        const start = performance.now();
        const one = async () => typeof (await subject.getToken(client)) === "string";
        const all = await Promise.all(Array.from({ length: calls }, () => one().catch(() => false)));
        return { have: all.filter(Boolean).length, ms: performance.now() - start };
      }, [env, CALLS]);
      result.refreshes = Math.max(result.refreshes, server.state.refreshes);
      if (server.state.revoked || have < CALLS) result.lostRounds += 1;
      result.ms.push(ms);
    }
    return { ...result, ms: median(result.ms) };
  });
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
