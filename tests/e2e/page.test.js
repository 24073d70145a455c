// The demo page in a real Chromium, over the network, against every backend: what the README promises, seen from outside.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launchBrowser } from "./support/browser.js";
import { found, readStores } from "./support/canaries.js";
import { openDemo } from "./support/demo.js";

const ALICE = { username: "alice", password: "alice-password" };
const ALICE_BY_EMAIL = { ...ALICE, username: "alice@example.com" };
const DEVICE = { linkedDeviceId: "living-room-tv", pin: "246810" };
const LIFETIME_S = 5;
/** Two refreshes at 80 % of the lifetime take 8 s; what is above is for a busy machine. */
const TWO_REFRESHES_MS = 25_000;

const jsonPost = (body) => ({ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

/** How an old refresh token is tried at a backend that revokes, and the status that refuses it. */
const atGeolens = { refused: 401, send: (url, token) => fetch(`${url}/auth/refresh/`, jsonPost({ refresh_token: token })) };
const atTokenEndpoint = {
  refused: 400,
  send: (url, token) => fetch(`${url}/oauth/token`, {
    method: "POST", body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: token }),
  }),
};

const ROWS = [
  { title: "Langflow", backend: "langflow", cookie: "refresh_token_lf" },
  { title: "Langflow by auto login", backend: "langflow", cookie: "refresh_token_lf", credentials: null, grant: "auto", settings: { perDialect: { langflow: { autoLogin: true } } } },
  { title: "GeoLens in token mode", backend: "geolens", replay: atGeolens },
  { title: "GeoLens in cookie mode", backend: "geolens-cookie", server: "geolens", cookie: "geolens_refresh", replay: atGeolens },
  { title: "Zype by user name", backend: "zype", credentials: ALICE_BY_EMAIL, ends: "none" },
  { title: "Zype by device", backend: "zype", credentials: DEVICE, grant: "device", ends: "none" },
  { title: "an OAuth 2.0 server by form", backend: "oauth2-form", server: "oauth2", replay: atTokenEndpoint },
  { title: "an OAuth 2.0 server by JSON", backend: "oauth2-json", server: "oauth2", replay: atTokenEndpoint },
  { title: "a FastAPI application by JSON", backend: "fastapi-json", server: "fastapi", ends: "none" },
];

/** Half a second is left of such a token when it is handed out last: on a busy machine it can run out on its way. */
async function callApi(demo) {
  let status = await demo.callApi();
  for (let tries = 1; status === 401 && tries < 4; tries += 1) status = await demo.callApi();
  return status;
}

let browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

describe("the page and a backend that refreshes", { concurrency: 2 }, () => {
  for (const { title, backend, server = backend, credentials = ALICE, grant = "password", cookie, replay, ends = "revoked", settings } of ROWS) {
    test(`${title}: logs in, holds the session over a reload, renews it twice by itself, and leaves nothing behind`, async (t) => {
      const demo = await openDemo(t, browser, backend, settings);
      const { url, log } = demo.servers.backends[server];

      await demo.setLifetime(LIFETIME_S);
      await demo.login(credentials, grant);
      assert.equal(await callApi(demo), 200, "the API takes the token");

      const earlier = refreshes(log).length;
      await demo.page.reload();
      await demo.status("active");
      assert.equal(await demo.at("backend").inputValue(), backend, "a reload stays at the backend");
      assert.equal(log.filter(({ on, method }) => on === "login" && method !== "OPTIONS").length, 1, "nobody logged in again");

      // Where a cookie renews, no token is stored, and the reload itself is a refresh before the two.
      const count = cookie ? 3 : 2;
      await demo.logged("refreshed", { count, timeout: TWO_REFRESHES_MS });
      assert.ok(refreshes(log).length - earlier >= count, "the backend saw them");
      assert.deepEqual(refreshes(log).filter(({ status }) => status !== 200), [], "and refused none");
      assert.equal(await callApi(demo), 200, "the API takes the renewed token");
      if (cookie) assert.ok(await holdsCookie(demo, cookie), "the browser holds the cookie that renews");

      assert.equal(await demo.logout(), ends, "what the server did about the logout");
      await assertNothingLeft(demo, credentials);
      if (cookie) assert.ok(!(await holdsCookie(demo, cookie)), "the browser gave the cookie up");
      if (replay) {
        const answer = await replay.send(url, demo.tokens.refresh.at(-1));
        assert.equal(answer.status, replay.refused, "the old refresh token is refused");
        assert.equal(refreshes(log).at(-1).refresh.use, "revoked", "because the logout revoked it");
      }

      await demo.page.reload();
      await demo.status("signed_out");
      demo.assertNoTrouble();
    });
  }
});

describe("the page", { concurrency: 3 }, () => {
  for (const [title, backend, extra] of [
    ["Dreadnode", "dreadnode", /default_org.*acme/s],
    ["a FastAPI application by form", "fastapi", /^$/],
  ]) {
    test(`${title}: holds the session over a reload, warns before it ends, and says that it expired`, async (t) => {
      const demo = await openDemo(t, browser, backend);
      await demo.setLifetime(12);
      await demo.login(ALICE);
      assert.match(await demo.at("extra").textContent(), extra, "reply fields nobody asked for are shown");
      assert.equal(await demo.callApi(), 200);
      await demo.page.reload();
      await demo.status("active");

      await demo.logged("expiring");
      assert.equal(await demo.at("status").getAttribute("data-status"), "active", "the warning comes before the end");
      await demo.status("signed_out");
      await demo.logged("signed_out");
      assert.equal(await demo.at("log").locator("[data-event=signed_out]").getAttribute("data-reason"), "expired");
      assert.equal(await demo.at("why").getAttribute("data-reason"), "expired");

      await demo.at("api-call").click();
      await demo.error("session_ended");
      assert.equal(await demo.at("error").getAttribute("data-reason"), "expired", "a token is refused for the same reason");
      assert.equal(refreshes(demo.servers.backends[backend].log).length, 0);
      await assertNothingLeft(demo, ALICE);
      demo.assertNoTrouble();
    });
  }

  for (const [title, backend, credentials, status] of [
    ["Langflow", "langflow", ALICE, 401],
    ["GeoLens", "geolens", ALICE, 401],
    ["Zype", "zype", ALICE_BY_EMAIL, 400],
    ["Dreadnode", "dreadnode", ALICE, 401],
    ["an OAuth 2.0 server", "oauth2-form", ALICE, 400],
    ["a FastAPI application", "fastapi", ALICE, 401],
  ]) {
    test(`${title}: a wrong password is shown as invalid_credentials, with what the server said`, async (t) => {
      const demo = await openDemo(t, browser, backend, { expected: [status] });
      const password = "wrong-password-canary";
      await demo.submit({ ...credentials, password });
      await demo.error("invalid_credentials");
      const text = await demo.at("error").textContent();
      assert.ok(text.includes(String(status)), "the status is shown");
      assert.deepEqual(found([password], text), [], "the password is not");
      assert.equal(await demo.at("status").getAttribute("data-status"), "signed_out");
      await assertNothingLeft(demo, { password });
      demo.assertNoTrouble();
    });
  }

  test("the server's word on a field stands beside its input, which gets the focus", async (t) => {
    const demo = await openDemo(t, browser, "dreadnode", { expected: [422] });
    demo.servers.backends.dreadnode.fault({
      on: "login", kind: "status", status: 422, times: 1,
      body: {
        code: 422, detail: "Validation failed", type: "validation_error",
        errors: [{ loc: ["body", "password"], msg: "String should have at least 20 characters", type: "string_too_short" }],
      },
    });
    await demo.submit(ALICE);
    await demo.error("validation");
    assert.equal(await demo.at("input-password-error").textContent(), "String should have at least 20 characters");
    assert.equal(await demo.at("input-password").getAttribute("aria-invalid"), "true");
    assert.equal(await demo.at("input-password").getAttribute("aria-describedby"), await demo.at("input-password-error").getAttribute("id"));
    assert.equal(await demo.at("input-username").getAttribute("aria-invalid"), null);
    assert.ok(await demo.at("input-password").evaluate((input) => input === document.activeElement));

    await demo.login(ALICE);
    demo.assertNoTrouble();
  });

  test("an empty form is not sent on as a login: the empty inputs are marked", async (t) => {
    const demo = await openDemo(t, browser, "langflow", { expected: [422] });
    await demo.at("submit").click();
    await demo.page.locator("[data-testid=input-username][aria-invalid=true]").waitFor();
    assert.notEqual(await demo.at("input-username-error").textContent(), "");
    assert.equal(await demo.at("status").getAttribute("data-status"), "signed_out");
    demo.assertNoTrouble();
  });

  test("a wait the server asks for is counted down beside the error", async (t) => {
    const demo = await openDemo(t, browser, "geolens", { expected: [429] });
    await demo.at("fault-on").selectOption("login");
    await demo.at("fault-429").click();
    await demo.logged("fault");
    await demo.submit(ALICE);
    await demo.error("rate_limited");
    await demo.page.getByText(/[2-5] s left/).waitFor();
    await demo.page.getByText(/The wait is over/).waitFor();
    await demo.login(ALICE);
    demo.assertNoTrouble();
  });

  test("refresh and expiry are counted down, without being announced", async (t) => {
    const demo = await openDemo(t, browser, "geolens");
    await demo.login(ALICE);
    for (const [clock, lowest, highest] of [["refresh-clock", 15, 30], ["expiry-clock", 24, 30]]) {
      const text = demo.at(clock).getByRole("timer");
      assert.equal(await text.getAttribute("aria-live"), "off");
      const seconds = Number(/^in (\d+) s/.exec(await text.textContent())?.[1]);
      assert.ok(seconds >= lowest && seconds <= highest, `${clock}: ${seconds}`);
      await demo.at(clock).getByText(`in ${seconds - 1} s`).waitFor();
    }
    demo.assertNoTrouble();
  });

  test("the keyboard alone logs in and out, and the focus is where one carries on", async (t) => {
    const demo = await openDemo(t, browser, "geolens");
    const { keyboard } = demo.page;
    const focused = () => demo.page.evaluate(() => document.activeElement.id);
    await keyboard.press("Tab");
    assert.equal(await demo.page.evaluate(() => document.activeElement.textContent), "Skip to the session");
    while ((await focused()) !== "login-username") await keyboard.press("Tab");
    await keyboard.type(ALICE.username);
    await keyboard.press("Tab");
    await keyboard.type(ALICE.password);
    await keyboard.press("Enter");
    await demo.status("active");
    await demo.page.waitForFunction(() => document.activeElement.id === "session");
    while ((await focused()) !== "logout") await keyboard.press("Tab");
    await keyboard.press("Enter");
    await demo.status("signed_out");
    await demo.page.waitForFunction(() => document.activeElement.id === "login-username");
    assert.equal(await demo.at("input-password").inputValue(), "", "the password was forgotten");
    demo.assertNoTrouble();
  });

  test("the events are a list to assistive technology, and its additions are announced", async (t) => {
    const demo = await openDemo(t, browser, "geolens");
    await demo.logged("opened");
    assert.match(await demo.at("log").ariaSnapshot(), /^- list "Events":\n\s+- listitem/);
    assert.equal(await demo.at("log").getAttribute("aria-live"), "polite");
    demo.assertNoTrouble();
  });

  test("a refresh that fails once keeps the session, and the page says what happened", async (t) => {
    const demo = await openDemo(t, browser, "geolens", { expected: [503] });
    await demo.login(ALICE);
    await demo.at("fault-on").selectOption("refresh");
    await demo.at("fault-503").click();
    await demo.logged("fault");
    await demo.at("refresh").click();
    await Promise.race([demo.logged("refresh_failed"), demo.logged("refreshed")]);
    assert.equal(await demo.at("status").getAttribute("data-status"), "active");
    await demo.at("fault-clear").click();
    await demo.logged("fault", { count: 2 });
    await demo.at("refresh").click();
    await demo.logged("refreshed");
    demo.assertNoTrouble();
  });

  test("a refresh that is refused ends the session, and the page says why", async (t) => {
    const demo = await openDemo(t, browser, "geolens", { expected: [401] });
    await demo.login(ALICE);
    await demo.at("fault-401").click();
    await demo.logged("fault");
    await demo.at("refresh").click();
    await demo.status("signed_out");
    assert.equal(await demo.at("why").getAttribute("data-reason"), "refused");
    assert.notEqual(await demo.at("why").textContent(), "");
    await assertNothingLeft(demo, ALICE);
    demo.assertNoTrouble();
  });

  test("without remembering, the session is in this tab only", async (t) => {
    const demo = await openDemo(t, browser, "geolens");
    await demo.at("remember").uncheck();
    await demo.login(ALICE);
    await demo.tokens.settled();
    const local = await demo.page.evaluate(() => JSON.stringify({ ...localStorage }));
    assert.deepEqual(found([...demo.tokens.access, ...demo.tokens.refresh], local), []);
    await demo.page.reload();
    await demo.status("active");

    const other = await demo.context.newPage();
    await other.goto(demo.page.url());
    await other.locator("[data-testid=status][data-status=signed_out]").waitFor();
    demo.assertNoTrouble();
  });

  test("options given as JSON open a session of their own, also after a reload", async (t) => {
    const demo = await openDemo(t, browser, "langflow");
    await demo.at("backend").selectOption("own");
    await demo.at("own-options").fill("{");
    await demo.at("own-open").click();
    await demo.page.locator("[data-testid=own-options][aria-invalid=true]").waitFor();

    const baseUrl = demo.servers.backends.dreadnode.url;
    await demo.at("own-options").fill(JSON.stringify({ baseUrl, preset: "dreadnode" }));
    await demo.at("own-open").click();
    await demo.login(ALICE);
    await demo.page.reload();
    await demo.status("active");
    await demo.logout();
    demo.assertNoTrouble();
  });

  test("an option that does not exist is shown as invalid_options with its name", async (t) => {
    const demo = await openDemo(t, browser, "own");
    await demo.at("own-options").fill(JSON.stringify({ baseUrl: "http://127.0.0.1:9", storge: "memory" }));
    await demo.at("own-open").click();
    await demo.error("invalid_options");
    assert.match(await demo.at("error").textContent(), /storge/);
    demo.assertNoTrouble();
  });
});

const refreshes = (log) => log.filter(({ on }) => on === "refresh");

async function holdsCookie({ context, servers }, name) {
  const cookies = await context.cookies(Object.values(servers.backends).flatMap(({ url }) => [url, `${url}/auth/`]));
  return cookies.some((cookie) => cookie.name === name);
}

/** No password and no token ever seen stands anywhere that script can read after the page is gone. */
async function assertNothingLeft({ page, tokens }, credentials) {
  await tokens.settled();
  const { password, pin } = credentials ?? {};
  const secrets = [password, pin, ...tokens.access, ...tokens.refresh].filter(Boolean);
  assert.deepEqual(found(secrets, await readStores(page)), []);
}
