// What a test stands on: Chromium, a context of its own in it (cookies and storage start empty), an open page, a record
// of what the page sends, and a search at the end for secrets in all that the package has said.

import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium as driver } from "playwright-core";
import { assertNoSecret, CANARY, tokensIn } from "./secrets.js";
import { chromium, pagePort } from "./settings.js";
import { serveStatic } from "./static-server.js";

const IN_PAGE = fileURLToPath(new URL("in-page.js", import.meta.url));
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const began = Date.now();

let browser;
let stopStatic;

before(async () => {
  stopStatic = await serveStatic();
  browser = await driver.launch({ executablePath: chromium, args: ARGS });
});

after(async () => {
  await browser?.close();
  await stopStatic?.();
});

/** Says what a long test is at. */
export function step(text) {
  console.log(`    [${((Date.now() - began) / 1000).toFixed(1)} s] ${text}`);
}

/** One test, named as the sentence it proves. */
export function proves(sentence, body) {
  test(sentence, { timeout: 90_000 }, async () => {
    const context = await browser.newContext();
    try {
      const stage = new Stage(context);
      await stage.enter("127.0.0.1");
      await body(stage);
      await stage.assertNothingSecretSaid();
    } finally {
      await context.close();
    }
  });
}

function fieldsOf(type, text) {
  if (text === null) return {};
  return type.startsWith("application/json") ? JSON.parse(text) : Object.fromEntries(new URLSearchParams(text));
}

class Stage {
  /** What the page has sent to other origins: `{ method, url, path, type, text, fields }`. */
  requests = [];
  #secrets = new Set([CANARY]);
  #said = [];
  #reading = [];

  constructor(context) {
    this.context = context;
  }

  /** Opens the empty page, as `http://127.0.0.1:…/` or as `http://localhost:…/`. */
  async enter(host) {
    this.origin = `http://${host}:${pagePort()}`;
    this.page = await this.context.newPage();
    await this.page.addInitScript({ path: IN_PAGE });
    this.page.on("request", (request) => this.#sent(request));
    this.page.on("response", (response) => this.#reading.push(this.#answered(response)));
    await this.page.goto(`${this.origin}/`);
  }

  /** Loads the page anew, as a user does. */
  async reload() {
    await this.#listen();
    await this.page.reload();
  }

  /** Goes elsewhere for a while and comes back, as a user does. */
  async visitElsewhere(ms) {
    await this.#listen();
    await this.page.goto("about:blank");
    await new Promise((back) => setTimeout(back, ms));
    await this.page.goto(`${this.origin}/`);
  }

  /** Runs `work(input)` in the page. */
  run(work, input) {
    return this.page.evaluate(work, input);
  }

  /** Looks for the tokens of a reply the page did not get itself, too. */
  keepsSecret(reply) {
    for (const token of tokensIn(JSON.stringify(reply))) this.#secrets.add(token);
  }

  sentTo(path) {
    return this.requests.filter((request) => request.path === path);
  }

  /** Names of the cookies the browser holds for a server. */
  async cookies(url) {
    return (await this.context.cookies(url)).map((cookie) => cookie.name);
  }

  async assertNothingSecretSaid() {
    await this.#listen();
    await Promise.all(this.#reading);
    for (const { url } of this.requests) assertNoSecret("a URL", url, this.#secrets);
    for (const text of this.#said) assertNoSecret("what the package said", text, this.#secrets);
  }

  async #listen() {
    this.#said.push(
      ...(await this.page.evaluate(() => {
        if (globalThis.session) kit.note(session);
        return kit.said.splice(0);
      })),
    );
  }

  #sent(request) {
    const url = new URL(request.url());
    if (!url.protocol.startsWith("http") || url.origin === this.origin || request.method() === "OPTIONS") return;
    const type = request.headers()["content-type"] ?? null;
    const text = request.postData();
    this.requests.push({ method: request.method(), url: url.href, path: url.pathname, type, text, fields: fieldsOf(type, text) });
  }

  async #answered(response) {
    // The browser gives no body of an answer it has refused, of a redirect or of a page that is gone.
    const text = await response.text().catch(() => "");
    for (const token of tokensIn(text)) this.#secrets.add(token);
  }
}
