import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const ARGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

const WHOLE = "/usr/bin/chromium";
const SHELL = "/usr/bin/chromium-headless-shell";

const launch = (executablePath, more) => chromium.launch({ executablePath: process.env.CHROMIUM ?? executablePath, args: [...ARGS, ...more] });

/** A headless Chromium: the one `CHROMIUM` names, else the system's. */
export const launchBrowser = () => launch(WHOLE, []);

/**
 * The same engine without a browser's windows, profiles and services around it, which takes less than half of the time; `more` of its
 * switches. For what no user looks at.
 */
export const launchShell = (more = []) => launch(existsSync(SHELL) ? SHELL : WHOLE, more);

/**
 * Collects what a page should never have: console errors, refusals by the content security policy, exceptions, unhandled rejections.
 * Chromium reports every answer of 400 and above as a console error; a status in `expected` is not counted.
 */
export function watchForTrouble(page, expected = []) {
  const trouble = [];
  page.on("pageerror", (error) => trouble.push(`exception: ${error.message}`));
  page.on("console", (message) => {
    const text = message.text();
    const status = Number(/^Failed to load resource: the server responded with a status of (\d+)/.exec(text)?.[1]);
    const refused = /content security policy|trusted ?type/i.test(text);
    if ((message.type() === "error" && !expected.includes(status)) || refused) trouble.push(`${message.type()}: ${text}`);
  });
  return trouble;
}
