// FastAPI's tutorial login: a form, no refresh token, no lifetime but the JWT's own `exp`. Then its JSON routes.

import assert from "node:assert/strict";
import { server } from "./support/settings.js";
import { proves, step } from "./support/stage.js";

const baseUrl = server("FASTAPI");
const form = { baseUrl, preset: "fastapi" };
const json = {
  baseUrl,
  preset: "fastapi",
  refreshMode: "on-demand",
  request: { password: { url: "/json/login", encoding: "json" } },
  refresh: { by: "endpoint", url: "/json/refresh", encoding: "json" },
};
const user = { username: "johndoe", password: "johndoe-canary-pass" };

proves("FastAPI: the form login opens /users/me, and the lifetime is read off the token", async (stage) => {
  const seen = await stage.run(
    async ({ options, user }) => {
      const session = await kit.open(options);
      await session.login(user);
      const token = await session.accessToken();
      return {
        me: await kit.get(`${options.baseUrl}/users/me`, token),
        claims: JSON.parse(atob(token.split(".")[1])),
        snapshot: session.getSnapshot(),
      };
    },
    { options: form, user },
  );
  assert.deepEqual(seen.me, { status: 200, body: { username: "johndoe" } });
  assert.equal(seen.snapshot.status, "active");
  assert.equal(seen.snapshot.signedIn, true);
  assert.equal(seen.snapshot.user, "johndoe");
  assert.ok(Math.abs(seen.snapshot.expiresAtMs - seen.claims.exp * 1000) < 1500, `expires ${seen.snapshot.expiresAtMs}, exp ${seen.claims.exp}`);

  const [login, ...more] = stage.sentTo("/token");
  assert.deepEqual(more, []);
  assert.match(login.type, /^application\/x-www-form-urlencoded/);
  assert.equal(login.fields.username, user.username);
  assert.equal(login.fields.password, user.password);
});

proves("FastAPI: a session that cannot be renewed says `expiring` in time, and ends with the reason expired", async (stage) => {
  step("waiting for a token of eight seconds to end");
  const seen = await stage.run(
    async ({ options, user }) => {
      const session = await kit.open(options);
      await session.login(user);
      const token = await session.accessToken();
      await kit.until(() => kit.count("expiring") > 0, "expiring");
      const leftMs = kit.heard.at(-1).expiresAtMs - Date.now();
      const usableYet = await kit.get(`${options.baseUrl}/users/me`, token);
      await kit.until(() => kit.count("signed_out") > 0, "signed_out");
      return {
        leftMs,
        usableYet: usableYet.status,
        heard: kit.heard.map(({ event }) => event),
        ended: kit.heard.at(-1),
        snapshot: session.getSnapshot(),
        failure: await kit.failure(session.accessToken()),
      };
    },
    { options: form, user },
  );
  assert.ok(seen.leftMs > 0 && seen.leftMs < 8000, `${seen.leftMs} ms were left`);
  assert.equal(seen.usableYet, 200);
  assert.deepEqual(seen.heard, ["signed_in", "expiring", "signed_out"]);
  assert.equal(seen.ended.reason, "expired");
  assert.equal(seen.snapshot.status, "signed_out");
  assert.equal(seen.snapshot.endReason, "expired");
  assert.equal(seen.failure.code, "session_ended");
  assert.equal(seen.failure.reason, "expired");
  assert.deepEqual(
    stage.requests.map(({ path }) => path),
    ["/token", "/users/me"],
    "nothing but the login and the test's own call was sent",
  );
});

proves("FastAPI: a wrong password is `invalid_credentials`, said in the server's words", async (stage) => {
  const seen = await stage.run(
    async (options) => {
      const session = await kit.open(options);
      const failure = await kit.failure(session.login({ username: "johndoe", password: "wrong-canary-pass" }));
      return { failure, snapshot: session.getSnapshot() };
    },
    form,
  );
  assert.equal(seen.failure.code, "invalid_credentials");
  assert.equal(seen.failure.phase, "login");
  assert.equal(seen.failure.status, 401);
  assert.equal(seen.failure.serverMessage, "Incorrect username or password");
  assert.equal(seen.snapshot.signedIn, false);
  assert.equal(stage.requests.length, 1, "a login is never retried by itself");
});

proves("FastAPI: a form without a password gets 422, which is `validation` with the field it is about", async (stage) => {
  const failure = await stage.run(
    async (options) => {
      const session = await kit.open(options);
      return kit.failure(session.login({ username: "johndoe" }));
    },
    { ...form, request: { password: { required: ["username"] } } },
  );
  assert.equal(failure.code, "validation");
  assert.equal(failure.status, 422);
  assert.deepEqual(failure.fields, [{ path: "password", message: "Field required", type: "missing" }]);
});

proves("FastAPI: `rejection` reads a refused API answer without using it up", async (stage) => {
  const seen = await stage.run(
    async ({ options, disabled }) => {
      const session = await kit.open(options);
      const call = async (token) => {
        const response = await fetch(`${options.baseUrl}/users/me`, { headers: { authorization: `Bearer ${token}` } });
        const error = await session.rejection(response);
        return { error: error && kit.plain(error), body: await response.json() };
      };
      const garbage = await call("garbage");
      await session.login(disabled);
      const inactive = await call(await session.accessToken());
      return { garbage, inactive };
    },
    { options: form, disabled: { username: "nodoe", password: "nodoe-canary-pass" } },
  );
  assert.equal(seen.garbage.error.phase, "api");
  assert.equal(seen.garbage.error.status, 401);
  assert.equal(seen.garbage.error.tokenExpired, true);
  assert.deepEqual(seen.garbage.body, { detail: "Could not validate credentials" });
  assert.equal(seen.inactive.error.status, 400);
  assert.equal(seen.inactive.error.serverMessage, "Inactive user");
  assert.notEqual(seen.inactive.error.tokenExpired, true);
});

proves("FastAPI, options over the preset: JSON login, and a refresh at its own endpoint when a token is asked for", async (stage) => {
  step("waiting for a token of eight seconds to end");
  const seen = await stage.run(
    async ({ options, user }) => {
      const session = await kit.open(options);
      await session.login(user);
      const first = await session.accessToken();
      await kit.sleep(session.getSnapshot().expiresAtMs - Date.now() + 1500);
      const before = await kit.get(`${options.baseUrl}/users/me`, first);
      const second = await session.accessToken();
      return {
        before: before.status,
        after: await kit.get(`${options.baseUrl}/users/me`, second),
        refreshed: kit.count("refreshed"),
        snapshot: session.getSnapshot(),
      };
    },
    { options: json, user },
  );
  assert.equal(seen.before, 401);
  assert.deepEqual(seen.after, { status: 200, body: { username: "johndoe" } });
  assert.equal(seen.refreshed, 1);
  assert.equal(seen.snapshot.signedIn, true);
  const [login] = stage.sentTo("/json/login");
  assert.match(login.type, /^application\/json/);
  assert.equal(login.fields.password, user.password);
  const [refresh, ...more] = stage.sentTo("/json/refresh");
  assert.deepEqual(more, []);
  assert.match(refresh.type, /^application\/json/);
  assert.equal(typeof refresh.fields.refresh_token, "string");
});

proves("FastAPI, JSON: a refresh token the server refuses ends the session with the reason refused", async (stage) => {
  const seen = await stage.run(
    async ({ options, user }) => {
      const login = await fetch(`${options.baseUrl}/json/login`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(user),
      });
      const reply = await login.json();
      const session = await kit.open(options);
      await session.adopt({ ...reply, refresh_token: reply.access_token });
      const failure = await kit.failure(session.refresh());
      return { failure, snapshot: session.getSnapshot() };
    },
    { options: json, user },
  );
  assert.equal(seen.failure.code, "session_ended");
  assert.equal(seen.failure.reason, "refused");
  assert.equal(seen.failure.serverMessage, "Invalid refresh token");
  assert.equal(seen.snapshot.signedIn, false);
  assert.equal(seen.snapshot.endReason, "refused");
});

proves("FastAPI, JSON: a 422 that gives the password back in `input` becomes `validation` without it", async (stage) => {
  const seen = await stage.run(
    async (options) => {
      const session = await kit.open(options);
      return {
        short: await kit.failure(session.login({ username: "johndoe", password: "canary!" })),
        nameless: await kit.failure(session.login({ password: "johndoe-canary-pass" })),
      };
    },
    { ...json, request: { password: { ...json.request.password, required: ["password"] } } },
  );
  assert.equal(seen.short.code, "validation");
  assert.deepEqual(seen.short.fields, [
    { path: "password", message: "String should have at least 12 characters", type: "string_too_short", context: { min_length: 12 } },
  ]);
  assert.equal(seen.nameless.code, "validation");
  assert.deepEqual(seen.nameless.fields, [{ path: "username", message: "Field required", type: "missing" }]);
});
