// Where tests of single modules of src/js run: a blank page that serves them unbundled.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launchShell } from "./browser.js";
import { startSite } from "./site.js";

const scripts = join(import.meta.dirname, "..", "..", "..", "src", "js");

/** Loads the module `name` of src/js into the page's globals, with what tests need beside it. */
const loadInto = (page, name) => page.evaluate(async (name) => {
  const { vault } = await import("/vault.js");
  Object.assign(globalThis, await import(`/${name}.js`), {
    vault,
    sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
    timed: async (promise) => {
      const start = performance.now();
      return [await promise, performance.now() - start];
    },
  });
}, name);

/**
 * One browser for all tests of a file, which are about one module. `stage(title, { pages, init }, run)`: `pages` of one profile, one by
 * default, each with the module loaded after `init` ran in it. No page may report an error that nobody caught.
 */
export function useModule(name) {
  let browser, site;
  before(async () => {
    site = await startSite({ scripts });
    browser = await launchShell();
  });
  after(async () => {
    await browser?.close();
    await site?.close();
  });
  return (title, { pages: count = 1, init } = {}, run) =>
    test(title, async (t) => {
      const context = await browser.newContext();
      t.after(() => context.close());
      const seen = [];
      const openPage = async () => {
        const page = await context.newPage();
        page.on("pageerror", (error) => seen.push(error.message));
        if (init) await page.addInitScript(init);
        await page.goto(site.url);
        await loadInto(page, name);
        return page;
      };
      const pages = [];
      while (pages.length < count) pages.push(await openPage());
      await run({ pages, page: pages[0], openPage, context, site });
      assert.deepEqual(seen, [], "errors that nobody caught");
    });
}
