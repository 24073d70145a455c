// A FastAPI login whose errors are RFC 9457 problems with extension members, described by options alone.

import assert from "node:assert/strict";
import { server } from "./support/settings.js";
import { proves } from "./support/stage.js";

const options = {
  baseUrl: server("FASTAPI_PROBLEM"),
  preset: "oauth2-json",
  request: { password: { url: "/auth/login" } },
  refresh: { by: "endpoint", url: "/auth/refresh", encoding: "json" },
  end: { by: "none" },
};
const user = { username: "alice", password: "alice-canary-pass" };
const wrong = "wrong-canary-pass";

async function refusedLogins(stage, username, passwords) {
  return stage.run(
    async ({ options, username, passwords }) => {
      const session = await kit.open(options);
      const failures = [];
      for (const password of passwords) failures.push(await kit.failure(session.login({ username, password })));
      return failures;
    },
    { options, username, passwords },
  );
}

proves("Problem details: the JSON login opens /me, and every refresh sends the refresh token of the last reply", async (stage) => {
  const seen = await stage.run(
    async ({ options, user }) => {
      const session = await kit.open(options);
      await session.login(user);
      const tokens = [await session.accessToken()];
      for (let round = 0; round < 2; round += 1) {
        await session.refresh();
        tokens.push(await session.accessToken());
      }
      return { distinct: new Set(tokens).size, me: await kit.get(`${options.baseUrl}/me`, tokens.at(-1)) };
    },
    { options, user },
  );
  assert.equal(seen.distinct, 3);
  assert.deepEqual(seen.me, { status: 200, body: { username: "alice" } });
  const sent = stage.sentTo("/auth/refresh").map(({ fields }) => fields.refresh_token);
  assert.equal(sent.length, 2);
  assert.notEqual(sent[0], sent[1]);
});

proves("Problem details: attempts left are counted down, then 429 says in its body how long to wait", async (stage) => {
  const failures = await refusedLogins(stage, `eve-${Date.now()}`, [wrong, wrong, wrong, wrong]);
  assert.deepEqual(
    failures.map(({ code, status }) => [code, status]),
    [
      ["invalid_credentials", 401],
      ["invalid_credentials", 401],
      ["invalid_credentials", 401],
      ["rate_limited", 429],
    ],
  );
  assert.deepEqual(
    failures.slice(0, 3).map(({ attemptsLeft }) => attemptsLeft),
    [2, 1, 0],
  );
  assert.equal(failures[0].serverCode, "wrong-password");
  assert.deepEqual(failures[0].problem, {
    type: "wrong-password",
    title: "Wrong user name or password",
    status: 401,
    detail: "Check both and try again.",
    attempts_left: 2,
  });
  assert.equal(failures[3].problem.type, "too-many-attempts");
  assert.equal(failures[3].retryAfterMs, 30_000);
});

proves("Problem details: a locked account is `forbidden` and says until when", async (stage) => {
  const [failure] = await refusedLogins(stage, "locked", [wrong]);
  assert.equal(failure.code, "forbidden");
  assert.equal(failure.status, 403);
  assert.equal(failure.problem.title, "Account locked");
  assert.equal(failure.problem.locked_until, "2030-01-01T00:00:00Z");
});

proves("Problem details: a crash that quotes the password is `server`, and the error does not quote it", async (stage) => {
  const [failure] = await refusedLogins(stage, "crash", [wrong]);
  assert.equal(failure.code, "server");
  assert.equal(failure.status, 500);
  assert.equal(failure.problem.type, "unhandled-exception");
});

proves("Problem details: the errors of a 422 are its fields, without the password among them", async (stage) => {
  const [failure] = await refusedLogins(stage, "alice", ["canary!"]);
  assert.equal(failure.code, "validation");
  assert.equal(failure.status, 422);
  assert.equal(failure.problem.type, "request-validation-failed");
  assert.deepEqual(failure.fields, [
    { path: "password", message: "String should have at least 12 characters", type: "string_too_short", context: { min_length: 12 } },
  ]);
});

proves("Problem details: a refresh token used before ends the session, with the server's problem as the reason", async (stage) => {
  const seen = await stage.run(
    async ({ options, user }) => {
      const post = async (path, body) => {
        const headers = { "content-type": "application/json" };
        return (await fetch(options.baseUrl + path, { method: "POST", headers, body: JSON.stringify(body) })).json();
      };
      const reply = await post("/auth/login", user);
      await post("/auth/refresh", { refresh_token: reply.refresh_token });
      const session = await kit.open(options);
      await session.adopt(reply);
      return { failure: await kit.failure(session.refresh()), snapshot: session.getSnapshot() };
    },
    { options, user },
  );
  assert.equal(seen.failure.code, "session_ended");
  assert.equal(seen.failure.reason, "refused");
  assert.equal(seen.failure.problem.type, "token-refused");
  assert.equal(seen.snapshot.endReason, "refused");
});
