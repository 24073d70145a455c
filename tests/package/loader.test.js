import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, visit } from "./support/browser.js";
import { install } from "./support/installed.js";
import { serveFiles } from "./support/servers.js";

const WASM = "**/*.wasm";
const EMBEDDED = "**/embedded.js";
const absent = { status: 404 };
const page = { contentType: "text/html", body: "<!doctype html>" };
const broken = { contentType: "application/wasm", body: "\0asm broken" };
// As an older release would have it that is still in a cache: its imports fit by chance.
const older = { change: (body) => Buffer.from(body.toString("latin1").replace(/\$[0-9a-f]{8}/, "$0older000"), "latin1") };
const FASTER = "{ const wait = setTimeout; globalThis.setTimeout = (act, ms) => wait(act, ms / 100); }";
const policy = (script, connect) => ({ "content-security-policy": `default-src 'none'; script-src 'self' ${script}; connect-src ${connect}` });

const ready = { ready: true };
const refused = (reason) => ({ name: "AuthError", code: "module_load", reason });

/**
 * `answers`: what a path answers instead of the file, time after time, the last one for good;
 * `copy`: whether the page asks for the copy in embedded.js; `modules`: how often it asks for the module.
 */
const cases = [
  { name: "a module served as it should be is used and its copy not asked for", shown: ready, modules: 1, copy: false },
  { name: "a module served with a wrong MIME type is used all the same", answers: { [WASM]: [{ contentType: "text/plain" }] }, shown: ready, copy: false },
  { name: "the copy takes the place of a module that is not found", answers: { [WASM]: [absent] }, shown: ready, copy: true },
  { name: "the copy takes the place of a module answered with a page", answers: { [WASM]: [page] }, shown: ready, copy: true },
  { name: "the copy takes the place of a broken module", answers: { [WASM]: [broken] }, shown: ready, copy: true },
  { name: "the copy takes the place of a module of another build", answers: { [WASM]: [older] }, shown: ready, copy: true },
  { name: "the copy takes the place of a module that does not arrive", answers: { [WASM]: ["stalled"] }, script: FASTER, shown: ready, copy: true },
  { name: "where neither module nor copy arrive the reason is fetch", answers: { [WASM]: ["stalled"], [EMBEDDED]: ["stalled"] }, script: FASTER, shown: refused("fetch"), copy: true },
  { name: "the copy takes the place of a module that connect-src forbids", headers: policy("'wasm-unsafe-eval'", "'none'"), shown: ready, copy: true },
  { name: "without module and copy the reason is fetch", answers: { [WASM]: [absent], [EMBEDDED]: [absent] }, shown: refused("fetch"), copy: true },
  { name: "with a broken module and no copy the reason is compile", answers: { [WASM]: [broken], [EMBEDDED]: [absent] }, shown: refused("compile"), copy: true },
  { name: "without WebAssembly the reason is compile", script: "delete globalThis.WebAssembly", shown: refused("compile"), modules: 0, copy: false },
  { name: "f139 where the page's policy forbids WebAssembly the reason is csp", headers: policy("", "'self'"), shown: refused("csp"), copy: false },
  { name: "sessions opened at the same time load it once", query: "together=3", shown: ready, modules: 1, copy: false },
  { name: "sessions opened one after the other load it once", query: "first=2", shown: ready, modules: 1, copy: false },
  { name: "a load that failed is tried again", query: "first=1", answers: { [WASM]: [absent, "served"], [EMBEDDED]: [absent] }, shown: ready, modules: 2, copy: true },
];

let installed, browser;
before(async () => {
  installed = install("package/app");
  browser = await launch();
});
after(async () => {
  await browser?.close();
  installed?.remove();
});

async function answer(route, what) {
  if (what === "served") return route.continue();
  if (what === "stalled") return;
  if (what.change) {
    const response = await route.fetch();
    return route.fulfill({ response, body: what.change(await response.body()) });
  }
  const whole = "status" in what || "body" in what;
  return route.fulfill({ ...(whole ? {} : { response: await route.fetch() }), ...what });
}

for (const { name, query = "", answers = {}, headers = {}, script = "", shown, copy, modules } of cases)
  test(name, async () => {
    const server = await serveFiles(installed.app, headers);
    try {
      const seen = await visit(browser, `${server.url}/loads.html?${query}`, async (page) => {
        await page.addInitScript(script);
        for (const [path, list] of Object.entries(answers)) {
          const left = [...list];
          await page.route(path, (route) => answer(route, left.length > 1 ? left.shift() : left[0]));
        }
      });
      assert.deepEqual(seen.shown, shown);
      assert.equal(seen.requested.some((path) => path.endsWith("/embedded.js")), copy);
      if (modules !== undefined) assert.equal(seen.requested.filter((path) => path.endsWith(".wasm")).length, modules);
    } finally {
      await server.close();
    }
  });
