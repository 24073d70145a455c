import assert from "node:assert/strict";
import { startAll } from "../../../server/main.js";
import { watchForTrouble } from "./browser.js";
import { collectTokens } from "./canaries.js";
import { watchSinks } from "./sinks.js";

/** How long the page may take for anything that needs no waiting for a token's age. */
const SOON_MS = 10_000;

/**
 * The demo on ports of its own with a fresh browser profile, at one backend. After the test everything is closed, and the page must have
 * had no trouble but refusals of the `expected` statuses, and shown no secret.
 */
export async function openDemo(t, browser, backend, { expected = [], query = {}, ...settings } = {}) {
  const servers = await startAll({ accessLifetimeS: 30, ...settings });
  const context = await browser.newContext();
  const backendUrls = Object.values(servers.backends).map(({ url }) => url);
  const sinks = await watchSinks(context, (url) => backendUrls.some((backend) => url.startsWith(backend)));
  t.after(async () => {
    try {
      await sinks.assertClean();
    } finally {
      await context.close();
      await servers.close();
    }
  });
  const page = await context.newPage();
  page.setDefaultTimeout(SOON_MS);
  const trouble = watchForTrouble(page, expected);
  const tokens = collectTokens(page, backendUrls);
  await page.goto(`${servers.page.url}/?${new URLSearchParams({ backend, ...query })}`);
  const demo = createDemo({ page, context, servers, tokens, trouble });
  await demo.status("signed_out");
  return demo;
}

/** What a person does at the page, and what they see. */
function createDemo({ page, context, servers, tokens, trouble }) {
  const at = (id) => page.getByTestId(id);

  return {
    page, context, servers, tokens, at,

    /** Waits until the session is in this state. */
    status: (status, timeout = SOON_MS) => page.locator(`[data-testid=status][data-status=${status}]`).waitFor({ timeout }),

    /** Waits until the log has this many lines of the event. */
    async logged(event, { count = 1, timeout = SOON_MS } = {}) {
      await at("log").locator(`[data-event=${event}]`).nth(count - 1).waitFor({ timeout });
    },

    /** Sets the access token lifetime of the backend. */
    async setLifetime(seconds) {
      await at("lifetime-seconds").fill(String(seconds));
      await at("lifetime-apply").click();
      await this.logged("lifetime");
    },

    /** Types the credentials by input name and sends them. */
    async submit(credentials, grant = "password") {
      const choice = at(`grant-${grant}`);
      if (await choice.isVisible()) await choice.check();
      for (const [name, value] of Object.entries(credentials)) await at(`input-${name}`).fill(value);
      await at("submit").click();
    },

    async login(credentials, grant) {
      if (credentials) await this.submit(credentials, grant);
      else await at(`grant-${grant}`).click();
      await this.status("active");
    },

    /** Calls the API by its button. Returns the HTTP status. */
    async callApi() {
      await at("api-call").click();
      await at("api-answer").waitFor();
      return Number(await at("api-answer").getAttribute("data-http-status"));
    },

    /** Logs out, and waits for the server's part. Returns what the server did. */
    async logout() {
      await at("logout").click();
      await this.status("signed_out");
      await this.logged("logout");
      return at("log").locator("[data-event=logout]").last().getAttribute("data-reason");
    },

    /** Waits until an error with this code is shown. */
    error: (code) => page.locator(`[data-testid=error][data-code=${code}]`).waitFor(),

    /** The end of every test. */
    assertNoTrouble: () => assert.deepEqual(trouble, []),
  };
}
