// login(), adopt(), restore(): what comes of them, and what takes them back.
import assert from "node:assert/strict";
import { startRawServer, tokens } from "./support/raw-server.js";
import { NOT_ISOLATED, useStage } from "./support/stage.js";

const stage = useStage();

stage("a login withdrawn by its signal rejects with aborted at once, and its request is withdrawn", { dialect: null }, async ({ t, run }) => {
  const server = await startRawServer(t, () => {});
  const seen = await run(async ({ baseUrl }) => {
    const session = await AuthSession.open({ baseUrl });
    const before = await outcome(session.login(ALICE, { signal: AbortSignal.abort() }));
    const controller = new AbortController();
    const login = timed(session.login(ALICE, { signal: controller.signal }));
    setTimeout(() => controller.abort(new Error("a reason of the caller's own")), 200);
    const during = await login;
    return { before, during, ...session.getSnapshot() };
  }, { baseUrl: server.url });
  assert.equal(seen.before.error.code, "aborted");
  assert.deepEqual([seen.during.error.code, seen.status, seen.activity], ["aborted", "signed_out", null]);
  assert.ok(seen.during.ms < 1000, `${seen.during.ms} ms`);
  assert.equal(server.requests.length, 1, "the one with a signal aborted before was never sent");
  assert.ok(await server.isWithdrawn(server.requests[0]));
});

stage("a second login supersedes the first, however late the first is answered", { dialect: "geolens" }, async ({ run, backend, page }) => {
  backend.fault({ on: "login", kind: "delay", ms: 500, times: 1 });
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    const events = record(session);
    const first = timed(session.login(ALICE));
    await sleep(100);
    const second = await outcome(session.login(BOB));
    await sleep(700);
    return { first: await first, second, user: session.getSnapshot().user, events: events.map(({ name }) => name) };
  });
  const bob = backend.users.find(({ username }) => username === "bob");
  assert.equal(seen.first.error.code, "superseded");
  assert.ok(seen.first.ms < 400);
  assert.deepEqual([seen.second, seen.user, seen.events], [{ value: undefined }, bob.id, ["signed_in"]]);
  await page.waitForTimeout(10);
});

stage("where a cookie renews, a login waits for the logout that is out, so that its cookie stays", { dialect: "langflow" }, async ({ run, backend }) => {
  backend.fault({ on: "logout", kind: "delay", ms: 400 });
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    const logout = session.logout();
    const login = session.login(BOB);
    await sleep(50);
    const activity = session.getSnapshot().activity;
    const result = await logout;
    await login;
    await session.refresh();
    return { activity, result, status: session.getSnapshot().status };
  });
  assert.deepEqual(seen, { activity: "signing_in", result: { server: "revoked", revoked: "cookie", error: null }, status: "active" });
  const order = backend.log.filter(({ method }) => method !== "OPTIONS").map(({ on }) => on);
  assert.deepEqual(order, ["login", "logout", "login", "refresh"]);
});

stage("f44 a login that fails is not sent again", {}, async ({ run, backend, requests }) => {
  backend.fault({ on: "login", kind: "status", status: 503 });
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    const failed = await outcome(session.login(ALICE));
    await sleep(1000);
    return [failed.error.code, failed.error.retryable, failed.error.status, session.getSnapshot().status];
  });
  assert.deepEqual(seen, ["server", true, 503, "signed_out"]);
  assert.equal(requests("login").length, 1);
});

stage("a login that fails leaves the session that is there alone", { dialect: "geolens" }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    const before = session.getSnapshot();
    const failed = await outcome(session.login({ username: "bob", password: "wrong" }));
    return [failed.error.code, session.getSnapshot().user === before.user, session.getSnapshot().status, typeof (await session.accessToken())];
  });
  assert.deepEqual(seen, ["invalid_credentials", true, "active", "string"]);
});

stage("f132 a password goes out byte for byte, as UTF-8", { dialect: null }, async ({ t, run }) => {
  const server = await startRawServer(t);
  const passwords = ["  leading and trailing  ", "nul \0 and \r\n", "\u{1f600} e\u0301 \u00e9", "&=+%25;\"'<>\\", "x".repeat(10_240)];
  await run(async ({ baseUrl, passwords }) => {
    for (const preset of ["oauth2-form", "oauth2-json"]) {
      const session = await AuthSession.open({ baseUrl, preset, storage: "memory" });
      for (const password of passwords) await session.login({ username: "alice", password });
    }
  }, { baseUrl: server.url, passwords });
  const logins = server.requests.filter(({ url }) => url === "/oauth/token");
  const sent = logins.map(({ headers, text }) =>
    headers["content-type"] === "application/json" ? JSON.parse(text).password : new URLSearchParams(text).get("password"));
  // A form has no bare line break (URL standard, section 5.2): the parser and the serializer leave \r\n as it is.
  assert.deepEqual(sent, [...passwords, ...passwords]);
});

stage("f130 credentials that are no plain data, or not those of the row, reject and are not sent", { dialect: null }, async ({ t, run }) => {
  const server = await startRawServer(t);
  const seen = await run(async ({ baseUrl }) => {
    const session = await AuthSession.open({ baseUrl });
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const all = [
      undefined, null, 5, "alice", [], () => {}, Symbol("s"), 1n, revoked.proxy, {}, { username: "alice" }, { ...ALICE, password: 5n },
      { ...ALICE, password: () => "x" }, { ...ALICE, password: {} }, { ...ALICE, grant: "devise" }, { ...ALICE, grant: 5 }, { ...ALICE, passwort: "x" },
      { ...ALICE, get otp() { throw new Error("a getter") } }, { ...ALICE, extraFields: { grant_type: "x" } },
      { ...ALICE, extraFields: { username: "eve" } }, { ...ALICE, extraFields: { client_secret: "x" } },
    ];
    const codes = [];
    for (const one of all) {
      const { error, thrown } = await attempt(() => session.login(one));
      codes.push(thrown ? "thrown" : (error?.code ?? error?.message ?? "accepted"));
    }
    const free = (await attempt(() => session.dispose())).error;
    return { codes, free };
  }, { baseUrl: server.url });
  assert.deepEqual(seen, { codes: Array(21).fill("invalid_options"), free: undefined });
  assert.equal(server.requests.length, 0);
});

stage("f131 an extra field named __proto__ is not sent, and changes nobody's prototype", { dialect: null }, async ({ t, run }) => {
  const server = await startRawServer(t);
  const seen = await run(async ({ baseUrl }) => {
    const session = await AuthSession.open({ baseUrl, preset: "oauth2-json" });
    await outcome(session.login({ ...ALICE, extraFields: JSON.parse('{"__proto__":{"admin":true},"otp":"1"}') }));
    return {}.admin;
  }, { baseUrl: server.url });
  assert.equal(seen, undefined);
  assert.ok(server.requests.every(({ text }) => !text.includes("admin")));
});

stage("f126 a getter of the credentials may dispose of the session", { dialect: null }, async ({ t, run }) => {
  const server = await startRawServer(t);
  const seen = await run(async ({ baseUrl }) => {
    const session = await AuthSession.open({ baseUrl });
    let disposed;
    const login = await attempt(() => session.login({
      ...ALICE,
      get password() {
        disposed = attempt(() => session.dispose());
        return "alice-password";
      },
    }));
    return { disposed: (await disposed).error, login: login.error.code, after: (await outcome(session.restore())).error.code };
  }, { baseUrl: server.url });
  assert.deepEqual(seen, { disposed: undefined, login: "disposed", after: "disposed" });
  assert.equal(server.requests.length, 0);
});

stage("adopt() takes a token reply through the decoder of a login, and names what is missing", {}, async ({ run, backend }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    const events = record(session);
    await session.adopt({ access_token: "adopted", expires_in: 60, org: "acme" });
    const taken = [await session.accessToken(), session.getSnapshot().extra, events.map(({ name }) => name)];
    const wrong = [undefined, null, [], {}, { access_token: "" }, { access_token: 5 }, { access_token: "a b" }, { access_token: "a", token_type: "mac" }];
    const errors = [];
    for (const one of wrong) errors.push((await attempt(() => session.adopt(one))).error);
    return { taken, errors, still: await session.accessToken() };
  });
  assert.deepEqual(seen.taken, ["adopted", { org: "acme" }, ["signed_in"]]);
  assert.deepEqual(seen.errors.map(({ code }) => code), Array(8).fill("invalid_options"));
  assert.equal(seen.errors[3].option, "tokenReply/access_token");
  assert.equal(seen.still, "adopted");
  assert.equal(backend.log.length, 0);
});

stage("restore() finds the session again after a reload without asking the server", { isolated: NOT_ISOLATED.memory }, async ({ run, open, backend }) => {
  const first = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    return [await session.restore(), await session.accessToken()];
  });
  const before = backend.log.length;
  await open();
  const second = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    return [session.getSnapshot().signedIn, await session.accessToken()];
  });
  assert.deepEqual(second, first);
  assert.equal(backend.log.length, before);
});

for (const [title, options, login, kept] of [
  ["the default keeps it in localStorage alone", {}, {}, { local: 1, session: 0, after: true }],
  ["remember: false keeps it in sessionStorage alone", {}, { remember: false }, { local: 0, session: 1, after: true }],
  ['storage: "session" keeps it in sessionStorage alone', { storage: "session" }, {}, { local: 0, session: 1, after: true }],
  ['storage: "memory" keeps it in neither', { storage: "memory" }, {}, { local: 0, session: 0, after: false }],
])
  stage(`after a login ${title}`, { options, isolated: NOT_ISOLATED.memory }, async ({ run, open }) => {
    const seen = await run(async ({ options, login }) => {
      const session = await AuthSession.open(options);
      await session.login(ALICE, login);
      const kept = [localStorage.length, sessionStorage.length];
      await session.refresh();
      return [...kept, localStorage.length, sessionStorage.length, session.getSnapshot().storage];
    }, { login });
    assert.deepEqual(seen, [kept.local, kept.session, kept.local, kept.session, options.storage ?? "local"]);
    await open();
    assert.equal(await run(async ({ options }) => (await AuthSession.open(options)).getSnapshot().signedIn), kept.after);
  });

for (const remember of [false, true])
  stage(`a login with remember: ${remember} takes the place of one with remember: ${!remember}, renewed or not`, { isolated: NOT_ISOLATED.memory }, async ({ run, open }) => {
    const seen = await run(async ({ options, remember }) => {
      const session = await AuthSession.open(options);
      const kept = [];
      for (const asked of [!remember, remember, !remember]) {
        const login = await timed(session.login(asked ? ALICE : BOB, { remember: asked }));
        await session.refresh();
        const places = [localStorage, sessionStorage].map((storage) => Object.values(storage).some((text) => text.includes("token")));
        kept.push([login.error, ...places, session.getSnapshot().signedIn]);
      }
      return kept;
    }, { remember });
    const place = (asked) => [undefined, asked, !asked, true];
    assert.deepEqual(seen, [!remember, remember, !remember].map(place));
    await open();
    assert.equal(await run(async ({ options }) => (await AuthSession.open(options)).getSnapshot().signedIn), true);
  });

for (const status of [403, 200])
  stage(`a login that asks for a second factor with ${status} hands over its challenge, which the next grant takes, and nothing else shows it`, { dialect: null }, async ({ t, run }) => {
    const challenge = `challenge-${"x".repeat(300)}`;
    const server = await startRawServer(t, (request, response) => {
      if (request.text.includes(`mfa_token=${challenge}&otp=123456`)) return response.end(tokens());
      return response.writeHead(status).end(JSON.stringify({ error: "mfa_required", mfa_token: challenge }));
    });
    const seen = await run(async ({ baseUrl }) => {
      const session = await AuthSession.open({
        baseUrl,
        request: {
          password: { url: "/token", fields: { username: "username", password: "password" } },
          otp: { url: "/token", fields: { mfaToken: "mfa_token", otp: "otp" } },
        },
        rejection: { challenge: "/mfa_token", rules: [{ phase: "login", at: "/mfa_token", code: "rejected" }] },
      });
      const error = await session.login(ALICE).catch((error) => error);
      const shown = JSON.stringify([error, error.message, { ...error }, session, session.explain()]);
      await session.login({ grant: "otp", mfaToken: error.challenge.mfa_token, otp: "123456" });
      return { code: error.code, error: error.error, challenge: error.challenge, shown, ...session.getSnapshot() };
    }, { baseUrl: server.url });
    assert.deepEqual([seen.code, seen.error, seen.challenge, seen.status], ["rejected", "mfa_required", { mfa_token: challenge }, "active"]);
    assert.ok(!seen.shown.includes(challenge), "shown");
  });
