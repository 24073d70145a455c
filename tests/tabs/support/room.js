// A room: a backend, a site of its own (so a storage of its own), and tabs of one browser at that site, each with the session open.
import { setTimeout as sleep } from "node:timers/promises";
import { startBackend } from "../../../server/backend.js";
import { startSite } from "../../e2e/support/site.js";

const PRESETS = { oauth2: "oauth2-form", geolens: "geolens-cookie" };
const page = (...scripts) =>
  `<!doctype html><title>tab</title><link rel=icon href=data:,>${scripts.map((name) => `<script src="/${name}"></script>`).join("")}<script type=module src="/tab.js"></script>`;
const PAGES = {
  "/tab": page("clock.js"), "/counted": page("clock.js", "counts.js"), "/watched": page("clock.js", "realm.js"), "/silent": page("clock.js", "silent.js"),
};

/**
 * @param {object} what
 * @param {Awaited<ReturnType<typeof import("./engines.js").startEngine>>} what.browser
 * @param {number} [what.tabs] how many
 * @param {object} [what.backend] settings of the backend; its tokens rotate, and one used twice revokes them all
 * @param {object} [what.options] of the sessions
 * @param {number} [what.clockMs] by how much the machine's clock is off
 * @param {"/tab" | "/counted" | "/watched"} [what.path] the page; one counts its timers and the like, one keeps what comes into its realm
 */
export async function openRoom({ browser, tabs: count = 2, backend: settings = {}, options = {}, clockMs = 0, path = "/tab" }) {
  const site = await startSite({ scripts: import.meta.dirname, pages: PAGES });
  const dialect = settings.dialect ?? "oauth2";
  const backend = await startBackend({ accessLifetimeS: 3600, reuse: "rotating-strict", origins: [site.url], ...settings, dialect });
  const given = { baseUrl: backend.url, preset: PRESETS[dialect], refreshMode: "on-demand", ...options };
  const tabs = [];

  const room = {
    browser, backend, tabs,
    /** Opens one more tab. @param {object} [more] options of its session */
    async openTab(more = {}) {
      const tab = await browser.openTab(`${site.url}${path}?clock=${clockMs}`);
      tabs.push(tab);
      await room.openSession(tab, more);
      return tab;
    },
    async openSession(tab, more = {}) {
      await tab.evaluate(loaded);
      return tab.evaluate(([all, number]) => tab.open(all, number), [{ ...given, ...more }, tabs.indexOf(tab)]);
    },
    /** One tab logs in; the others are signed in once they have noticed. */
    async login() {
      const { error } = await tabs[0].evaluate(() => tab.login());
      if (error) throw new Error(`login: ${error.code}: ${error.message}`);
      for (const tab of tabs) {
        const noticed = await tab.evaluate(() => tab.reaches("active").then((there) => there || tab.session.restore()));
        if (!noticed) throw new Error("a tab does not notice the login of another");
        await tab.evaluate(() => tab.forget());
      }
    },
    /** After a fault: sessions as at the beginning, so that the next round counts for itself. */
    async recover() {
      await tabs[0].evaluate((all) => tab.open(all, 0).then(() => tab.login()), given);
      for (const tab of tabs.slice(1)) await room.openSession(tab);
    },
    /** Has all these tabs do the same at one instant. @param {Function} act gets `{ at, arg }`, and waits for `at` by itself */
    async together(act, arg, { among = tabs } = {}) {
      if (among.length === 0) return [];
      const given = { source: String(act), arg };
      await Promise.all(among.map((tab) => tab.evaluate((what) => tab.arm(what), given)));
      await among[0].evaluate((leadMs) => tab.fire(leadMs), 30 + 5 * among.length);
      return Promise.all(among.map((tab) => tab.evaluate(() => tab.armed)));
    },
    async closeTab(tab, how = (one) => one.close()) {
      tabs.splice(tabs.indexOf(tab), 1);
      await how(tab);
    },
    /** Waits until what is asked for is there. */
    async until(there, what, ms = 10_000) {
      for (const end = Date.now() + ms; Date.now() < end; await sleep(5)) if (await there()) return;
      throw new Error(`waited ${ms} ms in vain for ${what}`);
    },
    /** Whether the API takes this token. */
    async isTaken(token) {
      const path = dialect === "geolens" ? "/auth/me" : "/api/me";
      return (await fetch(backend.url + path, { headers: { authorization: `Bearer ${token}` } })).status === 200;
    },
    /** Errors that nobody caught, in the tabs that are still there. */
    async uncaught() {
      const told = await Promise.all(tabs.map((tab) => tab.evaluate(() => globalThis.tab.uncaught)));
      return [...told.flat(), ...tabs.flatMap(({ uncaught }) => uncaught)];
    },
    async close() {
      await Promise.all(tabs.splice(0).map((tab) => tab.close().catch(() => {})));
      await Promise.all([backend.close(), site.close()]);
    },
  };
  try {
    for (let index = 0; index < count; index += 1) await room.openTab();
  } catch (error) {
    await room.close();
    throw error;
  }
  return room;
}

/** The page's module script has run. */
const loaded = () => new Promise((done, fail) => {
  const late = performance.now() + 20_000;
  const look = () => (globalThis.tab?.open ? done() : performance.now() > late ? fail(new Error("the tab has not loaded")) : setTimeout(look, 5));
  look();
});
