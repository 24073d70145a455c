// Whether anybody gets these bytes: builds the package anew, from a copy of its sources in another folder and with nothing
// compiled before, and compares every file with dist/, which was built here.
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { quiet, root } from "./quiet.mjs";

const SOURCES = [".cargo", "Cargo.toml", "Cargo.lock", "package.json", "package-lock.json", "rustfmt.toml", "clippy.toml", "scripts", "src"];

const copy = mkdtempSync(join(tmpdir(), "wasm-auth-session-reproduced-"));
try {
  for (const name of SOURCES) cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  await quiet("build a copy from nothing", "env", ["-u", "CARGO_TARGET_DIR", process.execPath, join(copy, "scripts", "build.mjs")]);
  const [here, there] = [root, copy].map((folder) => hashes(join(folder, "dist")));
  const names = [...new Set([...Object.keys(here), ...Object.keys(there)])].sort();
  const differing = names.filter((name) => here[name] !== there[name]);
  for (const name of names) console.log(`${here[name] ?? "missing"}  dist/${name}${differing.includes(name) ? `  but in the copy ${there[name] ?? "missing"}` : ""}`);
  console.log(differing.length === 0 ? "reproduce: the same bytes, built in two folders" : `reproduce: ${differing.length} files differ`);
  if (differing.length > 0) process.exitCode = 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}

/** SHA-256 of each file. */
function hashes(folder) {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, createHash("sha256").update(readFileSync(join(folder, name))).digest("hex")]));
}
