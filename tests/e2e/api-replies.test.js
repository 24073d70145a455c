// Whatever a server answers: a typed error or a right answer, and a session that is there stays.
import assert from "node:assert/strict";
import { startRawServer, tokens } from "./support/raw-server.js";
import { useStage } from "./support/stage.js";
import { createChance } from "./support/urls.js";

const stage = useStage();
const SEED = Number(process.env.SEED ?? 20261122);

const STATUSES = [200, 200, 200, 201, 202, 203, 204, 205, 206, 226, 299, 300, 304, 400, 401, 403, 404, 409, 418, 422, 429, 451, 499, 500, 502, 503, 504, 520, 599];
const TYPES = ["application/json", "application/json", "text/html", "application/problem+json", "", "nonsense", "application/json; charset=utf-16", "multipart/form-data", "\u00ff\u00fe"];
const HEADERS = [
  {}, {}, { "retry-after": "-1" }, { "retry-after": "1e400" }, { "retry-after": "Thu, 99 Foo 2999 99:99:99 GMT" }, { "www-authenticate": `Bearer error="${"x".repeat(5000)}` },
  { "www-authenticate": 'Bearer error="invalid_token", error=' }, { date: "never" }, { "content-encoding": "gzip" }, { "set-cookie": "refresh_token_lf=x; HttpOnly" },
];
const REPLY = { access_token: "access-token", token_type: "Bearer", expires_in: 3600, refresh_token: "refresh-token", scope: "all", error: "invalid_grant", error_description: "no", detail: [{ loc: ["body", "password"], msg: "m" }] };
const ODD = ["null", "true", "-1", "0", "1e308", "1e400", "[]", "{}", '""', '"\\ud800"', '"\\u0000\\r\\n"', '"é"', `"${"x".repeat(20_000)}"`, `${"[".repeat(200)}${"]".repeat(200)}`, '{"__proto__":{"a":1}}', '{"then":1,"toJSON":2}', '[[["x"]]]', '"DPoP"'];

/** Bytes of an answer: noise, JSON that is nearly right, JSON of odd values, and either cut off or changed somewhere. */
function bytesOf(chance) {
  const pick = (list) => list[chance(list.length)];
  const noise = () => Buffer.from(Array.from({ length: chance(400) }, () => chance(256)));
  const odd = () => {
    const members = Object.entries(REPLY).filter(() => chance(3) > 0).map(([name, value]) => [name, chance(3) ? JSON.stringify(value) : pick(ODD)]);
    return Buffer.from(`{${[...members, ["also", pick(ODD)]].map(([name, value]) => `"${name}":${value}`).join(",")}}`);
  };
  const fixed = [Buffer.alloc(0), Buffer.from("\ufeff{}"), Buffer.from("<html>"), Buffer.from("null"), Buffer.from('"text"'), Buffer.from("[".repeat(100_000)), Buffer.from(`[${"{},".repeat(90_000)}{}]`), Buffer.alloc(1_100_000, 0x20)];
  const bytes = [noise, odd, odd, odd, () => pick(fixed)][chance(5)]();
  if (chance(4) === 0) return bytes.subarray(0, chance(bytes.length + 1));
  if (chance(4) === 0 && bytes.length > 0) bytes[chance(bytes.length)] = chance(256);
  return bytes;
}

function answerOf(chance) {
  const pick = (list) => list[chance(list.length)];
  return { status: pick(STATUSES), headers: { "content-type": pick(TYPES), ...pick(HEADERS) }, bytes: bytesOf(chance), ends: pick(["whole", "whole", "whole", "whole", "short", "torn"]) };
}

/** Answers with it: whole, shorter than it says it is, or torn off. */
function give({ status, headers, bytes, ends }, response) {
  const bare = status === 204 || status === 205 || status === 304;
  response.writeHead(status, { ...headers, ...(ends === "short" && !bare && { "content-length": bytes.length + 7 }) });
  if (ends === "whole" || bare) return response.end(bare ? undefined : bytes);
  response.write(bytes, () => response.destroy());
  return undefined;
}

// `shows`: of bytes that are no answer, nobody can tell which would have been a token.
for (const kind of ["login", "refresh", "logout"])
  stage(`f28 f29 f50 any bytes in answer to a ${kind} give a typed error or a session, and never a trap or a hang`, { dialect: null, shows: true }, async ({ t, run, page }) => {
    page.setDefaultTimeout(120_000);
    const chance = createChance(SEED);
    const count = 60;
    let hostile = null;
    const server = await startRawServer(t, (request, response) => {
      const is = request.url === "/oauth/revoke" ? "logout" : request.text.includes("grant_type=refresh_token") ? "refresh" : "login";
      if (is === kind && hostile) return give(hostile, response);
      return response.end(tokens({ refresh_token: "refresh-token" }));
    });
    await page.exposeFunction("arm", () => void (hostile = answerOf(chance)));
    await page.exposeFunction("disarm", () => void (hostile = null));
    const results = await run(async ({ url, kind, count }) => {
      const results = [];
      const open = () => AuthSession.open({ baseUrl: url, storage: "memory", refreshMode: "on-demand", timeoutMs: 3000, logoutTimeoutMs: 3000 });
      let session = await open();
      for (let index = 0; index < count; index += 1) {
        const isLogin = kind === "login";
        if (!isLogin && session.getSnapshot().status !== "active") {
          await disarm();
          // A refused refresh is waited for by those that follow: a session of its own for each.
          session.dispose();
          session = await open();
          await session.login(ALICE);
        }
        await arm();
        const calls = { login: () => session.login(ALICE), refresh: () => session.refresh({ signal: AbortSignal.timeout(300) }), logout: () => session.logout() };
        const { value, error, pending } = await outcome(calls[kind](), 10_000);
        const { status } = session.getSnapshot();
        const shown = attempt(() => JSON.stringify([session, session.explain(), error]));
        results.push({ code: error?.code ?? error?.name ?? null, typed: error?.isAuthError ?? true, pending: pending ?? false, server: value?.server, status, shown: (await shown).error ?? null });
        if (kind === "refresh" && error) {
          session.dispose();
          session = await open();
          await disarm();
          await session.login(ALICE);
        }
      }
      await disarm();
      await session.login(ALICE);
      return { results, after: await session.accessToken() };
    }, { url: server.url, kind, count });
    assert.equal(results.after, "access-token");
    const tally = {};
    for (const [index, result] of results.results.entries()) {
      const story = `seed ${SEED}, number ${index}: ${JSON.stringify(result)}`;
      assert.ok(!result.pending && result.typed && result.code !== "trapped" && result.shown === null, story);
      if (kind === "logout") assert.ok(result.code === null && result.status === "signed_out" && ["revoked", "failed"].includes(result.server), story);
      // A session ends by a refusal alone, not by an answer that nobody understands.
      if (kind === "refresh") assert.equal(result.status, result.code === "session_ended" ? "signed_out" : "active", story);
      const name = result.server ?? result.code ?? "done";
      tally[name] = (tally[name] ?? 0) + 1;
    }
    t.diagnostic(JSON.stringify(tally));
    assert.ok(Object.keys(tally).length >= 2 && Math.max(...Object.values(tally)) < count, JSON.stringify(tally));
  });

stage("f84 an instant without a zone is UTC, wherever the page is", { dialect: null }, async ({ t, run, page }) => {
  const until = new Date(Math.ceil(Date.now() / 1000) * 1000 + 1_800_000);
  const server = await startRawServer(t, (_request, response) =>
    response.end(JSON.stringify({ access_token: "access-token", until: until.toISOString().replace("Z", "000") })));
  const devtools = await page.context().newCDPSession(page);
  for (const timezoneId of ["America/New_York", "Asia/Kolkata"]) {
    await devtools.send("Emulation.setTimezoneOverride", { timezoneId });
    const leftMs = await run(async ({ baseUrl }) => {
      const session = await AuthSession.open({ baseUrl, storage: "memory", reply: { lifetime: [{ at: "/until", as: "iso8601" }] } });
      await session.login(ALICE);
      const { issuedAtMs, expiresAtMs } = session.getSnapshot();
      session.dispose();
      return expiresAtMs - issuedAtMs;
    }, { baseUrl: server.url });
    assert.ok(Math.abs(leftMs - 1_800_000) < 60_000, `${timezoneId}: ${leftMs} ms`);
  }
});
