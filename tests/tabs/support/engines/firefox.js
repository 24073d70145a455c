// Firefox without a screen, by WebDriver BiDi, which it speaks itself: no driver stands between. Its tabs in the back are hidden ones.
import BiDi from "selenium-webdriver/bidi/index.js";
import { startWithProfile } from "./profile.js";

export async function start() {
  const { address, stop } = await startWithProfile({
    name: "Firefox", program: process.env.FIREFOX ?? "firefox-esr",
    args: (profile) => ["-headless", "-no-remote", "-profile", profile, "-remote-debugging-port", "0"],
    file: "WebDriverBiDiServer.json", read: sessionUrl,
  });
  try {
    const connection = new BiDi(address);
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

function sessionUrl(text) {
  if (text === "") return null;
  const { ws_host, ws_port } = JSON.parse(text);
  return `ws://${ws_host}:${ws_port}/session`;
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
