import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "./support/browser.js";
import { useInstalled } from "./support/scene.js";
import { buildByVite, serveByVite, serveFiles } from "./support/servers.js";

const EMBEDDED = /embedded[^/]*\.js$/;
const scene = useInstalled();

const PLACES = ["none", "worker"];
const ways = [
  { name: "a plain module script", page: "/plain.html", places: PLACES, serve: () => serveFiles(scene.installed.app) },
  { name: "vite", page: "/", places: [...PLACES, "own"], serve: () => serveByVite(scene.installed.app, [], 5273) },
  {
    name: "vite build and vite preview",
    page: "/",
    places: [...PLACES, "own"],
    serve: async () => {
      await buildByVite(scene.installed.app);
      return serveByVite(scene.installed.app, ["preview"], 5373);
    },
  },
];

for (const { name, page, places, serve } of ways)
  test(`the installed tarball logs in from ${name} without configuration, also in a worker`, async () => {
    const server = await serve();
    try {
      for (const isolation of places) {
        const asked = new URLSearchParams({ backend: scene.backend.url, isolation });
        const { shown, requested } = await visit(scene.browser, `${server.url}${page}?${asked}`);
        assert.deepEqual(shown, { status: "active", tokenType: "Bearer", email: "alice@example.com" });
        assert.ok(requested.some((path) => path.endsWith(".wasm")), "the module comes from its own file");
        assert.ok(!requested.some((path) => EMBEDDED.test(path)), "and the copy in the script stays where it is");
      }
    } finally {
      await server.close();
    }
  });
