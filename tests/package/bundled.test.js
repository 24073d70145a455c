// Bundlers that know nothing of files beside a script, as esbuild and rollup: the copy of the module stands in, and what they left behind can be
// put beside the script by hand.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { build } from "esbuild";
import { visit } from "./support/browser.js";
import { useInstalled } from "./support/scene.js";
import { serveFiles } from "./support/servers.js";

const MODULE = "wasm_auth_session_bg.wasm";
const signedIn = { status: "active", tokenType: "Bearer", email: "alice@example.com" };
const noWorker = { code: "module_load", reason: "worker" };

// A classic script cannot know where it came from, and so not what lies beside it.
const ways = [
  { name: "one module script", settings: { format: "esm" }, script: `<script type="module" src="main.js">`, knowsItsPlace: true },
  { name: "scripts split where they are imported", settings: { format: "esm", splitting: true }, script: `<script type="module" src="main.js">`, knowsItsPlace: true },
  { name: "one classic script", settings: { format: "iife" }, script: `<script defer src="main.js">`, knowsItsPlace: false },
];
const cases = [
  { what: "logs in with nothing beside it", beside: [], isolation: "none", shown: signedIn },
  { what: "says that there is no worker beside it", beside: [], isolation: "worker", shown: noWorker },
  { what: "takes the module that was put beside it", beside: [MODULE], isolation: "none", shown: signedIn },
  { what: "takes the worker that was put beside it", beside: [MODULE, "worker.js"], isolation: "worker", shown: signedIn },
];

const scene = useInstalled();

/** The folder that holds what esbuild makes of main.js, a page for it, and the files of the package named by `beside`. */
async function bundle({ settings, script }, beside) {
  const folder = mkdtempSync(join(scene.installed.app, "bundled-"));
  await build({ entryPoints: [join(scene.installed.app, "main.js")], outdir: folder, bundle: true, logLevel: "error", ...settings });
  writeFileSync(join(folder, "index.html"), `<!doctype html><link rel="icon" href="data:," /><output></output>${script}</script>`);
  for (const name of beside) cpSync(join(scene.installed.package, "dist", name), join(folder, name));
  return folder;
}

const pick = (object, names) => Object.fromEntries(names.map((name) => [name, object[name]]));

for (const way of ways)
  for (const { what, beside, isolation, shown: expected } of cases.filter(({ beside }) => way.knowsItsPlace || beside.length === 0))
    test(`what esbuild makes of the package, as ${way.name}, ${what}`, async () => {
      const server = await serveFiles(await bundle(way, beside));
      try {
        const { shown, requested } = await visit(scene.browser, `${server.url}/index.html?${new URLSearchParams({ backend: scene.backend.url, isolation })}`);
        assert.deepEqual(pick(shown, Object.keys(expected)), expected);
        for (const name of beside) assert.ok(requested.includes(`/${name}`), name);
        if (beside.length > 0) assert.ok(!requested.some((path) => path.includes("embedded")), "and the copy stays where it is");
      } finally {
        await server.close();
      }
    });

// It looks for `main`, as do esbuild and node for a folder.
test("a bundler that does not read exports, as Parcel 2, finds the script", async () => {
  const stdin = { contents: `export * from "./node_modules/wasm-auth-session";`, resolveDir: scene.installed.app };
  const { metafile } = await build({ stdin, bundle: true, write: false, metafile: true, format: "esm", logLevel: "silent", absWorkingDir: scene.installed.app });
  assert.ok("node_modules/wasm-auth-session/dist/index.js" in metafile.inputs);
});
