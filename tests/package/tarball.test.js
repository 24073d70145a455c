import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { install, project } from "./support/installed.js";

const FILES = [
  "CHANGELOG.md",
  "LICENSE-APACHE",
  "LICENSE-MIT",
  "README.md",
  "SECURITY.md",
  "dist/embedded.js",
  "dist/far.js",
  "dist/index.d.ts",
  "dist/index.js",
  "dist/wasm_auth_session_bg.wasm",
  "dist/worker.js",
  "docs/backends.md",
  "package.json",
];

let installed;
before(() => (installed = install()));
after(() => installed?.remove());

const read = (name) => readFileSync(join(installed.package, name));

/** What a script prints that runs in Node beside the installed package. */
function node(script) {
  return execFileSync(process.execPath, ["--input-type=module", "--eval", script], { cwd: installed.app, encoding: "utf8", timeout: 20_000 });
}

test("the tarball holds the built files, documents, licences, and nothing else", () => {
  const files = readdirSync(installed.package, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(installed.package.length + 1));
  assert.deepEqual(paths.sort(), FILES);
});

test("f142 installing it installs nothing else", () => {
  const { packages } = JSON.parse(readFileSync(join(installed.app, "package-lock.json"), "utf8"));
  assert.deepEqual(Object.keys(packages), ["", "node_modules/wasm-auth-session"]);
  const { dependencies, peerDependencies, optionalDependencies } = JSON.parse(read("package.json"));
  assert.deepEqual({ dependencies, peerDependencies, optionalDependencies }, { dependencies: undefined, peerDependencies: undefined, optionalDependencies: undefined });
});

test("a session that is opened in Node keeps no process alive", () => {
  const said = node(`
    import { AuthSession } from "wasm-auth-session";
    const session = await AuthSession.open({ baseUrl: "https://api.example.com" });
    console.log(session.getSnapshot().storage);
  `);
  assert.equal(said, "memory\n");
});

test("f124 a session that was disposed of after a trap keeps no process alive either", () => {
  const said = node(`
    import ${JSON.stringify(pathToFileURL(join(project, "tests/e2e/support/traps.js")))};
    import { AuthSession } from "wasm-auth-session";
    const session = await AuthSession.open({ baseUrl: "https://api.example.com", preset: "oauth2-form" });
    await session.adopt({ access_token: "a-token", refresh_token: "a-refresh-token", expires_in: 3600 });
    trapAt("core_restore");
    await session.restore().catch(({ code }) => console.log(code));
    session.dispose();
  `);
  assert.equal(said, "trapped\n");
});

test("isolation is refused in Node by its name, for it is for a page", () => {
  const said = node(`
    import { AuthSession } from "wasm-auth-session";
    await AuthSession.open({ baseUrl: "https://api.example.com", isolation: "worker" }).catch(({ code, option }) => console.log(code, option));
  `);
  assert.equal(said, "invalid_options isolation\n");
});

// Node 25 has one, and the DOM of a test runner.
test("a session that is opened in Node is in memory though there is a localStorage", () => {
  const said = node(`
    import { AuthSession } from "wasm-auth-session";
    const entries = new Map();
    const storage = { getItem: (key) => entries.get(key) ?? null, setItem: (key, text) => entries.set(key, text), removeItem: (key) => entries.delete(key) };
    Object.assign(globalThis, { self: globalThis, localStorage: storage, sessionStorage: storage });
    const session = await AuthSession.open({ baseUrl: "https://api.example.com" });
    console.log(session.getSnapshot().storage, entries.size);
  `);
  assert.equal(said, "memory 0\n");
});

// As jsdom does it under vitest and jest: the answers of Node's own fetch are then of another realm than the page's names.
test("a session reads the server's answers where Uint8Array is another realm's", () => {
  const said = node(`
    import { createServer } from "node:http";
    import { runInNewContext } from "node:vm";
    import { AuthSession } from "wasm-auth-session";
    const server = createServer((_, response) => response.end('{"access_token":"a-token"}')).listen(0, "127.0.0.1");
    await new Promise((listening) => server.once("listening", listening));
    globalThis.Uint8Array = runInNewContext("Uint8Array");
    const session = await AuthSession.open({ baseUrl: "http://127.0.0.1:" + server.address().port });
    await session.login({ username: "alice", password: "alice-password" }).catch((error) => console.log(error.message));
    console.log(await session.accessToken().catch((error) => error.code));
    server.close();
    server.closeAllConnections();
  `);
  assert.equal(said, "a-token\n");
});

// Vue makes a Proxy of what is of the kind "Object", and private members are out of its reach.
test("a session is of a kind of its own, which frameworks do not wrap in a Proxy", () => {
  const said = node(`
    import { AuthSession } from "wasm-auth-session";
    console.log(String(await AuthSession.open({ baseUrl: "https://api.example.com" })));
  `);
  assert.equal(said, "[object AuthSession]\n");
});

/** How much a bundler keeps of an import. */
async function bundled(script) {
  const stdin = { contents: script, resolveDir: installed.app };
  const { outputFiles } = await build({ stdin, bundle: true, write: false, format: "esm", logLevel: "silent" });
  return outputFiles[0].contents.length;
}

test("a bundler keeps the worker that is imported for what it does, and drops a class that nobody uses", async () => {
  assert.ok((await bundled(`import "wasm-auth-session/worker";`)) > read("dist/worker.js").length / 2);
  assert.equal(await bundled(`import { AuthSession } from "wasm-auth-session";`), 0);
});

test("no install script runs at the user's", () => {
  const { scripts } = JSON.parse(read("package.json"));
  for (const name of ["preinstall", "install", "postinstall", "prepare"]) assert.equal(scripts?.[name], undefined);
});

test("every file the manifest points at is there", () => {
  const { exports, types } = JSON.parse(read("package.json"));
  for (const path of [types, exports["."].types, exports["."].default, exports["./package.json"]]) assert.ok(read(path).length > 0, path);
});

test("no path of the machine that built it stands in any file", () => {
  for (const name of FILES) {
    const text = read(name).toString("latin1");
    for (const path of [`${homedir()}/`, `${project}/`, "/.cargo/"]) assert.ok(!text.includes(path), `${path} in ${name}`);
  }
});

test("the module inside embedded.js is the one beside it", () => {
  const script = `
    const { default: bytes } = await import("./node_modules/wasm-auth-session/dist/embedded.js");
    process.stdout.write(Buffer.from(bytes()).toString("hex"));`;
  assert.equal(node(script), read("dist/wasm_auth_session_bg.wasm").toString("hex"));
});

test("importing it in Node has no side effect", () => {
  const script = `
    const seen = () => JSON.stringify([Reflect.ownKeys(globalThis).map(String).sort(), process.eventNames().map(String).sort()]);
    globalThis.fetch = () => { throw new Error("fetch was called"); };
    const before = seen();
    const { AuthSession, isAuthError } = await import("wasm-auth-session");
    console.log(before === seen(), typeof AuthSession, typeof isAuthError, process.getActiveResourcesInfo().includes("Timeout"));`;
  assert.equal(node(script), "true function function false\n");
});

test("a session made before the module is loaded is refused with module_load", () => {
  const script = `
    import { AuthSession, isAuthError } from "wasm-auth-session";
    try { new AuthSession({ baseUrl: "https://example.com" }); }
    catch (error) { console.log(isAuthError(error), error.name, error.code, error.reason, error instanceof Error); }`;
  assert.equal(node(script), "true AuthError module_load not_loaded true\n");
});
