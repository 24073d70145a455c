// Langflow itself: a form login, a refresh by HttpOnly cookie, and tokens of three seconds.

import assert from "node:assert/strict";
import { before } from "node:test";
import { server } from "./support/settings.js";
import { proves, step } from "./support/stage.js";

/** Allows both origins of the page; auto login is off. */
const baseUrl = server("LANGFLOW");
/** Langflow's default CORS setting, `*`. */
const anyOrigin = server("LANGFLOW_ANY_ORIGIN");
/** Auto login is on, and so is Langflow's default limit of five logins a minute. */
const autoLogin = server("LANGFLOW_AUTO_LOGIN");

const options = { baseUrl, preset: "langflow" };
const admin = { username: "admin", password: "Adm1n-canary-pass" };
const pending = { username: `pending-${Date.now()}`, password: "Pend1ng-canary-pass" };

before(async () => {
  const signUp = await fetch(`${baseUrl}/api/v1/users/`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(pending),
  });
  assert.equal(signUp.status, 201);
});

const login = (stage, options, credentials) =>
  stage.run(
    async ({ options, credentials }) => {
      const session = await kit.open(options);
      const failure = await kit.failure(session.login(credentials));
      return { failure, snapshot: session.getSnapshot() };
    },
    { options, credentials },
  );

proves("Langflow: a login opens whoami with the bearer token, and its refresh cookie is in the browser", async (stage) => {
  const seen = await stage.run(
    async ({ options, admin }) => {
      const session = await kit.open(options);
      await session.login(admin);
      const whoami = await kit.get(`${options.baseUrl}/api/v1/users/whoami`, await session.accessToken());
      return { whoami, snapshot: session.getSnapshot() };
    },
    { options, admin },
  );
  assert.equal(seen.whoami.status, 200);
  assert.equal(seen.whoami.body.username, "admin");
  assert.equal(seen.snapshot.user, seen.whoami.body.id, "the token's subject is the user's id");
  assert.deepEqual(seen.snapshot.warnings, []);
  assert.ok((await stage.cookies(baseUrl)).includes("refresh_token_lf"));
  const [sent] = stage.sentTo("/api/v1/login");
  assert.match(sent.type, /^application\/x-www-form-urlencoded/);
});

proves("Langflow: a visible page renews a token of three seconds twice by itself, and the newest opens whoami", async (stage) => {
  step("waiting for two refreshes in the background");
  const seen = await stage.run(
    async ({ options, admin }) => {
      const session = await kit.open(options);
      await session.login(admin);
      const first = await session.accessToken();
      await kit.until(() => kit.count("refreshed") >= 2, "two refreshes");
      const newest = await session.accessToken();
      const whoami = `${options.baseUrl}/api/v1/users/whoami`;
      await kit.sleep(500);
      return {
        exp: [first, newest].map((token) => JSON.parse(atob(token.split(".")[1])).exp),
        first: await kit.get(whoami, first),
        newest: await kit.get(whoami, newest),
        failed: kit.count("refresh_failed"),
        signedIn: session.getSnapshot().signedIn,
      };
    },
    { options, admin },
  );
  assert.ok(seen.exp[1] - seen.exp[0] >= 3, `exp ${seen.exp}`);
  assert.equal(seen.first.status, 401, "the first token has expired");
  assert.equal(seen.newest.status, 200);
  assert.equal(seen.failed, 0);
  assert.equal(seen.signedIn, true);
  for (const refresh of stage.sentTo("/api/v1/refresh")) {
    assert.equal(refresh.method, "POST");
    assert.equal(refresh.text, null, "the refresh token is in the cookie, not in the body");
  }
});

proves("Langflow, on demand: nothing is sent until a token is asked for, and callers share one refresh", async (stage) => {
  step("letting a token of three seconds expire");
  const seen = await stage.run(
    async ({ options, admin }) => {
      const session = await kit.open({ ...options, refreshMode: "on-demand" });
      await session.login(admin);
      await kit.sleep(4500);
      const idle = kit.count("refreshed");
      const tokens = await Promise.all(Array.from({ length: 5 }, () => session.accessToken()));
      const whoami = await kit.get(`${options.baseUrl}/api/v1/users/whoami`, tokens[0]);
      return { idle, distinct: new Set(tokens).size, status: whoami.status };
    },
    { options, admin },
  );
  assert.deepEqual(seen, { idle: 0, distinct: 1, status: 200 });
  assert.equal(stage.sentTo("/api/v1/refresh").length, 1);
});

proves("Langflow: a reload keeps the session, also after the access token has expired", async (stage) => {
  await login(stage, options, admin);
  const reopen = () =>
    stage.run(async (options) => {
      const session = await kit.open(options);
      const { status } = await kit.get(`${options.baseUrl}/api/v1/users/whoami`, await session.accessToken());
      return { signedIn: session.getSnapshot().signedIn, status };
    }, options);

  await stage.reload();
  assert.deepEqual(await reopen(), { signedIn: true, status: 200 });

  step("away from the page for longer than the token lives");
  await stage.visitElsewhere(4500);
  assert.deepEqual(await reopen(), { signedIn: true, status: 200 });
  assert.equal(stage.sentTo("/api/v1/login").length, 1);
});

proves("Langflow: a wrong password is `invalid_credentials`", async (stage) => {
  const { failure, snapshot } = await login(stage, options, { ...admin, password: "Wr0ng-canary-pass" });
  assert.equal(failure.code, "invalid_credentials");
  assert.equal(failure.status, 401);
  assert.equal(failure.serverMessage, "Incorrect username or password");
  assert.equal(snapshot.signedIn, false);
});

proves("Langflow: a user who waits for approval is `forbidden`, though the server answers 400", async (stage) => {
  const { failure } = await login(stage, options, pending);
  assert.equal(failure.code, "forbidden");
  assert.equal(failure.status, 400);
  assert.equal(failure.serverMessage, "Waiting for approval");
});

proves("Langflow: a logout takes the cookies out of the browser", async (stage) => {
  await login(stage, options, admin);
  assert.ok((await stage.cookies(baseUrl)).includes("refresh_token_lf"));
  const seen = await stage.run(async () => {
    const result = await session.logout();
    return { result, snapshot: session.getSnapshot(), failure: await kit.failure(session.accessToken()) };
  });
  assert.deepEqual(seen.result, { server: "revoked", revoked: "cookie", error: null });
  assert.deepEqual(await stage.cookies(baseUrl), []);
  assert.equal(seen.snapshot.endReason, "logged_out");
  assert.equal(seen.failure.code, "session_ended");
});

proves("Langflow: auto login that is switched off is `forbidden`, asked once", async (stage) => {
  const { failure, snapshot } = await login(stage, options, { grant: "auto" });
  assert.equal(failure.code, "forbidden");
  assert.equal(failure.status, 403);
  assert.equal(failure.serverMessage, "Auto login is disabled.");
  assert.equal(snapshot.signedIn, false);
  await stage.run(() => kit.sleep(1500));
  assert.equal(stage.sentTo("/api/v1/auto_login").length, 1);
});

proves("Langflow: auto login that is switched on signs in without a password, and renews by cookie", async (stage) => {
  const seen = await stage.run(
    async (options) => {
      const session = await kit.open(options);
      await session.login({ grant: "auto" });
      await session.refresh();
      const whoami = await kit.get(`${options.baseUrl}/api/v1/users/whoami`, await session.accessToken());
      return { status: whoami.status, superuser: whoami.body.is_superuser, signedIn: session.getSnapshot().signedIn };
    },
    { ...options, baseUrl: autoLogin },
  );
  assert.deepEqual(seen, { status: 200, superuser: true, signedIn: true });
  const [sent] = stage.sentTo("/api/v1/auto_login");
  assert.equal(sent.method, "GET");
  assert.equal(sent.text, null);
});

proves("Langflow: the sixth login of a minute is `rate_limited`, with the wait its body tells as text", async (stage) => {
  const failures = await stage.run(
    async (options) => {
      const session = await kit.open(options);
      const wrong = { username: "admin", password: "Wr0ng-canary-pass" };
      const failures = [];
      while (failures.length < 6) failures.push(await kit.failure(session.login(wrong)));
      return failures;
    },
    { ...options, baseUrl: autoLogin },
  );
  assert.equal(failures[0].code, "invalid_credentials");
  assert.equal(failures[5].code, "rate_limited");
  assert.equal(failures[5].status, 429);
  assert.equal(failures[5].retryAfterMs, 60_000);
});

proves("Langflow with its default CORS: the login fails as `network`, and the hint names the setting and this origin", async (stage) => {
  const { failure, snapshot } = await login(stage, { ...options, baseUrl: anyOrigin }, admin);
  assert.equal(failure.code, "network");
  assert.equal(failure.phase, "login");
  assert.ok(failure.causes.includes("cors"), `causes ${failure.causes}`);
  assert.match(failure.hint, /LANGFLOW_CORS_ORIGINS/);
  assert.ok(failure.hint.includes(stage.origin), failure.hint);
  assert.equal(snapshot.signedIn, false);
});

proves("Langflow: a page on localhost with its API on 127.0.0.1 is warned that the refresh cookie is not kept", async (stage) => {
  await stage.enter("localhost");
  const { failure, snapshot } = await login(stage, options, admin);
  assert.equal(failure, null, "the login itself works");
  assert.equal(snapshot.signedIn, true);
  assert.deepEqual(await stage.cookies(baseUrl), []);
  const warning = snapshot.warnings.find(({ code }) => code === "cross_site_cookie");
  assert.ok(warning, `warnings ${JSON.stringify(snapshot.warnings)}`);
  assert.match(warning.message, /localhost/);
  assert.match(warning.message, /127\.0\.0\.1/);
});
