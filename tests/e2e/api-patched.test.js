// A page in which something else stands in the place of what every script shares. Against script that means ill nothing can be promised; what
// wraps or extends must not disturb, and what breaks for a while must leave nobody waiting and nothing broken behind.
import assert from "node:assert/strict";
import { NOT_ISOLATED, useStage } from "./support/stage.js";

const stage = useStage();
/** A page keeps the memory of its modules for a while. */
const A_PAGE = 8;
const STEPS = ["open", "login", "accessToken", "refresh", "fetch", "rejection", "explain", "logout", "afterwards"];

/** In the page: every step with the patch in place, put there before or after the package was loaded; and a login without it. */
async function goThrough({ options, name, when }) {
  const { then } = Promise.prototype;
  const { apply } = Reflect;
  const { PATCHES } = await import("/patches.js");
  const timer = setTimeout.bind(globalThis);
  const settled = (call) => new Promise((done) => {
    timer(done, 15_000, "pending");
    try {
      const answer = call();
      if (!(answer instanceof Promise)) return done("done");
      apply(then, answer, [() => done("done"), (error) => done(error?.code ?? `${error?.name}: ${error?.message}`)]);
    } catch (error) {
      done(error?.code ?? `${error?.name}: ${error?.message}`);
    }
  });
  const given = { ...options, storage: "memory", namespace: name, timeoutMs: 2000, refreshMode: "on-demand" };
  let undo = when === "before" ? PATCHES[name]() : null;
  const seen = {};
  try {
    const { AuthSession } = await import(`/dist/index.js?${when} ${name}`);
    if (!undo) await AuthSession.open({ ...given, namespace: "first" });
    undo ??= PATCHES[name]();
    let session;
    const credentials = { username: "alice", password: "alice-password" };
    const steps = {
      open: async () => void (session = await AuthSession.open(given)),
      login: () => session.login(credentials),
      accessToken: () => session.accessToken(),
      refresh: () => session.refresh(),
      fetch: () => session.fetch(`${options.baseUrl}/api/me`),
      rejection: () => session.rejection(new Response("no", { status: 403 })),
      explain: () => session.explain(),
      logout: () => session.logout(),
      afterwards: async () => {
        undo();
        session ??= await AuthSession.open(given);
        await session.login(credentials);
        await session.accessToken();
        session.dispose();
      },
    };
    for (const step in steps) if (Object.hasOwn(steps, step)) seen[step] = session || step === "open" || step === "afterwards" ? await settled(steps[step]) : "no session";
  } finally {
    undo();
  }
  return seen;
}

async function results({ open, run, page }, when, chosen) {
  const names = await page.evaluate(async () => Object.keys((await import("/patches.js")).PATCHES));
  const all = [];
  for (const name of names.filter(chosen)) {
    if (all.length % A_PAGE === 0) await open();
    all.push([name, await run(goThrough, { name, when })]);
  }
  assert.ok(all.length > 40, `${all.length}`);
  return all;
}

/** Without a way to withdraw, a lock is kept until its deadline, which is longer than this test. */
const KEEPS_THE_LOCK = "AbortController.prototype.abort throws";
const isHarmless = (name) => !name.endsWith("throws");
const complaints = (all, isFine) => all.flatMap(([name, seen]) => STEPS.filter((step) => !isFine(seen[step], step)).map((step) => `${name}: ${step} is ${seen[step]}`));

for (const when of ["before", "after"])
  stage(`f137 what is patched ${when} the package is loaded, and calls through, disturbs nothing`, { load: false }, async (stage) => {
    const all = await results(stage, when, isHarmless);
    assert.deepEqual(complaints(all, (seen) => seen === "done"), []);
  });

stage("f137 what throws where it never did leaves nobody waiting, and once it is gone everything goes on", { load: false, uncaught: null }, async (stage) => {
  const all = await results(stage, "after", (name) => !isHarmless(name) && name !== KEEPS_THE_LOCK);
  assert.deepEqual(complaints(all, (seen, step) => (step === "afterwards" ? seen === "done" : typeof seen === "string" && seen !== "pending")), []);
});

stage("f137 what has been put on Object.prototype comes into no request", {}, async ({ run, page, backend }) => {
  const requests = [];
  page.on("request", (request) => request.url().startsWith(backend.url) && requests.push(request));
  await run(async ({ options }) => {
    const names = { extraFields: { injected: "injected" }, injected: "injected", "x-injected": "injected", client_secret: "injected", clientSecret: "injected", scope: "injected" };
    for (const [name, value] of Object.entries(names)) Object.prototype[name] = value;
    try {
      const session = await AuthSession.open({ ...options, refreshMode: "on-demand" });
      await session.login({ username: "alice", password: "alice-password" });
      await session.refresh();
      await session.fetch(`${options.baseUrl}/api/me`);
      await session.logout();
    } finally {
      for (const name of Object.keys(names)) delete Object.prototype[name];
    }
  });
  assert.ok(requests.length >= 4);
  for (const request of requests) assert.ok(!JSON.stringify([request.url(), request.headers(), request.postData()]).includes("injected"), request.url());
});

stage("f137 a page's fetch that swallows failures, or reads what it hands on, is a typed error and no trap that costs a session in memory", {
  options: { storage: "memory", refreshMode: "on-demand" },
  isolated: NOT_ISOLATED.realm,
}, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const own = globalThis.fetch;
    const wrappers = [
      () => undefined,
      () => null,
      () => "offline",
      () => ({ ok: false }),
      async (...given) => {
        const response = await own(...given);
        response.body.getReader();
        return response;
      },
    ];
    // Side by side, since a failure is tried again for a while: each has an address of its own, which says whose request it is.
    const sessions = await Promise.all(wrappers.map(async (_, index) => {
      const session = await AuthSession.open({ ...options, namespace: String(index), refresh: { by: "endpoint", url: `/oauth/token?${index}`, encoding: "form", constants: { grant_type: "refresh_token" }, field: "refresh_token" } });
      await session.login(ALICE);
      return session;
    }));
    globalThis.fetch = async (...given) => wrappers[new URL(new Request(given[0]).url).search.slice(1)](...given);
    const failures = await Promise.all(sessions.map((session) => outcome(session.refresh())));
    globalThis.fetch = own;
    return Promise.all(sessions.map(async (session, index) => {
      const { error } = failures[index];
      return [error?.isAuthError && error.code, session.getSnapshot().status, typeof (await session.accessToken())];
    }));
  });
  // What cannot be read of the last is no reply, and when its token is sent again no refusal that ends anything.
  assert.ok(["invalid_response", "rejected"].includes(seen.at(-1)[0]), seen.at(-1)[0]);
  assert.deepEqual(seen.map(([code, ...after], index) => [index < 4 && code, ...after]), [...Array(4).fill(["network", "active", "string"]), [false, "active", "string"]]);
});
