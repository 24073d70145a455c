// Where tests of the public API run: the blank page in Chromium, with a backend of its own for each test.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startBackend } from "../../../server/backend.js";
import { launchShell } from "./browser.js";
import { watchSinks } from "./sinks.js";
import { startSite } from "./site.js";

/** The preset that speaks a backend's dialect. */
const PRESETS = { oauth2: "oauth2-form" };

/** What a session in a worker cannot do or has no part in; isolation.test.js holds what it answers instead. */
export const NOT_ISOLATED = {
  memory: "a session in a worker is in memory: no reload, no other tab and no storage of the page's knows of it",
  realm: "what is put into the page's realm, or counted there, is not in the worker's",
  open: "a session in a worker begins with AuthSession.open()",
  csrf: "no worker can read a cookie",
};

/** With `ISOLATION=worker`, the sessions of all tests have their cores in workers. */
const HELPERS = process.env.ISOLATION === "worker" ? "/in-page.js?isolated" : "/in-page.js";

/**
 * One browser for all tests of a file, begun by `launch`; `isolated` as below, for all of them. Returns how to write a test:
 *
 * `stage(name, settings, run)`, where `settings` are those of the backend (`dialect`, by default the OAuth 2.0 server; `null` for none) and
 * - `options`: session options beside `baseUrl` and `preset`,
 * - `init`: a function that runs in the page before anything else,
 * - `load: false`: the page does not load the package,
 * - `at`: the page's path, `host: "localhost"`: its host,
 * - `shows`: the test means to show secrets: they are not searched for at its end,
 * - `uncaught`: messages of the errors that the page is to report; none by default, `null` for any,
 * - `isolated`: why this cannot hold where the core is in a worker, one of `NOT_ISOLATED`; the test is left out there.
 */
export function useStage({ isolated: all, launch = launchShell } = {}) {
  let browser, site;
  before(async () => {
    site = await startSite();
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await site?.close();
  });

  return (name, { dialect = "oauth2", options = {}, init, load = true, at = "/", host, uncaught = [], shows = false, isolated = all, ...settings }, run) =>
    test(name, { skip: process.env.ISOLATION === "worker" && isolated }, async (t) => {
      const origins = [site.url, site.localhost];
      const backend = dialect && (await startBackend({ dialect, accessLifetimeS: 3600, origins, ...settings }));
      const context = await browser.newContext({ ignoreHTTPSErrors: true });
      t.after(async () => {
        await context.close();
        await backend?.close();
      });
      // Servers of a test are all on this machine; the site's own origin is none of them.
      const isHome = (url) => /^https?:\/\/(127\.0\.0\.1|localhost):/.test(url) && !url.startsWith(site.url);
      const sinks = await watchSinks(context, isHome);
      const page = await context.newPage();
      const seen = [];
      page.on("pageerror", (error) => seen.push(error.message));
      if (init) await page.addInitScript(init);

      const open = async (target = page) => {
        await target.goto(`${host === "localhost" ? site.localhost : site.url}${at}`);
        if (load) await loadInto(target);
      };
      await open();
      const given = { ...(backend && { baseUrl: backend.url, preset: PRESETS[dialect] ?? dialect }), ...options };
      await run({
        t, page, context, sinks, load: (target = page) => loadInto(target), backend, site, options: given, open,
        /** Runs in the page, or in a frame of it, with the session's options and what else is given. */
        run: (act, what = {}, target = page) => target.evaluate(act, { options: given, ...what }),
        requests: (on) => backend.log.filter((entry) => entry.on === on && entry.method !== "OPTIONS"),
      });
      if (!shows) await sinks.assertClean();
      if (uncaught) assert.deepEqual(seen, uncaught, "errors that nobody caught");
    });
}

/** Puts the package and the helpers of in-page.js into the page's globals. */
export const loadInto = (target) => target.evaluate(async (name) => void Object.assign(globalThis, await import(name)), HELPERS);
