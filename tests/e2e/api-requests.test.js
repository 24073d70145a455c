// What the browser is told to send, and what is said when it cannot.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { startRawServer, tokens } from "./support/raw-server.js";
import { NOT_ISOLATED, useStage } from "./support/stage.js";

const stage = useStage();

/** Login, refresh and logout at a server that sets a cookie in every answer. Returns their requests. */
async function exchange({ t, run, context }, options) {
  const server = await startRawServer(t, (_request, response) => {
    response.setHeader("set-cookie", "planted=cookie-canary; Path=/; SameSite=Lax");
    response.setHeader("cache-control", "max-age=3600");
    response.end(tokens({ refresh_token: "refresh-1" }));
  });
  await context.addCookies([{ name: "earlier", value: "cookie-canary", url: server.url }]);
  await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    await session.refresh();
    await session.refresh();
    await session.logout();
  }, { options: { baseUrl: server.url, ...options } });
  return server.requests;
}

stage("f52 f122 f32 by default no cookie and no Referer go along, none is kept, and no cache is asked", { dialect: null }, async (scene) => {
  const requests = await exchange(scene, {});
  assert.deepEqual(requests.map(({ method, url }) => `${method} ${url}`), [...Array(3).fill("POST /oauth/token"), "POST /oauth/revoke"]);
  for (const { headers } of requests) {
    assert.equal(headers.cookie, undefined);
    assert.equal(headers.referer, undefined);
    assert.equal(headers["cache-control"], "no-cache");
    assert.equal(headers.accept, "application/json");
    assert.equal(headers["content-type"].split(";")[0], "application/x-www-form-urlencoded");
    assert.equal(headers.authorization, undefined);
    assert.equal(headers.origin, new URL(scene.site.url).origin);
  }
  const cookies = await scene.context.cookies();
  assert.deepEqual(cookies.map(({ name }) => name), ["earlier"], "an answer without credentials sets none");
});

stage("cookies go along where the row says include, and only there", { dialect: null }, async (scene) => {
  const requests = await exchange(scene, { request: { password: { credentials: "include" } } });
  assert.deepEqual(requests.map(({ headers }) => headers.cookie !== undefined), [true, false, false, false]);
});

stage("a row's own Content-Type and Accept take the place of the usual ones, in whatever case it names them", { dialect: null }, async (scene) => {
  const headers = { "content-type": "application/x-amz-json-1.1", ACCEPT: "application/vnd.api+json" };
  const requests = await exchange(scene, { preset: "oauth2-json", request: { password: { headers } }, end: { by: "none" } });
  assert.deepEqual(
    requests.map(({ headers }) => [headers["content-type"], headers.accept]),
    Array(3).fill(["application/x-amz-json-1.1", "application/vnd.api+json"]),
  );
});

stage("f121 no secret stands in a URL, whatever the row asks for", { dialect: null }, async (scene) => {
  const requests = await exchange(scene, { clientId: "public-client", clientSecret: "client-canary", preset: "oauth2-json" });
  for (const { url } of requests) assert.ok(!url.includes("?") && !/alice|refresh-1|canary/.test(url), url);
  const { error } = await scene.run(() =>
    outcome(AuthSession.open({ baseUrl: "https://api.example.com", request: { password: { method: "GET" } } })));
  assert.equal(error.code, "invalid_options");
});

stage("f47 an answer with CORS for everybody but a cookie asked for is a network error that says what to set", { dialect: "langflow", origins: "*" }, async ({ run, site, backend }) => {
  const { error } = await run(async ({ options }) => outcome((await AuthSession.open(options)).login(ALICE)));
  assert.deepEqual([error.code, error.retryable, error.phase], ["network", true, "login"]);
  assert.ok(error.causes.includes("cors"));
  assert.ok(error.hint.includes(site.url), error.hint);
  assert.match(error.hint, /LANGFLOW_CORS_ORIGINS/);
  assert.match(error.hint, /Access-Control-Allow-Credentials/);
  assert.ok(error.hint.includes(backend.url));
});

stage("f47 a server that does not allow the page's origin is a network error, and the session is not touched", { dialect: "geolens" }, async ({ run, backend }) => {
  await run(async ({ options }) => {
    globalThis.session = await AuthSession.open({ ...options, refreshMode: "on-demand" });
    await session.login(ALICE);
  });
  backend.set({ origins: ["https://elsewhere.example"] });
  const seen = await run(async () => {
    const login = await outcome(session.login(BOB));
    return [login.error.code, session.getSnapshot().status, typeof (await session.accessToken())];
  });
  assert.deepEqual(seen, ["network", "active", "string"]);
});

stage("f47 a server that is not there is a network error with its URL in the hint", { dialect: null }, async ({ run }) => {
  const { error } = await run(async () => outcome((await AuthSession.open({ baseUrl: "http://127.0.0.1:1" })).login(ALICE)));
  assert.deepEqual([error.code, error.causes], ["network", ["unreachable", "cors", "csp", "redirect"]]);
  assert.ok(error.hint.includes("http://127.0.0.1:1/oauth/token"));
});

stage("f34 while offline a login is a network error whose one cause is offline, and works again afterwards", {}, async ({ run, context }) => {
  await run(async ({ options }) => void (globalThis.session = await AuthSession.open(options)));
  await context.setOffline(true);
  const { error } = await run(() => outcome(session.login(ALICE)));
  assert.deepEqual([error.code, error.causes, error.phase], ["network", ["offline"], "login"]);
  await context.setOffline(false);
  assert.deepEqual(await run(() => outcome(session.login(ALICE))), { value: undefined });
});

stage("f34 a refresh that failed offline is made up for once online, by itself", { dialect: "geolens", accessLifetimeS: 2 }, async ({ run, context }) => {
  await run(async ({ options }) => {
    globalThis.session = await AuthSession.open(options);
    await session.login(ALICE);
    globalThis.events = record(session);
  });
  await context.setOffline(true);
  await run(() => sleep(2500));
  const offline = await run(() => [session.getSnapshot().status, events.map(({ name, detail }) => detail.error?.causes?.[0] ?? name)]);
  assert.equal(offline[0], "active");
  assert.ok(offline[1].length > 0 && offline[1].every((cause) => cause === "offline"), offline[1].join());
  await context.setOffline(false);
  const token = await run(async () => typeof (await outcome(session.accessToken())).value);
  assert.equal(token, "string");
});

stage("a page on localhost with a cookie backend on 127.0.0.1 is warned of: the browser takes them for two sites", { isolated: NOT_ISOLATED.csrf, dialect: "langflow", host: "localhost" }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const { warnings } = (await AuthSession.open(options)).getSnapshot();
    const same = (await AuthSession.open({ ...options, baseUrl: options.baseUrl.replace("127.0.0.1", "localhost") })).getSnapshot().warnings;
    const tokens = (await AuthSession.open({ baseUrl: options.baseUrl })).getSnapshot().warnings;
    const csrf = (await AuthSession.open({ ...options, preset: "geolens-cookie" })).getSnapshot().warnings;
    return { warnings, same, tokens, csrf: csrf.map(({ code }) => code) };
  });
  assert.deepEqual(seen.warnings.map(({ code }) => code), ["cross_site_cookie"]);
  assert.match(seen.warnings[0].message, /localhost.*127\.0\.0\.1.*same host name/);
  assert.deepEqual([seen.same, seen.tokens, seen.csrf], [[], [], ["cross_site_cookie", "csrf_cookie_unreadable"]]);
});

stage("f87 a refresh and a login do not outlive the page", { isolated: NOT_ISOLATED.realm, dialect: "geolens" }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    const own = globalThis.fetch;
    const keptAlive = [];
    globalThis.fetch = (request, init) => (keptAlive.push(new Request(request instanceof Request ? request.clone() : request, init).keepalive), own(request, init));
    await session.login(ALICE);
    await session.refresh();
    return keptAlive;
  });
  assert.deepEqual(seen, [false, false]);
});

stage("f87 a logout outlives the page that is left right after it", { isolated: NOT_ISOLATED.memory, dialect: "geolens" }, async ({ run, page, requests }) => {
  await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    void session.logout();
    location.assign("/left");
  });
  await page.waitForURL("**/left");
  for (let tries = 0; requests("logout").length === 0 && tries < 50; tries++) await sleep(100);
  assert.deepEqual(requests("logout").map(({ status }) => status), [204]);
});

stage("a double-submit cookie that can stand in no header is no trap: the refresh is refused by the server", { isolated: NOT_ISOLATED.csrf, dialect: "geolens", options: { preset: "geolens-cookie", refreshMode: "on-demand" } }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    document.cookie = "geolens_csrf=\u2603; path=/";
    const refresh = await outcome(session.refresh(), 5000);
    return [refresh.pending, refresh.error?.isAuthError, (await outcome(session.logout(), 5000)).pending];
  });
  assert.deepEqual(seen, [undefined, true, undefined]);
});

stage("a double-submit cookie comes back decoded, and as it is where it cannot be decoded or the text could stand in no header", { dialect: null, isolated: NOT_ISOLATED.csrf }, async ({ t, run }) => {
  const server = await startRawServer(t);
  const values = ["eyJpdiI6ImEi%3D%3D", "plain", "50%", "%E2%98%83", "a%0Ab"];
  await run(async ({ options, values }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    for (const value of values) {
      document.cookie = `XSRF-TOKEN=${value}; path=/`;
      await session.refresh();
    }
  }, { values, options: {
    baseUrl: server.url, refresh: { by: "cookie", url: "/renew" }, csrf: { cookie: "XSRF-TOKEN", header: "X-XSRF-TOKEN" }, refreshMode: "on-demand",
  } });
  const sent = server.requests.filter(({ url }) => url === "/renew").map(({ headers }) => headers["x-xsrf-token"]);
  assert.deepEqual(sent, ["eyJpdiI6ImEi==", "plain", "50%", "%E2%98%83", "a%0Ab"]);
});
