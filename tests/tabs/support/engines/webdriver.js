// Tabs over WebDriver. One command runs at a time and at one tab, so what is to run in many tabs at once is begun in each, and its
// result fetched afterwards.
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Builder } from "selenium-webdriver";
import { spawnGroup } from "./group.js";

const START_MS = 60_000;
/** For how long a tab may keep the others from being spoken to while it is waited for. */
const LOOK_MS = 200;

/** @param {{ name: string, command: (port: number) => string[], env?: object, capabilities: object }} engine */
export async function startDriver({ name, command, env = {}, capabilities }) {
  const port = await freePort();
  const [program, ...args] = command(port);
  const running = spawnGroup(program, args, { env: { ...process.env, ...env } });
  try {
    const url = `http://127.0.0.1:${port}`;
    await answering(url, running.failed);
    const driver = await new Builder().usingServer(url).withCapabilities(capabilities).build();
    await driver.manage().setTimeouts({ script: 120_000, pageLoad: 60_000 });
    const version = (await driver.getCapabilities()).getBrowserVersion();
    return { name, version, ...tabsOf(driver, await driver.getWindowHandle()), close: () => driver.quit().catch(() => {}).then(running.end) };
  } catch (error) {
    await running.end();
    throw new Error(`${name}: ${error.message}`, { cause: error });
  }
}

async function freePort() {
  const server = createServer();
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

async function answering(url, failed) {
  for (const end = Date.now() + START_MS; Date.now() < end; await sleep(100)) {
    if (failed()) throw failed();
    const up = await fetch(`${url}/status`).then(({ ok }) => ok, () => false);
    if (up) return;
  }
  throw new Error("the driver does not answer");
}

/**
 * @param {string} first the tab that the browser began with. It stays: closing the last one would end the session, and a command needs one to
 * start from.
 */
function tabsOf(driver, first) {
  let queue = Promise.resolve();
  const inTurn = (act) => (queue = queue.catch(() => {}).then(act));
  let jobs = 0;

  async function openTab(url) {
    const handle = await inTurn(async () => {
      await driver.switchTo().window(first);
      await driver.switchTo().newWindow("tab");
      await driver.get(url);
      return driver.getWindowHandle();
    });
    const there = (act) => inTurn(async () => {
      await driver.switchTo().window(handle);
      return act();
    });
    const script = (text, ...args) => there(() => driver.executeScript(text, ...args));
    const look = (job) => there(() => driver.executeAsyncScript(LOOK, job, LOOK_MS));
    return {
      uncaught: [],
      async evaluate(act, arg) {
        const job = (jobs += 1);
        await script(`${BEGIN}; begin(arguments[0], () => (${act})(arguments[1]))`, job, arg);
        for (;;) {
          const { settled, value, error } = await look(job);
          if (error) throw new Error(error);
          if (settled) return value;
          await sleep(20);
        }
      },
      goto: (to) => there(() => driver.get(to)),
      back: () => there(() => driver.navigate().back()),
      toFront: () => there(() => {}),
      close: () => there(() => driver.close()),
    };
  }

  return { openTab };
}

const BEGIN = `function begin(job, act) {
  const jobs = (window.__jobs ??= {});
  jobs[job] = Promise.resolve().then(act).then(
    (value) => ({ settled: true, value: value ?? null }),
    (error) => ({ settled: true, error: String(error && error.message || error) }),
  );
}`;
const LOOK = `const [job, ms, done] = arguments;
  const late = new Promise((tell) => setTimeout(tell, ms, { settled: false }));
  Promise.race([window.__jobs[job], late]).then(done);`;
