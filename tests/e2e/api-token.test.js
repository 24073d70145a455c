// accessToken() and refresh(): handed out at once, renewed once, and never timed beyond an hour.
import assert from "node:assert/strict";
import { useStage } from "./support/stage.js";

const stage = useStage();
const ON_DEMAND = { refreshMode: "on-demand" };

stage("accessToken() of a valid token is the same promise every time, and resolved already", {}, async ({ run, requests }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    const promise = session.accessToken();
    const order = [];
    promise.then(() => order.push("token"));
    Promise.resolve().then(() => order.push("microtask"));
    await sleep(0);
    return { same: promise === session.accessToken() && promise === session.accessToken({}), order, type: typeof (await promise) };
  });
  assert.deepEqual(seen, { same: true, order: ["token", "microtask"], type: "string" });
  assert.equal(requests("refresh").length, 0);
});

stage("minValidityMs refreshes first when less is left, and once even where no token lasts that long", { accessLifetimeS: 6, options: ON_DEMAND }, async ({ run, requests }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    const first = await session.accessToken();
    await sleep(1200);
    const [same, renewed] = [await session.accessToken({ minValidityMs: 1000 }), await session.accessToken({ minValidityMs: 5000 })];
    const most = await outcome(session.accessToken({ minValidityMs: 60_000 }));
    return [same === first, renewed !== first, typeof most.value];
  });
  assert.deepEqual(seen, [true, true, "string"]);
  assert.equal(requests("refresh").length, 2);
});

stage("minValidityMs that is no number of milliseconds rejects with invalid_options", {}, async ({ run, requests }) => {
  const codes = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    const given = [-1, NaN, Infinity, "5", {}, 1n, true, Symbol("s")];
    return Promise.all(given.map(async (minValidityMs) => (await attempt(() => session.accessToken({ minValidityMs }))).error?.code));
  });
  assert.deepEqual(codes, Array(8).fill("invalid_options"));
  assert.equal(requests("refresh").length, 0);
});

stage("f53 a thousand callers with an expired token make one refresh and get the same token", { accessLifetimeS: 1, options: ON_DEMAND }, async ({ run, backend, requests }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    globalThis.session = session;
    await sleep(1100);
  });
  assert.equal(seen, undefined);
  backend.set({ accessLifetimeS: 3600 });
  const tokens = await run(async () => [...new Set(await Promise.all(Array.from({ length: 1000 }, () => session.accessToken())))].length);
  assert.equal(tokens, 1);
  assert.equal(requests("refresh").length, 1);
});

stage("refresh() joins the refresh that is running, and so does accessToken()", { options: ON_DEMAND }, async ({ run, backend, requests }) => {
  backend.fault({ on: "refresh", kind: "delay", ms: 300 });
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    const all = [session.refresh(), session.refresh(), session.accessToken({ minValidityMs: 3_600_000 })];
    await sleep(50);
    const activity = session.getSnapshot().activity;
    all.push(session.refresh());
    return [activity, ...(await Promise.all(all)).map((value) => typeof value)];
  });
  assert.deepEqual(seen, ["refreshing", "undefined", "undefined", "string", "undefined"]);
  assert.equal(requests("refresh").length, 1);
});

stage("f118 a signal frees its caller, before and while waiting, and the shared refresh goes on for the others", { options: ON_DEMAND }, async ({ run, backend, requests }) => {
  backend.fault({ on: "refresh", kind: "delay", ms: 600 });
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    const before = await timed(session.accessToken({ signal: AbortSignal.abort() }));
    const controller = new AbortController();
    const other = outcome(session.refresh());
    const [token, refresh] = [timed(session.accessToken({ minValidityMs: 3_600_000, signal: controller.signal })), timed(session.refresh({ signal: controller.signal }))];
    setTimeout(() => controller.abort("a reason of the caller's own"), 100);
    const freed = await Promise.all([token, refresh]);
    return { before, freed, other: await other };
  });
  assert.equal(seen.before.error.code, "aborted");
  for (const { error, ms } of seen.freed) {
    assert.equal(error.code, "aborted");
    assert.ok(ms < 400, `${ms} ms`);
  }
  assert.deepEqual(seen.other, { value: undefined });
  assert.equal(requests("refresh").length, 1);
});

stage("a signal that is none rejects with invalid_options", {}, async ({ run }) => {
  const codes = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    const calls = [{}, null, "stop", 5].flatMap((signal) => [() => session.accessToken({ signal }), () => session.refresh({ signal }), () => session.login(ALICE, { signal })]);
    return [...new Set(await Promise.all(calls.map(async (call) => (await attempt(call)).error?.code)))];
  });
  assert.deepEqual(codes, ["invalid_options"]);
});

stage("f130 a signal with properties of its own is heeded as the browser knows it", {}, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open({ ...options, refreshMode: "on-demand" });
    await session.login(ALICE);
    const odd = (signal, name) => Object.defineProperty(signal, name, { get: () => { throw new Error("a getter"); } });
    const ways = [(signal) => session.accessToken({ signal }), (signal) => session.accessToken({ signal, minValidityMs: 3_600_000 }), (signal) => session.refresh({ signal })];
    const seen = [];
    for (const name of ["aborted", "addEventListener", "removeEventListener"])
      for (const make of [() => new AbortController().signal, () => AbortSignal.abort()])
        for (const way of ways) {
          const { error, thrown, pending } = await attempt(() => way(odd(make(), name)));
          seen.push(thrown || pending ? `${name} ${error?.message}` : error ? (error.code ?? error.message) : "done");
        }
    return seen;
  });
  assert.deepEqual(seen, Array(3).fill([...Array(3).fill("done"), ...Array(3).fill("aborted")]).flat());
});

stage("f130 call options of a wrong kind reject, and never throw", {}, async ({ run }) => {
  const strange = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    const strange = [];
    for (const given of [null, 5, "text", [], () => {}])
      for (const [name, call] of Object.entries({
        login: () => session.login(ALICE, given), adopt: () => session.adopt({ access_token: "a" }, given),
        accessToken: () => session.accessToken(given), refresh: () => session.refresh(given), rejection: () => session.rejection(given),
      })) {
        const { error, thrown, pending } = await attempt(call);
        if (thrown || pending || (error && !error.isAuthError)) strange.push([name, String(given), error]);
      }
    return strange;
  });
  assert.deepEqual(strange, []);
});

stage("without a session accessToken() and refresh() reject with session_ended and the reason", {}, async ({ run, requests }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    const never = await outcome(session.accessToken());
    await session.login(ALICE);
    await session.logout();
    return [never, await outcome(session.accessToken()), await outcome(session.refresh())].map(({ error }) => [error.code, error.reason]);
  });
  assert.deepEqual(seen, Array(3).fill(["session_ended", "logged_out"]));
  assert.equal(requests("refresh").length, 0);
});

stage("f35 a refresh that was lost on the way is tried again for those who wait", { options: ON_DEMAND }, async ({ run, page, backend, requests }) => {
  let lost = 0;
  await run(async ({ options }) => {
    globalThis.session = await AuthSession.open(options);
    await session.login(ALICE);
  });
  await page.route(`${backend.url}/oauth/token`, (route) => ((lost += 1) === 1 ? route.abort("connectionreset") : route.continue()));
  const seen = await run(async () => {
    const events = record(session);
    const token = await outcome(session.accessToken({ minValidityMs: 3_600_000 }));
    return [typeof token.value, events.map(({ name, detail }) => [name, detail.error?.code])];
  });
  assert.deepEqual(seen, ["string", [["refresh_failed", "network"], ["refreshed", undefined]]]);
  assert.deepEqual([lost, requests("refresh").length], [2, 1]);
});

stage("f38 a server that fails does not end the session: those who wait get a token when it is back", { options: ON_DEMAND }, async ({ run, backend, requests }) => {
  backend.fault({ on: "refresh", kind: "status", status: 502, times: 2 });
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    const token = await outcome(session.accessToken({ minValidityMs: 3_600_000 }));
    return [typeof token.value, session.getSnapshot().status];
  });
  assert.deepEqual(seen, ["string", "active"]);
  assert.equal(requests("refresh").length, 3);
});

stage("f08 f83 no lifetime reaches setTimeout as more than an hour, less than nothing or no number, and none makes a loop", {
  dialect: null,
  init: () => {
    globalThis.delays = [];
    const own = setTimeout;
    globalThis.setTimeout = (act, delay, ...rest) => {
      delays.push(delay);
      return own(act, delay, ...rest);
    };
  },
}, async ({ run, page }) => {
  const seen = await run(async () => {
    let asked = 0;
    globalThis.fetch = ((own) => (...given) => ((asked += String(given[0].url ?? given[0]).includes("api.example")), own(...given)))(fetch);
    const lifetimes = [0, -5, 0.5, 61, 3600, 86_400 * 24.8, 86_400 * 25, 86_400 * 30, 2 ** 31, 2 ** 53, 1e308, Infinity, NaN, "3600", null, undefined, "abc"];
    for (const [index, expires_in] of lifetimes.entries()) {
      const session = await AuthSession.open({ baseUrl: "https://api.example.com", namespace: `${index}`, storage: "memory", refreshMode: index === 0 ? "on-demand" : "background" });
      await session.adopt({ access_token: "a", expires_in, ...(index > 2 && { refresh_token: "r" }) });
    }
    const set = [...delays];
    await sleep(300);
    return { set, strange: set.filter((delay) => !(delay >= 0 && delay <= 3_600_000)), longest: Math.max(...set), asked };
  });
  assert.ok(seen.set.length > 10, "timers were set");
  assert.deepEqual(seen.strange, []);
  assert.equal(seen.longest, 3_600_000);
  assert.equal(seen.asked, 0);
  await page.waitForTimeout(10);
});
