// What a page goes through: the page cache, prerendering, clocks that somebody swaps, frames of other sites, workers.
import assert from "node:assert/strict";
import { launchBrowser } from "./support/browser.js";
import { startSite } from "./support/site.js";
import { useStage } from "./support/stage.js";

// Storage that belongs to two sites at once is the whole browser's.
const stage = useStage({ launch: launchBrowser });
const ON_DEMAND = { refreshMode: "on-demand" };

stage("f59 a page that comes back from the page cache looks at the clock and at the store", {}, async ({ run, context, open }) => {
  await run(async ({ options }) => {
    globalThis.session = await AuthSession.open(options);
    await session.login(ALICE);
    // What is written while a page is in the cache tells it nothing: no storage event, no message.
    addEventListener("storage", (event) => event.stopImmediatePropagation(), true);
    BroadcastChannel.prototype.postMessage = () => {};
  });
  const other = await context.newPage();
  await open(other);
  await run(async ({ options }) => {
    BroadcastChannel.prototype.postMessage = () => {};
    await (await AuthSession.open(options)).logout();
  }, {}, other);
  const seen = await run(async () => {
    await sleep(300);
    const before = session.getSnapshot().status;
    dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
    await sleep(300);
    return [before, session.getSnapshot().status];
  });
  assert.equal(seen[1], "signed_out");
});

stage("f87 a page that is being left starts no refresh, and one under way is none that outlives it", { accessLifetimeS: 2, init: () => {
  const own = fetch;
  globalThis.sent = [];
  globalThis.fetch = (url, init) => (sent.push({ url: String(url), keepalive: init?.keepalive ?? false }), own(url, init));
} }, async ({ run, page }) => {
  await run(async ({ options }) => {
    globalThis.session = await AuthSession.open({ ...options, refreshMode: "background" });
    await session.login(ALICE);
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  const seen = await run(() => sleep(2500).then(() => sent.filter(({ url }) => url.includes("token"))));
  assert.equal(seen.length, 1, "the login only");
  assert.deepEqual(await run(async () => (await outcome(session.refresh()), sent.filter(({ url }) => url.includes("token")).map(({ keepalive }) => keepalive))), [false, false]);
  await page.goto("about:blank");
});

stage("f89 a prerendered page waits until it is shown before it touches storage or opens anything", { init: () => {
  globalThis.touched = [];
  for (const [owner, name] of [[Storage.prototype, "getItem"], [Storage.prototype, "setItem"], [IDBFactory.prototype, "open"]]) {
    const own = owner[name];
    owner[name] = function (...given) {
      touched.push(name);
      return own.apply(this, given);
    };
  }
  Object.defineProperty(document, "prerendering", { value: true, configurable: true });
} }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const opening = AuthSession.open(options);
    const early = await outcome(opening, 300);
    const before = [...touched];
    Object.defineProperty(document, "prerendering", { value: false });
    document.dispatchEvent(new Event("prerenderingchange"));
    const session = await opening;
    return { early, before, status: session.getSnapshot().status, touched: touched.length > 0 };
  });
  assert.deepEqual(seen, { early: { pending: true }, before: [], status: "signed_out", touched: true });
});

stage("f85 clocks and timers that are swapped after the package was loaded are not used", { accessLifetimeS: 3600, options: ON_DEMAND }, async ({ run, requests }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    const [date, performanceNow] = [Date.now, performance.now];
    const calls = [];
    for (const [owner, name, fake] of [
      [Date, "now", () => NaN], [performance, "now", () => -1e12], [globalThis, "setTimeout", () => 0], [globalThis, "clearTimeout", () => {}],
    ]) owner[name] = (...given) => (calls.push(name), fake(...given));
    const token = await session.accessToken();
    const refreshed = session.refresh();
    let turns = 0;
    refreshed.finally(() => (turns = -1));
    await refreshed;
    Object.assign(Date, { now: date });
    Object.assign(performance, { now: performanceNow });
    const { issuedAtMs } = session.getSnapshot();
    return { token: typeof token, calls, off: Math.abs(issuedAtMs - date()) < 60_000, turns };
  });
  assert.deepEqual(seen, { token: "string", calls: [], off: true, turns: -1 });
  assert.equal(requests("refresh").length, 1);
});

stage("f85 clocks that were broken before the package was loaded make no loop and no trap", {
  load: true, options: ON_DEMAND,
  init: () => {
    Date.now = () => NaN;
    let at = 1e9;
    Performance.prototype.now = () => (at -= 5);
  },
}, async ({ run, requests }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    const token = await outcome(session.accessToken());
    await sleep(500);
    return [session.getSnapshot().status, token.error];
  });
  assert.deepEqual(seen, ["active", undefined]);
  assert.ok(requests("refresh").length <= 1);
});

stage("f103 a frame in a page of another site has storage, lock and session of its own", { origins: "*" }, async ({ t, run, page, site }) => {
  const outer = await startSite({ pages: { "/outer": `<!doctype html><title>outer</title><iframe name="inner" src="${site.url}/"></iframe>` } });
  t.after(() => outer.close());
  await run(async ({ options }) => (await AuthSession.open(options)).login(ALICE));
  await page.goto(`${outer.url.replace("127.0.0.1", "localhost")}/outer`);
  const frame = page.frame("inner");
  await frame.evaluate(async () => void Object.assign(globalThis, await import("/in-page.js")));
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    const before = session.getSnapshot().signedIn;
    await session.login(BOB);
    await session.refresh();
    return { before, status: session.getSnapshot().status, capable: session.capabilities };
  }, {}, frame);
  assert.deepEqual([seen.before, seen.status], [false, "active"]);
  // A browser either parts the storage of such a frame or denies it.
  assert.equal(seen.capable.sharedWithTabs, seen.capable.storage === "local", JSON.stringify(seen.capable));
  await page.goto(site.url);
  await page.evaluate(async () => void Object.assign(globalThis, await import("/in-page.js")));
  assert.equal(await run(async ({ options }) => (await AuthSession.open(options)).getSnapshot().signedIn), true);
});

stage("f136 in a worker, without a document and localStorage, a session is kept in IndexedDB and shared", { origins: "*" }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const source = `
      const { AuthSession } = await import(${JSON.stringify(new URL("/dist/index.js", location).href)});
      const session = await AuthSession.open({ ...${JSON.stringify(options)}, storage: "indexeddb" });
      await session.login({ username: "alice", password: "alice-password" });
      await session.refresh();
      postMessage(session.capabilities);`;
    const worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })), { type: "module" });
    const capable = await new Promise((done, fail) => {
      worker.onmessage = ({ data }) => done(data);
      worker.onerror = ({ message }) => fail(new Error(message));
    });
    return { capable, page: (await AuthSession.open({ ...options, storage: "indexeddb" })).getSnapshot().signedIn };
  });
  assert.deepEqual(seen, { capable: { lock: "web-locks", fence: "indexeddb", storage: "indexeddb", sharedWithTabs: true, channel: true }, page: true });
});
