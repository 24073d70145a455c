// Firefox without a screen, by WebDriver BiDi, which it speaks itself: no driver stands between. Its tabs in the back are hidden ones.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import BiDi from "selenium-webdriver/bidi/index.js";
import { spawnGroup } from "./group.js";

const START_MS = 60_000;

export async function start() {
  const profile = mkdtempSync(join(tmpdir(), "tabs-firefox-"));
  const running = spawnGroup(process.env.FIREFOX ?? "firefox-esr", ["-headless", "-no-remote", "-profile", profile, "-remote-debugging-port", "0"]);
  const stop = async () => {
    await running.end();
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
  try {
    const connection = new BiDi(await sessionUrl(profile, running.failed));
    const send = async (method, params) => {
      const { type, result, error, message } = await connection.send({ method, params });
      if (type === "error") throw new Error(`${method}: ${error}, ${message}`);
      return result;
    };
    const { capabilities } = await send("session.new", { capabilities: {} });
    return {
      name: "Firefox", version: capabilities.browserVersion,
      openTab: (url) => openTab(send, url),
      close: () => send("browser.close", {}).catch(() => {}).then(() => connection.close()).then(stop),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Firefox writes the port it chose into the profile. */
async function sessionUrl(profile, failed) {
  const file = join(profile, "WebDriverBiDiServer.json");
  for (const end = Date.now() + START_MS; Date.now() < end; await sleep(50)) {
    if (failed()) throw failed();
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    if (text) return (({ ws_host, ws_port }) => `ws://${ws_host}:${ws_port}/session`)(JSON.parse(text));
  }
  throw new Error("Firefox has not opened its debugging port");
}

async function openTab(send, url) {
  const { context } = await send("browsingContext.create", { type: "tab" });
  const goto = (to) => send("browsingContext.navigate", { context, url: to, wait: "complete" });
  await goto(url);
  return {
    uncaught: [],
    // What comes and goes is JSON: the protocol has types of its own for what else there is.
    async evaluate(act, arg) {
      const { type, result, exceptionDetails } = await send("script.callFunction", {
        functionDeclaration: `async (arg) => JSON.stringify((await (${act})(JSON.parse(arg))) ?? null)`,
        arguments: [{ type: "string", value: JSON.stringify(arg ?? null) }],
        target: { context }, awaitPromise: true, userActivation: false,
      });
      if (type === "exception") throw new Error(exceptionDetails.text);
      return JSON.parse(result.value);
    },
    goto,
    back: () => send("browsingContext.traverseHistory", { context, delta: -1 }),
    toFront: () => send("browsingContext.activate", { context }),
    close: () => send("browsingContext.close", { context }),
  };
}
