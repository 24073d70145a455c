import { chromium } from "playwright-core";

const ARGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

export const launch = () => chromium.launch({ executablePath: "/usr/bin/chromium", args: ARGS });

/** Opens `url` in a page of its own and gives what the page shows in its <output>, and every path it asked its server for. */
export async function visit(browser, url, prepare = async () => {}) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const requested = [];
  page.on("request", (request) => requested.push(new URL(request.url()).pathname));
  try {
    await prepare(page);
    await page.goto(url);
    await page.waitForFunction(() => document.querySelector("output")?.textContent !== "", null, { timeout: 20_000 });
    return { shown: JSON.parse(await page.textContent("output")), requested };
  } finally {
    await context.close();
  }
}
