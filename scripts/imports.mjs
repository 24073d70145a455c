// wasm-bindgen names what the module imports for people, and ends each name in a hash: a twentieth of the package. Here they become
// short, in the module and in its script alike. What the module exports keeps its names: stack traces show them.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { env } from "./quiet.mjs";

const IMPORT = /\(import "([^"]+)" "([^"]+)"/g;
// What rustc makes use of, and all engines know. Of whatever else it is allowed wasm-opt makes use, too: of encodings that none can read.
const FEATURES = ["bulk-memory", "bulk-memory-opt", "call-indirect-overlong", "multivalue", "nontrapping-float-to-int", "reference-types"];
const run = (tool, ...args) => execFileSync(tool, [...FEATURES.map((name) => `--enable-${name}`), ...args], { env, stdio: "inherit" });

/** Rewrites a module and its script in place. */
export function shortenImports(module, script) {
  const text = `${module}.wat`;
  run("wasm-dis", module, "-o", text);
  const short = new Map();
  const shorten = (name) => short.get(name) ?? short.set(name, `$${short.size.toString(36)}`).get(name);
  const shortened = readFileSync(text, "utf8").replace(IMPORT, (_, from, name) => `(import "${shorten(from)}" "${shorten(name)}"`);
  writeFileSync(text, shortened);
  run("wasm-opt", text, "-Oz", "-o", module);
  rmSync(text);
  writeFileSync(script, [...short].reduce(renameKey, readFileSync(script, "utf8")));
}

// A key of a table, in quotes where it is no identifier.
function renameKey(script, [long, short]) {
  const parts = [`    "${long}": `, `    ${long}: `].map((key) => script.split(key)).find(({ length }) => length === 2);
  if (!parts) throw new Error(`wasm-bindgen's script has changed: not one ${long}`);
  return parts.join(`    ${short}: `);
}
