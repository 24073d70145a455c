// The README's components, run in Chromium: each is built with its framework, in an app that has the installed package, and shows who is
// signed in while another part of the page signs in and out.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { compile as compileSvelte } from "svelte/compiler";
import { compileScript, parse } from "vue/compiler-sfc";
import { blocksOf, read } from "../e2e/support/readme.js";
import { project } from "./support/installed.js";
import { useInstalled } from "./support/scene.js";
import { serveFiles } from "./support/servers.js";

const BASE_URL = "https://api.example.com";
const PRESET = "geolens";
const MODULE = "wasm_auth_session_bg.wasm";

const blocks = Object.fromEntries(blocksOf(read("README.md")).map((block) => [block.mark?.run, block]));
const scene = useInstalled(PRESET);

/** What makes a component of the file that the README shows, and how it gets into the page. */
const FRAMEWORKS = {
  react: {
    mount: `import { createElement } from "react";
      import { createRoot } from "react-dom/client";
      import { Greeting } from "./Greeting.jsx";
      createRoot(place).render(createElement(Greeting));`,
  },
  vue: {
    mount: `import { createApp } from "vue";
      import Greeting from "./Greeting.vue";
      createApp(Greeting).mount(place);`,
    compile: (source) => compileScript(parse(source).descriptor, { id: "greeting", inlineTemplate: true }).content,
  },
  svelte: {
    mount: `import { mount } from "svelte";
      import Greeting from "./Greeting.svelte";
      mount(Greeting, { target: place });`,
    compile: (source) => compileSvelte(source, { generate: "client" }).js.code,
  },
  next: {
    mount: `import { createElement } from "react";
      import { hydrateRoot } from "react-dom/client";
      import { Greeting } from "./Greeting.jsx";
      hydrateRoot(place, createElement(Greeting));`,
    serve: `import { createElement } from "react";
      import { renderToString } from "react-dom/server";
      import { Greeting } from "./Greeting.jsx";
      export const html = renderToString(createElement(Greeting));`,
  },
};

/** The files of a block: one heads with its name, or the block is one component. */
function filesOf({ language, text }) {
  const [whole, ...parts] = text.split(/^\/\/ (\w+\.\w+)$/m);
  if (parts.length === 0) return [[`Greeting.${language}`, whole]];
  return parts.flatMap((name, at) => (at % 2 === 0 ? [[name, parts[at + 1]]] : []));
}

/** The app's folder: the block's files, a page, and beside them a part that signs in and out. */
async function make(name) {
  const { mount, compile, serve } = FRAMEWORKS[name];
  const folder = mkdtempSync(join(scene.installed.app, `${name}-`));
  const at = (file) => join(folder, file);
  const open = `AuthSession.open({ baseUrl: "${BASE_URL}", preset: "${PRESET}" })`;
  const files = {
    "session.js": `import { AuthSession } from "wasm-auth-session";\nexport const session = await ${open};`,
    ...Object.fromEntries(filesOf(blocks[name])),
    "main.js": `import { AuthSession } from "wasm-auth-session";\nconst place = document.querySelector("main");\n${mount}\nglobalThis.elsewhere = await ${open};`,
    "server.js": serve ?? `export const html = "";`,
  };
  for (const [file, text] of Object.entries(files)) writeFileSync(at(file), text.replaceAll(BASE_URL, scene.backend.url));
  const compiler = {
    name,
    setup: ({ onLoad }) => onLoad({ filter: /\.(vue|svelte)$/ }, ({ path }) => ({ contents: compile(readFileSync(path, "utf8")), loader: "js", resolveDir: folder })),
  };
  const settings = { bundle: true, format: "esm", target: "es2022", jsx: "automatic", logLevel: "error", nodePaths: [join(project, "node_modules")], plugins: [compiler] };
  // React's own code for servers is CommonJS.
  const banner = { js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);` };
  await build({ ...settings, entryPoints: [at("server.js")], outfile: at("server.mjs"), platform: "node", banner });
  await build({ ...settings, entryPoints: [at("main.js")], outfile: at("app.js"), conditions: ["browser"], define: { "process.env.NODE_ENV": '"development"' } });
  const { html } = await import(pathToFileURL(at("server.mjs")));
  cpSync(join(scene.installed.package, "dist", MODULE), at(MODULE));
  writeFileSync(at("index.html"), `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:," /><main>${html}</main><script type="module" src="app.js"></script>`);
  return { folder, html };
}

for (const name of Object.keys(FRAMEWORKS))
  test(`the README's component for ${name} shows who is signed in`, async () => {
    const { folder, html } = await make(name);
    if (name === "next") assert.equal(html, "<p>…</p>", "a server says nothing of anybody");
    const server = await serveFiles(folder);
    const context = await scene.browser.newContext();
    try {
      const page = await context.newPage();
      const trouble = [];
      page.on("pageerror", (error) => trouble.push(error.message));
      page.on("console", (message) => message.type() === "error" && trouble.push(message.text()));
      await page.goto(`${server.url}/index.html`);
      const shows = (text) => page.waitForFunction((text) => document.querySelector("main").textContent.startsWith(text), text, { timeout: 10_000 });
      await shows("Please log in.");
      await page.waitForFunction(() => globalThis.elsewhere);
      const user = await page.evaluate(async () => {
        await elsewhere.login({ username: "alice", password: "alice-password" });
        return elsewhere.getSnapshot().user;
      });
      await shows(`Hello ${user}`);
      const button = page.getByRole("button", { name: "Log out" });
      if (await button.count()) await button.click();
      else await page.evaluate(() => elsewhere.logout());
      await shows("Please log in.");
      assert.deepEqual(trouble, []);
    } finally {
      await context.close();
      await server.close();
    }
  });
