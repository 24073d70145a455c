// The README's code, run: every ```js block in Chromium (components: tests/package/frameworks.test.js), with the built package, against the demo backends, under the README's own
// Content-Security-Policy. Three things are replaced and nothing else: the import specifier by the built file, the base URL by the backend
// that the block's mark names, and the blocks that the mark says come before are put in front.
//
//   <!-- run: name, at: backend, after: name of another block, fault: login|refresh|logout|api STATUS -->
//
// `console.log(value); // expected` is a promise: what is logged must be what the comment says; several values are said as a list.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { basename, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { runInNewContext } from "node:vm";
import { startAll } from "../../server/main.js";
import { launchBrowser } from "./support/browser.js";
import { blocksOf, project, read } from "./support/readme.js";

const SPECIFIER = '"wasm-auth-session"';
const BASE_URL = "https://api.example.com";
const COMPONENTS = { react: "jsx", vue: "vue", svelte: "svelte", next: "jsx" };
const LANGUAGES = ["js", "html", "http", "sh", "text"];

const readme = read("README.md");
const blocks = blocksOf(readme);
const runnable = blocks.filter(({ language }) => language === "js");
const byName = Object.fromEntries(runnable.map((block) => [block.mark?.run, block]));
const policy = blocks.find(({ language }) => language === "http").text.replace(/^Content-Security-Policy: /, "");
const ran = new Set();

let browser, page, servers;
before(async () => {
  page = await servePages();
  servers = await startAll({ accessLifetimeS: 60, origins: [page.url] });
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await servers?.close();
  await page?.close();
});

/** Serves `html` and `script` as the block's page, and the built package. A page that no server gave out would not be let near 127.0.0.1. */
async function servePages() {
  const shown = { html: "", script: "", headers: {} };
  const answer = {
    "/": () => ["text/html", shown.html],
    "/block.js": () => ["text/javascript", shown.script],
  };
  const server = createServer(async ({ url }, response) => {
    const [type, body] = url.startsWith("/dist/")
      ? [url.endsWith(".js") ? "text/javascript" : "application/wasm", await readFile(join(project, "dist", basename(url)))]
      : (answer[url] ?? (() => ["text/plain", ""]))();
    response.writeHead(200, { "content-type": type, ...shown.headers }).end(body);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    show: (what) => Object.assign(shown, what),
    close: () => new Promise((closed) => server.close(closed) && server.closeAllConnections()),
  };
}

/** The block with those before it, in order. Of imports that repeat, one is left. */
function sourceOf({ text, mark }) {
  const earlier = mark.after ? sourceOf(byName[mark.after]) : "";
  const lines = text.split("\n").filter((line) => !(line.startsWith("import ") && earlier.includes(line)));
  return [earlier, ...lines].join("\n").trim();
}

/** The values that the comments behind `console.log` promise. */
function promisesIn(source) {
  const comments = [...source.matchAll(/console\.log\(.*\);[ \t]*\/\/[ \t]*(.+)$/gm)].map(([, comment]) => comment);
  assert.equal(comments.length, source.split("console.log(").length - 1, "every console.log says on its line what it shows");
  return comments.map((comment) => JSON.parse(JSON.stringify(runInNewContext(`(${comment})`))));
}

async function run(block) {
  const { at, fault } = block.mark;
  const source = sourceOf(block);
  const backend = servers.backends[at];
  const script = source.replaceAll(SPECIFIER, '"/dist/index.js"').replaceAll(BASE_URL, backend.url);
  if (fault) {
    const [on, status] = fault.split(" ");
    backend.fault({ on, kind: "status", status: Number(status), times: 1 });
  }
  const logged = [];
  const trouble = [];
  const context = await browser.newContext();
  try {
    const tab = await context.newPage();
    tab.on("console", (message) => {
      if (message.type() === "log") logged.push(Promise.all(message.args().map((value) => value.jsonValue())));
      else if (/content security policy/i.test(message.text())) trouble.push(message.text());
    });
    tab.on("pageerror", (error) => trouble.push(`${error.name}: ${error.message}`));
    page.show({
      html: '<!doctype html><script type="module" src="/block.js"></script>',
      script: `${script}\nglobalThis.reachedItsEnd = true;`,
      headers: { "content-security-policy": policy.replaceAll(BASE_URL, backend.url) },
    });
    await tab.goto(page.url);
    await tab.waitForFunction(() => globalThis.reachedItsEnd, null, { timeout: 30_000 }).catch(() => trouble.push("the block did not reach its end"));
    const shown = await Promise.all(logged);
    assert.deepEqual(trouble, []);
    assert.deepEqual(shown.map((values) => (values.length === 1 ? values[0] : values)), promisesIn(source));
  } finally {
    backend.clearFaults();
    await context.close();
  }
  ran.add(block);
}

describe("the README's code", () => {
  for (const block of runnable) {
    test(`line ${block.line}, ${block.mark?.run}: runs to its end and shows what it says it shows`, async () => {
      assert.ok(block.mark, "no mark before the block");
      assert.ok(servers.backends[block.mark.at], `no demo backend ${block.mark.at}`);
      assert.ok(block.text.includes(BASE_URL) || block.mark.after, `nothing in it speaks to ${BASE_URL}`);
      await run(block);
    });
  }

  test("every block was run, and none hides under another language", () => {
    assert.ok(runnable.length > 0);
    assert.deepEqual(runnable.filter((block) => !ran.has(block)).map(({ line }) => line), []);
    assert.equal(new Set(runnable.map(({ mark }) => mark.run)).size, runnable.length, "each mark has a name of its own");
    const others = blocks.filter(({ language }) => !LANGUAGES.includes(language));
    assert.deepEqual(Object.fromEntries(others.map(({ mark, language }) => [mark?.run, language])), COMPONENTS);
    for (const { text, line } of blocks.filter((block) => block.language !== "js" && !others.includes(block)))
      assert.doesNotMatch(text, /\bawait\b|AuthSession\.open/, `line ${line}`);
  });

  test("the example on the first screen uses the session as the demo page does", () => {
    const calls = (code) => [...code.matchAll(/\b(?:AuthSession|session)\.\w+(?=\()/g)].map(([call]) => call);
    const [first] = runnable;
    assert.deepEqual(calls(first.text), calls(read("www/session.js")));
    assert.equal(first.text.split("\n").length, 12);
  });
});
