// Django, by the rows of the documents: SimpleJWT with rotation and its blacklist, REST framework's own tokens, djoser,
// and dj-rest-auth with its tokens in HttpOnly cookies.

import assert from "node:assert/strict";
import { kind, row } from "./support/rows.js";
import { server } from "./support/settings.js";
import { proves, step } from "./support/stage.js";

const baseUrl = server("DJANGO");
const simpleJwt = kind("Django, SimpleJWT", baseUrl);
const token = row("Django REST framework, TokenAuthentication", baseUrl);
const djoser = {
  ...token,
  request: { password: { ...token.request.password, url: "/djoser/token/login/" } },
  reply: { accessToken: "/auth_token" },
};
const cookie = row("dj-rest-auth, by cookie", baseUrl);
const user = { username: "alice", password: "alice-canary-pass" };
const wrong = { ...user, password: "wrong-canary-pass" };

const post = (path, body) =>
  fetch(baseUrl + path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

const failedLogin = (stage, options, credentials) =>
  stage.run(
    async ({ options, credentials }) => {
      const session = await kit.open(options);
      return kit.failure(session.login(credentials));
    },
    { options, credentials },
  );

proves("SimpleJWT: the login opens /api/me, and a refresh changes both tokens", async (stage) => {
  const seen = await stage.run(
    async ({ options, user }) => {
      const session = await kit.open(options);
      await session.login(user);
      const leftMs = session.getSnapshot().expiresAtMs - Date.now();
      await session.refresh();
      await session.refresh();
      const me = await session.fetch(`${options.baseUrl}/api/me`);
      return { leftMs, me: await me.json(), snapshot: session.getSnapshot() };
    },
    { options: simpleJwt, user },
  );
  assert.deepEqual(seen.me, { username: user.username });
  assert.ok(seen.leftMs > 3000 && seen.leftMs <= 5000, `${seen.leftMs} ms left of 5 s`);
  assert.equal(seen.snapshot.status, "active");
  assert.deepEqual(seen.snapshot.extra, {});

  const [first, second, ...more] = stage.sentTo("/api/token/refresh/");
  assert.deepEqual(more, []);
  assert.notEqual(first.fields.refresh, second.fields.refresh);
  const used = await post("/api/token/refresh/", { refresh: first.fields.refresh });
  assert.equal(used.status, 401, "the server takes each refresh token once");
});

proves("SimpleJWT: tabs whose token ends at once send one refresh, and all go on", async (stage) => {
  await stage.run(
    async ({ options, user }) => {
      await (await kit.open(options)).login(user);
    },
    { options: { ...simpleJwt, refreshMode: "on-demand" }, user },
  );
  const pages = [stage.page];
  for (let tab = 1; tab < 3; tab += 1) {
    await stage.enter("127.0.0.1");
    await stage.run(async (options) => void (await kit.open(options)), { ...simpleJwt, refreshMode: "on-demand" });
    pages.push(stage.page);
  }
  step("waiting for a token of five seconds to end");
  for (let round = 1; round <= 2; round += 1) {
    await new Promise((over) => setTimeout(over, 5500));
    const got = await Promise.all(
      pages.map((page) => page.evaluate(async (url) => (await session.fetch(url)).status, `${baseUrl}/api/me`)),
    );
    assert.deepEqual(got, [200, 200, 200]);
    assert.equal(stage.sentTo("/api/token/refresh/").length, round);
  }
});

proves("SimpleJWT: a wrong password, and an account that is not active, are `invalid_credentials` in the server's words", async (stage) => {
  for (const credentials of [wrong, { username: "dora", password: "dora-canary-pass" }]) {
    const failure = await failedLogin(stage, simpleJwt, credentials);
    assert.equal(failure.code, "invalid_credentials");
    assert.equal(failure.status, 401);
    assert.equal(failure.serverMessage, "No active account found with the given credentials");
  }
});

proves("SimpleJWT: an empty password is `validation`, with the field it is about", async (stage) => {
  const failure = await failedLogin(stage, simpleJwt, { ...user, password: "" });
  assert.equal(failure.code, "validation");
  assert.equal(failure.status, 400);
  assert.deepEqual(failure.fields, [{ path: "password", message: "This field may not be blank.", type: null }]);
});

proves("SimpleJWT: a blacklisted refresh token ends the session with the reason refused", async (stage) => {
  const reply = await (await post("/api/token/", user)).json();
  stage.keepsSecret(reply);
  await post("/api/token/blacklist/", { refresh: reply.refresh });
  const seen = await stage.run(
    async ({ options, reply }) => {
      const session = await kit.open(options);
      await session.adopt(reply);
      return { failure: await kit.failure(session.refresh()), snapshot: session.getSnapshot() };
    },
    { options: simpleJwt, reply },
  );
  assert.equal(seen.failure.code, "session_ended");
  assert.equal(seen.failure.reason, "refused");
  assert.equal(seen.failure.serverMessage, "Token is blacklisted");
  assert.equal(seen.failure.serverCode, "token_not_valid");
  assert.equal(seen.snapshot.endReason, "refused");
});

proves("SimpleJWT: an API's `token_not_valid` is a refusal of the token", async (stage) => {
  const error = await stage.run(async (options) => {
    const session = await kit.open(options);
    const answer = await fetch(`${options.baseUrl}/api/me`, { headers: { authorization: "Bearer nonsense" } });
    return kit.plain(await session.rejection(answer));
  }, simpleJwt);
  assert.equal(error.status, 401);
  assert.equal(error.tokenExpired, true);
  assert.equal(error.serverCode, "token_not_valid");
});

proves("SimpleJWT: a logout puts the refresh token on the blacklist", async (stage) => {
  const result = await stage.run(
    async ({ options, user }) => {
      const session = await kit.open(options);
      await session.login(user);
      return session.logout();
    },
    { options: simpleJwt, user },
  );
  assert.deepEqual(result, { server: "revoked", revoked: "refresh_token", error: null });
  const [{ fields }] = stage.sentTo("/api/token/blacklist/");
  const after = await post("/api/token/refresh/", fields);
  assert.equal(after.status, 401);
});

for (const [name, options] of Object.entries({ "REST framework": token, djoser })) {
  proves(`${name}: its token opens /api/me, and a wrong password is \`invalid_credentials\``, async (stage) => {
    const failure = await failedLogin(stage, options, wrong);
    assert.equal(failure.code, "invalid_credentials");
    assert.equal(failure.status, 400);
    assert.equal(failure.serverMessage, "Unable to log in with provided credentials.");
    const seen = await stage.run(
      async ({ options, user }) => {
        const session = await kit.open(options);
        await session.login(user);
        const me = await session.fetch(`${options.baseUrl}/api/me`);
        return me.json();
      },
      { options, user },
    );
    assert.deepEqual(seen, { username: user.username });
  });
}

proves("dj-rest-auth: the session is renewed by its cookie, also after a reload, and no token is stored", async (stage) => {
  await stage.run(
    async ({ options, user }) => {
      const session = await kit.open(options);
      await session.login(user);
      await session.refresh();
    },
    { options: cookie, user },
  );
  assert.deepEqual((await stage.cookies(baseUrl)).sort(), ["access", "csrftoken", "refresh", "sessionid"]);
  await stage.reload();
  const seen = await stage.run(async (options) => {
    const session = await kit.open(options);
    const me = await session.fetch(`${options.baseUrl}/api/me`);
    return { me: await me.json(), stored: JSON.stringify(localStorage), user: session.getSnapshot().user };
  }, cookie);
  assert.deepEqual(seen.me, { username: user.username });
  assert.doesNotMatch(seen.stored, /eyJ/);
});

proves("dj-rest-auth: a logout takes the cookies, and the server takes the old one no more", async (stage) => {
  await stage.run(
    async ({ options, user }) => {
      const session = await kit.open(options);
      await session.login(user);
    },
    { options: cookie, user },
  );
  const { value } = (await stage.context.cookies(baseUrl)).find(({ name }) => name === "refresh");
  const result = await stage.run(() => session.logout());
  assert.equal(result.error, null);
  assert.equal(result.server, "revoked");
  assert.deepEqual(await stage.cookies(baseUrl), ["csrftoken"]);
  const after = await fetch(`${baseUrl}/auth/token/refresh/`, { method: "POST", headers: { cookie: `refresh=${value}` } });
  assert.equal(after.status, 401);
});

proves("dj-rest-auth: a logout takes the cookies, though the access token is over", async (stage) => {
  step("waiting for a token of five seconds to end");
  const result = await stage.run(
    async ({ options, user }) => {
      const session = await kit.open({ ...options, refreshMode: "on-demand" });
      await session.login(user);
      await kit.sleep(6_000);
      const { server, error } = await session.logout();
      return { server, error };
    },
    { options: cookie, user },
  );
  assert.deepEqual(result, { server: "revoked", error: null });
  assert.deepEqual(await stage.cookies(baseUrl), ["csrftoken"]);
});

proves("dj-rest-auth: a session without its cookie ends with the reason refused", async (stage) => {
  await stage.run(
    async ({ options, user }) => {
      await (await kit.open(options)).login(user);
    },
    { options: cookie, user },
  );
  await stage.context.clearCookies();
  const seen = await stage.run(async () => ({ failure: await kit.failure(session.refresh()), snapshot: session.getSnapshot() }));
  assert.equal(seen.failure.code, "session_ended");
  assert.equal(seen.failure.reason, "refused");
  assert.equal(seen.failure.serverMessage, "No valid refresh token found.");
});

proves("dj-rest-auth: a wrong password is `invalid_credentials`", async (stage) => {
  const failure = await failedLogin(stage, cookie, wrong);
  assert.equal(failure.code, "invalid_credentials");
  assert.equal(failure.serverMessage, "Unable to log in with provided credentials.");
});
