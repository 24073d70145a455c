// logout(): at once here, whatever the server does.
import assert from "node:assert/strict";
import { startRawServer, tokens } from "./support/raw-server.js";
import { useStage } from "./support/stage.js";

const stage = useStage();

/** In the page: logs in, breaks what is to break, logs out. */
async function logOut({ options, break: broken }) {
  const session = await AuthSession.open({ ...options, logoutTimeoutMs: 1000 });
  await session.login(ALICE);
  let told = 0;
  session.on("signed_out", () => void (told += 1));
  if (broken) await globalThis.breakIt();
  const logout = timed(session.logout());
  const atOnce = { ...session.getSnapshot() };
  // Microtasks only: no timer and no answer can come in between.
  await null;
  const toldAtOnce = told;
  const token = (await outcome(session.accessToken())).error?.code;
  const stored = JSON.stringify([{ ...localStorage }, { ...sessionStorage }]);
  const result = await logout;
  return {
    atOnce, token, toldAtOnce, told, stored, ms: result.ms, rejected: result.error,
    result: result.value && { ...result.value, error: result.value.error && described(result.value.error) },
    end: session.getSnapshot().activity,
  };
}

function assertAtOnce({ atOnce, token, toldAtOnce, told, stored, rejected, end }) {
  assert.deepEqual([atOnce.status, atOnce.endReason, token], ["signed_out", "logged_out", "session_ended"]);
  // What a core in a worker has to say comes a message later.
  assert.deepEqual([toldAtOnce, told], [process.env.ISOLATION === "worker" ? 0 : 1, 1], "subscribers are told in the same turn, and once");
  assert.ok(!/access_token":"|refresh_token":"/.test(stored), stored);
  assert.equal(rejected, undefined, "logout never rejects");
  assert.equal(end, null);
}

for (const [title, fault, code] of [
  ["a server that answers 500", { kind: "status", status: 500 }, "server"],
  ["a server that refuses", { kind: "status", status: 401 }, undefined],
  ["a server that never answers", { kind: "hang" }, "timeout"],
  ["a server that closes the connection", { kind: "drop-before" }, "network"],
])
  stage(`logout() signs out in the same turn and never rejects with ${title}`, { dialect: "geolens" }, async ({ run, backend }) => {
    backend.fault({ on: "logout", ...fault });
    const seen = await run(logOut);
    assertAtOnce(seen);
    assert.deepEqual([seen.result.server, seen.result.error.isAuthError], ["failed", true]);
    if (code) assert.equal(seen.result.error.code, code);
    assert.equal(seen.result.error.phase, "logout");
    assert.ok(seen.ms < 2500, `${seen.ms} ms`);
  });

stage("logout() signs out in the same turn and never rejects while offline", { dialect: "geolens" }, async ({ run, context, page }) => {
  await page.exposeFunction("breakIt", () => context.setOffline(true));
  const seen = await run(logOut, { break: true });
  assertAtOnce(seen);
  assert.deepEqual([seen.result.server, seen.result.error.code, seen.result.error.causes], ["failed", "network", ["offline"]]);
});

for (const [dialect, options, server, revoked] of [
  ["oauth2", {}, "revoked", "refresh_token"],
  ["oauth2", { refresh: { by: "never" } }, "revoked", "access_token"],
  ["geolens", {}, "revoked", "refresh_token"],
  ["langflow", {}, "revoked", "cookie"],
  ["fastapi", {}, "none", null],
])
  stage(`the result of a logout at ${dialect} ${JSON.stringify(options)} is ${server}, ${revoked}`, { dialect, options }, async ({ run }) => {
    const seen = await run(logOut);
    assertAtOnce(seen);
    assert.deepEqual(seen.result, { server, revoked, error: null });
  });

stage("a logout where nobody is signed in tells the server nothing", { dialect: "geolens" }, async ({ run, requests }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    const events = record(session);
    const results = [await session.logout(), await session.logout()];
    return { results, events };
  });
  assert.deepEqual(seen, { results: Array(2).fill({ server: "none", revoked: null, error: null }), events: [] });
  assert.equal(requests("logout").length, 0);
});

stage("f68 logouts at the same time are one, and all of them settle", { dialect: "geolens" }, async ({ run, requests }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    const events = record(session);
    const results = await Promise.all([session.logout(), session.logout(), session.logout()]);
    return { results, events: events.map(({ name }) => name) };
  });
  assert.deepEqual(seen.results, Array(3).fill({ server: "revoked", revoked: "refresh_token", error: null }));
  assert.deepEqual(seen.events, ["signed_out"]);
  assert.equal(requests("logout").length, 1);
});

stage("f68 a logout withdraws the login that is out: it does not sign in afterwards", { dialect: "geolens" }, async ({ run, backend }) => {
  backend.fault({ on: "login", kind: "delay", ms: 400 });
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    const login = outcome(session.login(ALICE));
    await sleep(50);
    await session.logout();
    await sleep(600);
    return { login: (await login).error.code, status: session.getSnapshot().status, stored: JSON.stringify({ ...localStorage }) };
  });
  assert.deepEqual([seen.login, seen.status], ["superseded", "signed_out"]);
  assert.ok(!seen.stored.includes("access_token\":\""), seen.stored);
});

stage("f64 f120 a logout while a refresh is out ends those who wait, and the new tokens are stored nowhere", { dialect: "geolens" }, async ({ run, backend }) => {
  backend.fault({ on: "refresh", kind: "delay", ms: 400 });
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    const waiting = [session.accessToken({ minValidityMs: 3_600_000 }), session.refresh()].map((promise) => timed(promise));
    await sleep(50);
    const result = await session.logout();
    const settled = await Promise.all(waiting);
    await sleep(300);
    return { settled, result, status: session.getSnapshot().status, stored: JSON.stringify([{ ...localStorage }, { ...sessionStorage }]) };
  });
  for (const { error, ms } of seen.settled) {
    assert.deepEqual([error.code, error.reason], ["session_ended", "logged_out"]);
    assert.ok(ms < 300, `${ms} ms`);
  }
  assert.equal(seen.status, "signed_out");
  assert.equal(seen.result.server, "revoked");
  assert.ok(!/(access|refresh)_token":"/.test(seen.stored), seen.stored);
});

stage("f45 a logout is not redirected either: the tokens go to nobody else", { dialect: null }, async ({ t, run }) => {
  const second = await startRawServer(t);
  const first = await startRawServer(t, ({ url }, response) =>
    url === "/oauth/revoke" ? response.writeHead(307, { location: `${second.url}/revoke` }).end() : response.end(tokens({ refresh_token: "refresh-canary" })));
  const seen = await run(logOut, { options: { baseUrl: first.url } });
  assertAtOnce(seen);
  assert.deepEqual([seen.result.server, seen.result.error.code], ["failed", "network"]);
  assert.equal(second.requests.length, 0);
});
