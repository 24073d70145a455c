// Takes out of the module what no user has any use of, after wasm-bindgen and wasm-opt have done theirs.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { env } from "./quiet.mjs";

const IMPORT = /\(import "([^"]+)" "([^"]+)"/g;
// A function that panics, or that formats what a panic would say, up to its body.
const DEAD = /^( \(func \$"[^"]*(?:::panicking::|::panic_|slice_index_fail|handle_alloc_error|::fmt::Formatter|::fmt::(?:Debug|Display)>::fmt)[^"]*"(?: \((?:type|param|result) [^)]*\))*)\n(?:.*\n)*? \)$/gm;
// Of what browsers have, as much as rustc makes use of by itself: with more, binaryen would use it.
const FEATURES = ["bulk-memory", "bulk-memory-opt", "call-indirect-overlong", "multivalue", "mutable-globals", "nontrapping-float-to-int", "reference-types", "sign-ext"];
const run = (tool, ...args) => execFileSync(tool, [...FEATURES.map((one) => `--enable-${one}`), ...args], { env, stdio: "inherit" });

/**
 * Rewrites a module, which must have the names of its functions, and its script in place. Afterwards it has them no more. `build` is the name
 * of one import, by which a script tells its own module.
 */
export function slim(module, script, build) {
  const text = `${module}.wat`;
  run("wasm-dis", module, "-o", text);
  const [shorter, names] = withShortImports(readFileSync(text, "utf8"), build);
  writeFileSync(text, withSilentPanics(shorter));
  run("wasm-opt", text, "--low-memory-unused", "-Oz", "-o", module);
  rmSync(text);
  writeFileSync(script, [...names].reduce(renameKey, readFileSync(script, "utf8")));
}

// wasm-bindgen names what the module imports for people, and ends each name in a hash: a twentieth of the package. Here they become
// short, in the module and in its script alike. What the module exports keeps its names: stack traces show them.
function withShortImports(text, build) {
  const short = new Map();
  const next = () => (short.size === 1 ? build : `$${short.size.toString(36)}`);
  const shorten = (name) => short.get(name) ?? short.set(name, next()).get(name);
  return [text.replace(IMPORT, (_, from, name) => `(import "${shorten(from)}" "${shorten(name)}"`), short];
}

// What a panic says is read by nobody: the module has nowhere to print it, and traps. So it traps at once. Nothing else formats, or
// `core::fmt::write` would be linked in, which `npm run size` looks for.
function withSilentPanics(text) {
  const silent = text.replace(DEAD, "$1\n  (unreachable)\n )");
  if (silent === text) throw new Error("rustc or wasm-dis has changed: no panic found");
  return silent;
}

// A key of a table, in quotes where it is no identifier.
function renameKey(script, [long, short]) {
  const parts = [`    "${long}": `, `    ${long}: `].map((key) => script.split(key)).find(({ length }) => length === 2);
  if (!parts) throw new Error(`wasm-bindgen's script has changed: not one ${long}`);
  return parts.join(`    ${short}: `);
}
