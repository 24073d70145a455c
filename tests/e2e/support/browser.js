import { chromium } from "playwright-core";

const ARGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

/** A headless Chromium: the one `CHROMIUM` names, else the system's; `more` of its switches. */
export const launchBrowser = (more = []) =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: [...ARGS, ...more] });

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
