// Whatever a caller hands in: a typed error or a right answer, never a trap or a hang.
import assert from "node:assert/strict";
import { useApiStage } from "./support/api-stage.js";

const { test } = useApiStage();

/** One that is named keeps a session out of a worker. */
const STORAGE = process.env.ISOLATION ? undefined : "memory";

/** These throw at once; all others answer by promise. */
const THROW = ["new AuthSession(…)", "on(…)", 'on("warning", …)', "subscribe(…)", "onToken(…)"];
/** These are `fetch`, whose errors are the browser's, or the caller's own. */
const LIKE_FETCH = /^(fetch|authorize)\(/;
const NATIVE = ["TypeError", "RangeError", "SyntaxError", "DataCloneError", "InvalidStateError", "AbortError", "Own"];

test("f130 f107 every value in every place of the interface gives a typed error or an answer, and the session goes on", {}, async ({ run, page }) => {
  page.setDefaultTimeout(120_000);
  const seen = await run(async ({ url, options, storage }) => {
    const { VALUES, PLACES } = await import("/values.js");
    const given = { AuthSession, options: { ...options, baseUrl: url, storage, timeoutMs: 2000 }, url: `${url}/me` };
    const strange = [];
    let count = 0;
    const begin = async () => {
      given.session = await AuthSession.open(given.options);
      await given.session.login(ALICE);
    };
    for (const [place, use] of Object.entries(PLACES)) {
      await begin();
      for (const [name, make] of Object.entries(VALUES)) {
        const result = await attempt(() => use(given, make()), 5000);
        count += 1;
        strange.push({ place, name, thrown: result.thrown ?? false, pending: result.pending ?? false, error: result.error ?? null });
      }
      given.session.dispose();
    }
    await begin();
    return { count, strange, status: given.session.getSnapshot().status, token: typeof (await given.session.accessToken()) };
  }, { storage: STORAGE });
  assert.ok(seen.count > 2500, `${seen.count}`);
  const wrong = seen.strange.filter(({ place, thrown, pending, error }) => {
    if (pending || error?.code === "trapped") return true;
    if (!error) return false;
    if (thrown && !THROW.includes(place)) return true;
    return !error.isAuthError && !(LIKE_FETCH.test(place) && NATIVE.includes(error.name));
  });
  assert.deepEqual(wrong.map(({ place, name, error, thrown, pending }) => `${place} with ${name}: ${pending ? "pending" : `${thrown ? "thrown " : ""}${error.code ?? error.name}: ${error.message}`}`), []);
  assert.deepEqual([seen.status, seen.token], ["active", "string"]);
});

test("f130 texts of a hundred megabytes are sent, refused or kept out, and the session goes on", {}, async ({ run, api, page }) => {
  page.setDefaultTimeout(400_000);
  const seen = await run(async ({ url, options }) => {
    const huge = "x".repeat(100_000_000);
    const within = (promise) => outcome(promise, 200_000);
    const open = (more) => AuthSession.open({ ...options, baseUrl: url, namespace: "other", ...more });
    const outcomes = [
      await within(session.login({ username: "alice", password: huge })),
      await within(session.adopt({ access_token: huge })),
      await within(session.adopt({ access_token: "adopted", refresh_token: "adopted", note: huge })),
      await within(session.fetch(`${url}/me`, { method: "POST", body: huge })),
      await within(session.fetch(`${url}/${huge}`)),
      await within(session.rejection(new Response(huge, { status: 400 }))),
      await within(open({ namespace: huge })),
      await within(open({ baseUrl: `https://example.com/${huge}` })),
      await attempt(() => session.on(huge, () => {})),
    ].map(({ error, pending }) => (pending ? "pending" : (error?.code ?? error?.name ?? "done")));
    await session.login(ALICE);
    return { outcomes, shown: JSON.stringify(session).length < 10_000, token: typeof (await session.accessToken()) };
  });
  assert.ok(!seen.outcomes.includes("pending") && !seen.outcomes.includes("trapped"), seen.outcomes.join());
  assert.deepEqual([seen.shown, seen.token], [true, "string"]);
  assert.ok(api.requests.some(({ text }) => text.length >= 100_000_000), "one arrived whole");
});

test("f123 two thousand callers at once, each asking for something else, are all answered, by a bounded number of requests", {}, async ({ run, api }) => {
  const seen = await run(async ({ url }) => {
    const calls = [
      () => session.accessToken(), () => session.refresh(), () => session.restore(), () => session.accessToken({ minValidityMs: 10 }),
      () => session.fetch(`${url}/me`).then((response) => response.text()), () => session.authorize(`${url}/me`),
      () => session.rejection(new Response("no", { status: 403 })), () => session.accessToken({ signal: AbortSignal.timeout(1) }),
      () => session.explain(), () => session.on("refreshed", () => session.refresh())(),
    ];
    const results = await Promise.all(Array.from({ length: 2000 }, (_, index) => attempt(calls[index % calls.length], 60_000)));
    return {
      pending: results.filter(({ pending }) => pending).length,
      errors: [...new Set(results.filter(({ error }) => error).map(({ error }) => error.code ?? error.name))],
      status: session.getSnapshot().status,
    };
  });
  assert.equal(seen.pending, 0);
  assert.deepEqual(seen.errors.filter((code) => code !== "aborted"), []);
  assert.equal(seen.status, "active");
  assert.ok(api.refreshes <= 2, `${api.refreshes} refreshes`);
});

test("f128 listeners that throw, never end or answer with nonsense disturb nobody", { uncaught: Array(6).fill("a listener's own") }, async ({ run }) => {
  const seen = await run(async () => {
    const bad = () => [
      () => { throw new Error("a listener's own"); },
      async () => { await new Promise(() => {}); },
      () => ({ then: () => {} }),
      () => new Proxy({}, { get: () => { throw new Error("never read"); } }),
      function () { return this?.nothing; },
    ];
    for (const listener of bad()) {
      session.subscribe(listener);
      session.onToken(listener);
      session.on("refreshed", listener);
    }
    const told = [];
    session.on("refreshed", () => told.push("refreshed"));
    session.onToken((token) => told.push(typeof token));
    await sleep(0);
    told.length = 0;
    const done = [await outcome(session.refresh()), await outcome(session.accessToken())];
    await sleep(50);
    return { told: told.sort(), errors: done.map(({ error }) => error ?? null) };
  });
  assert.deepEqual(seen, { told: ["refreshed", "string"], errors: [null, null] });
});

test("a token listener that was stopped at once is never told", {}, async ({ run }) => {
  const told = await run(async () => {
    const told = [];
    session.onToken((token) => told.push(token))();
    await sleep(50);
    return told;
  });
  assert.deepEqual(told, []);
});
