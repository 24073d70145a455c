// How much the package costs a page: the module and its script. Fails above the limit, or when code that formats got in: that of
// floats alone weighs as much as a quarter of the limit, and the build takes out what only a panic formats (slim.mjs).
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { root, target } from "./quiet.mjs";

// What it may weigh. The aim is 36 kB; until that is reached, this holds what has been reached.
const LIMIT = 94_600;
const UNWANTED = { flt2dec: "formats or parses floats", "3fmt5write": "formats (core::fmt::write)" };
const dist = (name) => readFileSync(join(root, "dist", name));

const measure = (bytes) => [bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length];
const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(10);
const row = (name, sizes) => console.log(name.padEnd(28) + sizes.join(""));

const sizes = ["wasm_auth_session_bg.wasm", "index.js"].map((name) => [name, measure(dist(name))]);
const total = [0, 1, 2].map((column) => sizes.reduce((sum, [, cells]) => sum + cells[column], 0));

row("", ["raw", "gzip -9", "brotli 11"].map((title) => title.padStart(10)));
for (const [name, cells] of sizes) row(name, cells.map(kB));
row("total", total.map(kB));
row("fallback, not counted:", []);
row("embedded.js", measure(dist("embedded.js")).map(kB));

// The module as the linker left it still has its functions' names; dist/ has the same code without them.
const linked = readFileSync(join(target, "wasm32-unknown-unknown/release/wasm_auth_session.wasm"));
const names = WebAssembly.Module.customSections(new WebAssembly.Module(linked), "name").map((section) => Buffer.from(section).toString("latin1"));

const faults = [
  [total[1] > LIMIT, `${kB(total[1]).trim()} gzip is above the limit of ${kB(LIMIT).trim()}`],
  [names.length === 0, 'no names to search: Cargo.toml must keep them in the release profile (strip = "debuginfo")'],
  ...Object.entries(UNWANTED).map(([name, does]) => [names.some((text) => text.includes(name)), `${name} is linked in: something ${does}`]),
].flatMap(([holds, message]) => (holds ? [message] : []));

for (const message of faults) console.error(`size: ${message}`);
if (faults.length > 0) process.exit(1);
console.log(`size: ${kB(total[1]).trim()} gzip of at most ${kB(LIMIT).trim()}, no ${Object.keys(UNWANTED).join(" or ")}`);
