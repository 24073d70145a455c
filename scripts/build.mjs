// Builds dist/, what the npm package consists of: Rust to pkg/ by wasm-pack, then one script by esbuild.
// Does nothing when no source changed since the last build.
import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { gluePlugin } from "./glue.mjs";
import { quiet, root, target } from "./quiet.mjs";
import { slim } from "./slim.mjs";
import { declaration } from "./types.mjs";

const WASM = "wasm_auth_session_bg.wasm";
const SCRIPT = "wasm_auth_session.js";
const SOURCES = ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", "package-lock.json", "src", "scripts/build.mjs", "scripts/glue.mjs", "scripts/slim.mjs", "scripts/types.mjs"];
const FILES = ["index.js", "far.js", "worker.js", "index.d.ts", "embedded.js", WASM];
const at = (...path) => join(root, ...path);

function fingerprint() {
  const hash = createHash("sha256");
  const add = (path) => {
    if (!existsSync(at(path))) return;
    if (statSync(at(path)).isDirectory()) return readdirSync(at(path)).sort().forEach((name) => add(join(path, name)));
    hash.update(`${path}\0`).update(readFileSync(at(path)));
  };
  SOURCES.forEach(add);
  return hash.digest("hex");
}

const current = fingerprint();
// Which sources script and module are made of.
const BUILD = `$${current.slice(0, 8)}`;

// Panic messages name source files: by their crate, not by where this machine keeps them. Those of the standard library are there
// only where the component rust-src is.
function withoutMachinePaths() {
  const rustc = (...args) => execFileSync("rustc", args, { encoding: "utf8" });
  const commit = rustc("-vV").match(/^commit-hash: (\S+)$/m)?.[1];
  const registries = join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "registry", "src");
  const places = [root, ...readdirSync(registries).map((name) => join(registries, name))].map((place) => [`${place}/`, ""]);
  places.push([join(rustc("--print", "sysroot").trim(), "lib/rustlib/src/rust"), `/rustc/${commit}`]);
  const flags = places.map(([from, to]) => `--remap-path-prefix=${from}=${to}`);
  return ["--config", `target.wasm32-unknown-unknown.rustflags=${JSON.stringify(flags)}`];
}

// A crate that is also an rlib, as its tests need it, is linked without LTO: that costs 12 % of the module. So it
// is built by a manifest that differs in nothing but the crate type.
function manifestForLto() {
  const folder = join(target, "package");
  mkdirSync(folder, { recursive: true });
  const manifest = readFileSync(at("Cargo.toml"), "utf8")
    .replace('crate-type = ["cdylib", "rlib"]', `path = ${JSON.stringify(at("src/lib.rs"))}\ncrate-type = ["cdylib"]`)
    .replace('readme = "README.md"\n', "");
  writeFileSync(join(folder, "Cargo.toml"), manifest);
  copyFileSync(at("Cargo.lock"), join(folder, "Cargo.lock"));
  return folder;
}

async function compile() {
  const folder = manifestForLto();
  await quiet("fetch crates", "cargo", ["fetch", "--locked", "--target", "wasm32-unknown-unknown"]);
  await quiet("compile Rust to WebAssembly", "wasm-pack", [
    "build", folder, "--target", "web", "--release", "--out-dir", at("pkg"), "--no-pack", "--no-typescript",
    "--", "--locked", "--target-dir", target, ...withoutMachinePaths(),
  ]);
  slim(at("pkg", WASM), at("pkg", SCRIPT), BUILD);
}

async function bundle() {
  rmSync(at("dist"), { recursive: true, force: true });
  mkdirSync(at("dist"));
  await build({
    entryPoints: ["index", "far", "worker"].map((name) => at(`src/js/${name}.js`)),
    outdir: at("dist"),
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    legalComments: "none",
    external: ["./embedded.js", "./far.js"],
    plugins: [gluePlugin],
    define: { BUILD: JSON.stringify(BUILD) },
    // Puts what it exports in the place of the globals of those names.
    inject: [at("src/js/captured.js")],
  });
  copyFileSync(at("pkg", WASM), at("dist", WASM));
  writeFileSync(at("dist/index.d.ts"), declaration());
  const base64 = readFileSync(at("pkg", WASM), "base64");
  writeFileSync(at("dist/embedded.js"), `export default()=>Uint8Array.from(atob("${base64}"),c=>c.charCodeAt(0));\n`);
  for (const [name, ...literals] of [
    ["index.js", `new URL("${WASM}",import.meta.url)`, `import("./embedded.js")`, `import("./far.js")`],
    ["far.js", `new URL("worker.js",import.meta.url)`],
  ]) {
    const script = readFileSync(at("dist", name), "utf8");
    for (const literal of literals) if (!script.includes(literal)) throw new Error(`dist/${name} lacks ${literal}: bundlers would not find it`);
  }
}

// What `<script integrity>` takes (Subresource Integrity, section 3.1).
const integrity = (path) => `sha384-${createHash("sha384").update(readFileSync(path)).digest("base64")}`;

const stamp = join(target, "build.stamp");
const built = existsSync(stamp) && readFileSync(stamp, "utf8") === current && FILES.every((name) => existsSync(at("dist", name)));
if (built) {
  console.log("dist/ is up to date");
} else {
  await compile();
  await bundle();
  writeFileSync(stamp, current);
  for (const name of FILES) console.log(`dist/${name}  ${statSync(at("dist", name)).size} bytes  ${integrity(at("dist", name))}`);
}
