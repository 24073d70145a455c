// A session in a worker: what the page's realm gets to know, and what is different.
import assert from "node:assert/strict";
import { join } from "node:path";
import { readStores } from "./support/canaries.js";
import { startRawServer, tokens } from "./support/raw-server.js";
import { useStage } from "./support/stage.js";

const stage = useStage();
const ISOLATED = { isolation: "worker" };
const realm = { path: join(import.meta.dirname, "support", "realm.js") };

/** All strings of the page's heap. The worker has a heap of its own. */
async function heapOf(page) {
  const devtools = await page.context().newCDPSession(page);
  const chunks = [];
  devtools.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => chunks.push(chunk));
  await devtools.send("HeapProfiler.takeHeapSnapshot");
  return JSON.parse(chunks.join("")).strings.join("\n");
}

/** Where in the page's realm a text stands: by name of the place. */
async function placesOf(page, secrets) {
  const heap = await heapOf(page);
  const stores = await readStores(page);
  const { messages, texts, objects } = await page.evaluate(() => ({ messages: realm.messages, ...realm.texts() }));
  const places = { heap, stores, messages: messages.join("\n"), objects: texts.join("\n") };
  const holding = Object.entries(places).filter(([, text]) => secrets.some((secret) => text.includes(secret)));
  return { found: holding.map(([name]) => name), messages: messages.length, objects };
}

/** A login and three refreshes, with all that a page does meanwhile. */
const login = async ({ options }) => {
  globalThis.session = await AuthSession.open(options);
  globalThis.events = record(session);
  await session.login(ALICE);
  for (let times = 0; times < 3; times += 1) await session.refresh();
  globalThis.token = await session.accessToken();
  return (await session.fetch(`${options.baseUrl}/api/me`)).status;
};

stage("f138 no refresh token and no answer to a login enters the page, be it heap, storage, message or object", { init: realm, options: ISOLATED }, async ({ run, page, backend }) => {
  assert.equal(await run(login), 200);
  const refresh = backend.tokens().filter(({ kind }) => kind === "refresh").map(({ token }) => token);
  assert.equal(refresh.length, 4);
  const seen = await placesOf(page, [...refresh, '"refresh_token"']);
  assert.deepEqual(seen.found, []);
  assert.ok(seen.messages >= 10 && seen.objects > 5_000, `${seen.messages} messages, ${seen.objects} objects`);
  // The search finds what is there: the access token in use, which the page must have.
  const [access] = backend.tokens().filter(({ kind, live }) => kind === "access" && live).map(({ token }) => token).slice(-1);
  assert.deepEqual((await placesOf(page, [access])).found.sort(), ["heap", "messages", "objects"]);
});

stage("without isolation the same search finds the refresh token", { init: realm }, async ({ run, page, backend }) => {
  assert.equal(await run(login), 200);
  const [last] = backend.tokens().filter(({ kind, live }) => kind === "refresh" && live).map(({ token }) => token);
  assert.ok((await placesOf(page, [last])).found.includes("stores"));
});

for (const by of ["cookie", "access-token", "never"])
  stage(`f138 a refresh token in a reply that nobody needs it of enters the page neither, where ${by} renews`, { dialect: null, init: realm }, async ({ t, run, page }) => {
    const server = await startRawServer(t, (_request, response) =>
      response.end(JSON.stringify({ access: "access-1", refresh: "the-refresh-token-1", expires_in: 3600, plan: "free" })));
    const extra = await run(async ({ options }) => {
      globalThis.session = await AuthSession.open(options);
      await session.login(ALICE);
      return session.getSnapshot().extra;
    }, { options: {
      ...ISOLATED, baseUrl: server.url, reply: { accessToken: "/access", refreshToken: "/refresh" }, refresh: { by, ...(by !== "never" && { url: "/renew" }) },
    } });
    assert.deepEqual(extra, { plan: "free" });
    assert.deepEqual((await placesOf(page, ["the-refresh-token-1"])).found, []);
  });

stage("an isolated session keeps itself in memory: it is gone after a reload, and other storages are refused", { options: ISOLATED }, async ({ run, page, open }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    const refused = [];
    for (const storage of ["local", "session", "indexeddb", { getItem() {}, setItem() {}, removeItem() {} }]) {
      refused.push((await outcome(AuthSession.open({ ...options, storage }))).error);
    }
    return { refused, capabilities: session.capabilities, storage: session.getSnapshot().storage };
  });
  assert.deepEqual(seen.refused.map(({ code, option }) => [code, option]), Array(4).fill(["invalid_options", "storage"]));
  assert.equal(seen.storage, "memory");
  assert.equal(seen.capabilities.sharedWithTabs, false);
  await open(page);
  assert.equal(await run(async ({ options }) => (await AuthSession.open(options)).getSnapshot().status), "signed_out");
});

stage("a row that sends a readable cookie back cannot be isolated, for no worker can read it", { dialect: "geolens", options: { ...ISOLATED, preset: "geolens-cookie" } }, async ({ run }) => {
  const { error } = await run(({ options }) => outcome(AuthSession.open(options)));
  assert.deepEqual([error.code, error.option], ["invalid_options", "isolation"]);
});

stage("new AuthSession refuses isolation, and an unknown kind of it is an error", {}, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    await AuthSession.open(options);
    const made = await attempt(() => new AuthSession({ ...options, isolation: "worker" }));
    return [made, await outcome(AuthSession.open({ ...options, isolation: "iframe" }))].map(({ error }) => [error.code, error.option]);
  });
  assert.deepEqual(seen, [["invalid_options", "isolation"], ["invalid_options", "isolation"]]);
});

stage("a disposed session's own worker is gone once what was on its way is through", { options: ISOLATED }, async ({ run, page, backend, requests }) => {
  await run(async ({ options }) => {
    globalThis.session = await AuthSession.open(options);
    await session.login(ALICE);
  });
  assert.equal(page.workers().length, 1);
  backend.fault({ on: "refresh", kind: "delay", ms: 500 });
  const seen = await run(async () => {
    const refresh = outcome(session.refresh());
    await sleep(100);
    session.dispose();
    return refresh;
  });
  assert.equal(seen.error.code, "disposed");
  assert.equal(page.workers().length, 1);
  await page.waitForTimeout(1_500);
  assert.equal(page.workers().length, 0);
  assert.deepEqual(requests("refresh").map(({ status }) => status), [200]);
});

stage("from the call of logout() on no token is handed out, though the worker is still to hear of it", { options: ISOLATED }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    const start = performance.now();
    const signedOut = next(session, "signed_out").then(() => performance.now() - start);
    const logout = session.logout();
    const { error } = await outcome(session.accessToken());
    return { code: error?.code, ms: await signedOut, logout: await logout };
  });
  assert.equal(seen.code, "session_ended");
  assert.ok(seen.ms < 50, `${seen.ms} ms`);
  assert.equal(seen.logout.revoked, "refresh_token");
});

stage("from the call of logout() on no token is handed out, also to who asked before and is still to be answered", { options: ISOLATED }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    // The token in hand is not enough for this caller, so that the worker is asked.
    const asked = timed(session.accessToken({ minValidityMs: 3_600_000 }));
    const logout = session.logout();
    const { value, error, ms } = await asked;
    await logout;
    const later = (await outcome(session.accessToken())).error;
    await session.login(ALICE);
    return { value, code: error?.code, reason: error?.reason, messages: [error?.message, later?.message], ms, after: typeof (await session.accessToken()) };
  });
  assert.deepEqual([seen.value, seen.code, seen.reason, seen.after], [undefined, "session_ended", "logged_out", "string"]);
  assert.deepEqual(seen.messages, Array(2).fill("there is no session: log in (logged_out)"));
  assert.ok(seen.ms < 50, `${seen.ms} ms`);
});

stage("objects that a framework watches by a Proxy are credentials like any other; functions and cycles are refused", { options: ISOLATED }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(new Proxy(options, {}));
    const cycle = { ...ALICE };
    cycle.more = cycle;
    const bad = [{ ...ALICE, more: () => {} }, cycle, { get username() { throw new Error("a getter") } }, null, "text"];
    const errors = [];
    for (const one of bad) errors.push((await outcome(session.login(one))).error);
    const { error } = await outcome(session.login(new Proxy({ ...ALICE }, {})));
    return { errors, error, status: session.getSnapshot().status };
  });
  assert.deepEqual(seen.errors.map(({ code, option }) => [code, option]), Array(5).fill(["invalid_options", "credentials"]));
  assert.equal(seen.error, undefined);
  assert.equal(seen.status, "active");
});

stage("f130 a refusal whose body cannot be sent to the worker, as a mock may give it, has broken off", { options: ISOLATED }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    const body = new ReadableStream({ pull: (stream) => stream.enqueue(() => {}) });
    Response.prototype.clone = function () {
      return Object.defineProperty(new Response(null, { status: this.status }), "body", { value: body });
    };
    const { value, pending } = await outcome(session.rejection(new Response("no", { status: 403 })), 5_000);
    return pending ?? [value.code, value.status, await session.restore()];
  });
  assert.deepEqual(seen, ["forbidden", 403, false]);
});

stage("f130 what is small and yet endless to walk is refused before it is sent to the worker, and the page goes on", { options: ISOLATED }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const { VALUES } = await import("/values.js");
    const session = await AuthSession.open(options);
    const cycle = {};
    Object.assign(cycle, { left: cycle, right: cycle });
    const values = [VALUES["a small thing that is endless to walk"](), VALUES["a list of four billion holes"](), cycle];
    const calls = values.flatMap((value) => [session.login(value), session.adopt({ more: value }), AuthSession.open({ ...options, request: value })]);
    const codes = (await Promise.all(calls.map((call) => outcome(call)))).map(({ error }) => error?.code);
    await session.login(ALICE);
    return { codes: [...new Set(codes)], status: session.getSnapshot().status };
  });
  assert.deepEqual(seen, { codes: ["invalid_options"], status: "active" });
});

stage("a worker that cannot be started is module_load with the reason worker", {
  init: () => {
    const Real = Worker;
    globalThis.Worker = class extends Real {
      constructor(url, options) {
        super(globalThis.workerAt ?? url, options);
      }
    };
  },
  options: ISOLATED,
}, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    globalThis.workerAt = "/nowhere/worker.js";
    const missing = await outcome(AuthSession.open(options));
    globalThis.workerAt = "https://127.0.0.1:9/worker.js";
    const foreign = await outcome(AuthSession.open(options));
    globalThis.workerAt = undefined;
    return { missing, foreign, after: (await AuthSession.open(options)).getSnapshot().status };
  });
  for (const { error } of [seen.missing, seen.foreign]) assert.deepEqual([error.code, error.reason], ["module_load", "worker"]);
  assert.equal(seen.after, "signed_out");
});

stage("a call that is made while the page is left, with keepalive, reaches the server", { dialect: null }, async ({ t, run, page }) => {
  const server = await startRawServer(t, (request, response) => response.end(request.url === "/oauth/token" ? tokens() : "{}"));
  await run(async ({ url }) => {
    globalThis.session = await AuthSession.open({ baseUrl: url, preset: "oauth2-form", isolation: "worker" });
    await session.login(ALICE);
    addEventListener("pagehide", () => void session.fetch(`${url}/last`, { method: "POST", body: "words", keepalive: true }));
  }, { url: server.url });
  await page.goto("about:blank");
  const last = () => server.requests.filter(({ url }) => url === "/last").map(({ headers, text }) => `${headers.authorization} ${text}`);
  for (let tries = 0; tries < 40 && last().length === 0; tries += 1) await new Promise((done) => setTimeout(done, 50));
  assert.deepEqual(last(), ["Bearer access-token words"]);
});

stage("f53 a burst of calls to refresh() is one refresh, in a worker as anywhere", { options: ISOLATED }, async ({ run, requests }) => {
  const errors = await run(async ({ options }) => {
    const session = await AuthSession.open({ ...options, refreshMode: "on-demand" });
    await session.login(ALICE);
    const results = await Promise.all(Array.from({ length: 3_000 }, () => outcome(session.refresh())));
    return results.filter(({ error, pending }) => error || pending);
  });
  assert.deepEqual(errors, []);
  assert.equal(requests("refresh").length, 1);
});

stage("f138 under require-trusted-types-for 'script' the worker starts, and nothing violates the policy", {
  at: "/strict",
  options: ISOLATED,
  init: () => {
    globalThis.violations = [];
    addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => violations.push(`${effectiveDirective} ${blockedURI}`));
  },
}, async ({ run, page }) => {
  assert.equal(await run(login), 200);
  assert.equal(page.workers().length, 1);
  assert.deepEqual(await run(() => violations), []);
  // The policy is in force: what it forbids is refused, and reported.
  assert.match(await run(() => { try { return String(new Worker("/worker.js")); } catch (error) { return error.message; } }), /TrustedScriptURL/);
});

stage("where a page allows other trusted types policies only, and requires none, the worker starts", { options: ISOLATED }, async ({ run, page }) => {
  await run(() => {
    const policy = Object.assign(document.createElement("meta"), { httpEquiv: "Content-Security-Policy", content: "trusted-types theirs" });
    document.head.append(policy);
  });
  assert.equal(await run(login), 200);
  assert.equal(page.workers().length, 1);
});

stage("the limits of use count in a worker as well: what is done in the page is heard there", { options: { ...ISOLATED, idleTimeoutMs: 4_000 } }, async ({ run, page }) => {
  await run(async ({ options }) => {
    globalThis.session = await AuthSession.open(options);
    await session.login(ALICE);
  });
  for (let times = 0; times < 5; times += 1) {
    await page.waitForTimeout(1_200);
    await page.keyboard.press("a");
  }
  assert.equal(await run(() => session.getSnapshot().status), "active");
  await page.waitForTimeout(6_000);
  assert.deepEqual(await run(() => [session.getSnapshot().status, session.getSnapshot().endReason]), ["signed_out", "idle"]);
});

stage("a refusal whose body never ends is read for as long as a request may take, and the session goes on", { options: { ...ISOLATED, timeoutMs: 500 } }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    let cancelled = 0;
    const endless = () => new ReadableStream({
      pull: async (stream) => (await sleep(50), stream.enqueue(new TextEncoder().encode("more "))),
      cancel: () => void (cancelled += 1),
    });
    const { error, value } = await outcome(session.rejection(new Response(endless(), { status: 401 })), 5_000);
    const success = new Response(endless(), { status: 200 });
    const none = await session.rejection(success);
    await success.body.cancel();
    await sleep(300);
    const token = await outcome(session.accessToken());
    return { error, code: value?.code, none, token: typeof token.value, refreshed: (await outcome(session.refresh())).error, cancelled };
  });
  assert.equal(seen.error, undefined);
  assert.equal(typeof seen.code, "string");
  assert.deepEqual([seen.none, seen.token, seen.refreshed], [null, "string", undefined]);
  // Only when both halves of an answer are let go is its source.
  assert.equal(seen.cancelled, 1);
});

stage("logouts one after the other, with a login between, leave no token in hand", { options: ISOLATED }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    const told = [];
    session.onToken((token) => told.push(token === null ? null : "token"));
    await sleep(0);
    const calls = [session.logout(), session.login(ALICE), session.logout()].map((promise) => outcome(promise));
    await Promise.all(calls);
    await sleep(100);
    return { told, status: session.getSnapshot().status, token: (await outcome(session.accessToken())).error?.code };
  });
  assert.deepEqual(seen, { told: ["token", null], status: "signed_out", token: "session_ended" });
});

stage("explain() and capabilities tell of an isolated session what they tell of any", { options: ISOLATED }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    await session.logout();
    // Whoever turns the list round has a list of their own.
    session.explain().reverse()[0].what = "changed";
    return { steps: session.explain().map(({ what }) => what), capabilities: session.capabilities, frozen: Object.isFrozen(session.capabilities) };
  });
  assert.ok(["sent", "reply", "signed_in", "signed_out"].every((what) => seen.steps.includes(what)), seen.steps.join());
  assert.ok(!seen.steps.includes("changed") && seen.steps.indexOf("signed_in") < seen.steps.indexOf("signed_out"), seen.steps.join());
  assert.deepEqual([seen.capabilities.fence, seen.capabilities.storage, seen.frozen], ["none", "memory", true]);
});

stage("f53 a refusal that a busy page hears of only after its worker has renewed the token causes no other refresh", { dialect: null }, async ({ t, run }) => {
  let issued = 0;
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
  const server = await startRawServer(t, async (request, response) => {
    if (request.url === "/oauth/token") {
      const isRefresh = request.text.includes("grant_type=refresh_token");
      if (isRefresh) await sleep(300);
      issued += 1;
      return response.end(tokens({ access_token: `token-${issued}`, refresh_token: `refresh-${issued}` }));
    }
    const isTaken = request.headers.authorization === `Bearer token-${issued}` && issued > 1;
    if (!isTaken && request.url === "/late") await sleep(150);
    return response.writeHead(isTaken ? 200 : 401).end("{}");
  });
  const statuses = await run(async ({ url }) => {
    const session = await AuthSession.open({ baseUrl: url, preset: "oauth2-form", refreshMode: "on-demand", isolation: "worker" });
    await session.login(ALICE);
    const calls = [session.fetch(`${url}/soon`), session.fetch(`${url}/late`)];
    // The first is refused, and the worker renews; the refusal of the second, and then the news, find the page at work.
    await sleep(120);
    for (const end = performance.now() + 800; performance.now() < end; );
    return Promise.all(calls.map(async (call) => (await call).status));
  }, { url: server.url });
  assert.deepEqual([statuses, issued], [[200, 200], 2]);
});
