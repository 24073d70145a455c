import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startBackend } from "../../server/backend.js";
import { launch, visit } from "./support/browser.js";
import { install } from "./support/installed.js";
import { buildByVite, serveByVite, serveFiles } from "./support/servers.js";

const EMBEDDED = /embedded[^/]*\.js$/;
let installed, backend, browser;

before(async () => {
  installed = install("package/app");
  backend = await startBackend({ dialect: "oauth2", accessLifetimeS: 600 });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await backend?.close();
  installed?.remove();
});

const PLACES = ["none", "worker"];
const ways = [
  { name: "a plain module script", page: "/plain.html", places: PLACES, serve: () => serveFiles(installed.app) },
  { name: "vite", page: "/", places: [...PLACES, "own"], serve: () => serveByVite(installed.app, [], 5273) },
  {
    name: "vite build and vite preview",
    page: "/",
    places: [...PLACES, "own"],
    serve: async () => {
      await buildByVite(installed.app);
      return serveByVite(installed.app, ["preview"], 5373);
    },
  },
];

for (const { name, page, places, serve } of ways)
  test(`the installed tarball logs in from ${name} without configuration, also in a worker`, async () => {
    const server = await serve();
    try {
      for (const isolation of places) {
        const asked = new URLSearchParams({ backend: backend.url, isolation });
        const { shown, requested } = await visit(browser, `${server.url}${page}?${asked}`);
        assert.deepEqual(shown, { status: "active", tokenType: "Bearer", email: "alice@example.com" });
        assert.ok(requested.some((path) => path.endsWith(".wasm")), "the module comes from its own file");
        assert.ok(!requested.some((path) => EMBEDDED.test(path)), "and the copy in the script stays where it is");
      }
    } finally {
      await server.close();
    }
  });
