// Chromium with tabs as people have them: one window of one profile, the tab in front visible, the others hidden and their timers
// throttled. A browser that Playwright launches itself has no hidden tabs, so it is started here and connected to afterwards.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";
import { spawnGroup } from "./group.js";

const ARGS = [
  "--headless=new", "--remote-debugging-port=0", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const START_MS = 30_000;

export async function start() {
  const profile = mkdtempSync(join(tmpdir(), "tabs-chromium-"));
  const running = spawnGroup(process.env.CHROMIUM ?? "chromium", [...ARGS, `--user-data-dir=${profile}`, "about:blank"]);
  const stop = async () => {
    await running.end();
    await sleep(100); // some of its processes outlive the first one for a moment
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
  try {
    const browser = await chromium.connectOverCDP(await debuggerUrl(profile, running.failed), { noDefaults: true, isLocal: true });
    const [context] = browser.contexts();
    return {
      name: "Chromium", version: browser.version(),
      openTab: async (url) => openTab(context, url),
      cookies: async () => (await context.cookies()).map(({ name }) => name),
      offline: (offline) => context.setOffline(offline),
      close: () => browser.close().catch(() => {}).then(stop),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Chromium writes the port it chose, and its path, into the profile. */
async function debuggerUrl(profile, failed) {
  const file = join(profile, "DevToolsActivePort");
  for (const end = Date.now() + START_MS; Date.now() < end; await sleep(50)) {
    if (failed()) throw failed();
    const [port, path] = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
    if (path) return `ws://127.0.0.1:${port}${path}`;
  }
  throw new Error("Chromium has not opened its debugging port");
}

async function openTab(context, url) {
  const page = await context.newPage();
  const uncaught = [];
  page.on("pageerror", (error) => uncaught.push(error.message));
  const devtools = await context.newCDPSession(page);
  await page.goto(url);
  return {
    uncaught,
    evaluate: (act, arg) => page.evaluate(act, arg),
    goto: (to) => page.goto(to),
    // A page out of the page cache has been loaded long ago.
    back: () => page.goBack({ waitUntil: "commit" }),
    toFront: () => page.bringToFront(),
    close: () => page.close(),
    /** The tab's process is gone; nothing in it runs again. The command itself is never answered. */
    async crash() {
      const crashed = new Promise((done) => page.once("crash", done));
      devtools.send("Page.crash").catch(() => {});
      await crashed;
    },
    freeze: () => devtools.send("Page.setWebLifecycleState", { state: "frozen" }),
    thaw: () => devtools.send("Page.setWebLifecycleState", { state: "active" }),
  };
}
