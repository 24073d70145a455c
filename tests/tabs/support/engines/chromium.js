// Chromium with tabs as people have them: one window of one profile, the tab in front visible, the others hidden and their timers
// throttled. A browser that Playwright launches itself has no hidden tabs, so it is started here and connected to afterwards.
import { chromium } from "playwright-core";
import { startWithProfile } from "./profile.js";

const ARGS = [
  "--headless=new", "--remote-debugging-port=0", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

export async function start() {
  const { address, stop } = await startWithProfile({
    name: "Chromium", program: process.env.CHROMIUM ?? "chromium",
    args: (profile) => [...ARGS, `--user-data-dir=${profile}`, "about:blank"],
    file: "DevToolsActivePort", read: debuggerUrl,
  });
  try {
    const browser = await chromium.connectOverCDP(address, { noDefaults: true, isLocal: true });
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

/** The port that it chose, and below it the path. Half a file has no path yet. */
function debuggerUrl(text) {
  const [port, path] = text.split("\n");
  return path ? `ws://127.0.0.1:${port}${path}` : null;
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
