// The demo page under its own Content-Security-Policy: everything it can do, and not one violation.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchBrowser } from "./support/browser.js";
import { openDemo } from "./support/demo.js";
import { startSite } from "./support/site.js";

const ALICE = { username: "alice", password: "alice-password" };
const DIRECTIVES = [
  "default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "require-trusted-types-for 'script'", "trusted-types 'none'", "worker-src 'self'", "style-src 'self'",
  "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
];

let browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser?.close());

/** Notes every violation in every page of the context, from the first script on. */
async function watchViolations(context) {
  const violations = [];
  await context.exposeBinding("noteViolation", (_source, what) => void violations.push(what));
  await context.addInitScript(() => addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) => noteViolation(`${violatedDirective}: ${blockedURI} ${sample}`)));
  context.on("console", (message) => /content security policy|trusted ?type/i.test(message.text()) && violations.push(message.text()));
  return violations;
}

test("f138 f139 the demo page does all it can under a strict policy, and violates nothing", async (t) => {
  const demo = await openDemo(t, browser, "geolens", { accessLifetimeS: 300 });
  const { page, context, at } = demo;
  const violations = await watchViolations(context);
  const answer = await page.reload();
  await demo.status("signed_out");
  const policy = answer.headers()["content-security-policy"].split("; ");
  for (const directive of DIRECTIVES) assert.ok(policy.includes(directive), directive);
  assert.ok(!policy.some((directive) => /unsafe-(inline|eval)'|blob:|data:|\*$/.test(directive.replaceAll("'wasm-unsafe-eval'", "").replaceAll(/http:\/\/(127\.0\.0\.1|localhost):\*/g, ""))), policy.join());

  await demo.submit({ ...ALICE, password: "wrong" });
  await demo.error("invalid_credentials");
  await demo.login(ALICE);
  await at("refresh").click();
  await demo.logged("refreshed");
  assert.equal(await demo.callApi(), 200);
  for (const situation of ["parallel", "late", "foreign", "redirect"]) {
    await at(`requests-${situation}`).click();
    await page.locator("#requests-outcome", { hasText: "What came back" }).waitFor();
    await page.evaluate(() => (document.querySelector("#requests-outcome").textContent = ""));
  }
  for (const fault of ["503", "malformed", "drop-before", "html", "429", "401"]) {
    if (!(await at(`fault-${fault}`).count())) continue;
    await at("fault-on").selectOption("api");
    await at(`fault-${fault}`).click();
    await at("api-call").click();
    await page.waitForTimeout(100);
  }
  await at("fault-clear").click();
  const other = await context.newPage();
  await other.goto(page.url());
  await other.locator("[data-testid=status][data-status=active]").waitFor();
  for (const backend of ["langflow", "zype", "dreadnode", "fastapi-json", "own"]) await at("backend").selectOption(backend);
  await at("own-options").fill("{");
  await at("own-open").click();
  await at("backend").selectOption("geolens");
  await at("storage").selectOption("memory");
  await at("storage").selectOption("local");
  await demo.status("active");
  await demo.logout();
  await other.locator("[data-testid=status][data-status=signed_out]").waitFor();
  assert.deepEqual(violations, []);

  // That a violation would have been seen:
  await page.evaluate(() => {
    try {
      document.body.innerHTML = "<b>markup</b>";
    } catch {}
  });
  await page.waitForFunction(() => true);
  assert.ok(violations.some((violation) => violation.includes("require-trusted-types-for")), violations.join());
});

test("f141 the demo page is not shown in a frame of another origin, where a page without its policy is", async (t) => {
  const { page, context } = await openDemo(t, browser, "geolens");
  const [site, outer] = [await startSite(), await startSite({ pages: { "/outer": "<!doctype html><title>outer</title>" } })];
  t.after(() => Promise.all([site.close(), outer.close()]));
  const framing = await context.newPage();
  const refusals = [];
  framing.on("console", (message) => message.text().includes("frame-ancestors") && refusals.push(message.text()));
  await framing.goto(`${outer.url}/outer`);
  const shown = async (url) => {
    await framing.evaluate((url) => new Promise((loaded) => {
      const frame = document.createElement("iframe");
      frame.onload = loaded;
      frame.src = url;
      document.body.replaceChildren(frame);
    }), url);
    const [, frame] = framing.frames();
    return [new URL(frame.url()).origin === new URL(url).origin, await frame.locator("form").count()];
  };
  assert.ok((await page.locator("form").count()) > 0);
  assert.deepEqual([await shown(`${site.url}/`), refusals.length], [[true, 0], 0]);
  assert.deepEqual([await shown(page.url()), refusals.length], [[false, 0], 1]);
});

test("f139 a page whose policy does not allow WebAssembly is told so: module_load, for the reason csp", async (t) => {
  const site = await startSite();
  const context = await browser.newContext();
  t.after(async () => {
    await context.close();
    await site.close();
  });
  const page = await context.newPage();
  await page.route(`${site.url}/`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), "content-security-policy": "script-src 'self'; require-trusted-types-for 'script'" } });
  });
  await page.goto(site.url);
  const seen = await page.evaluate(async () => {
    const { AuthSession } = await import("/dist/index.js");
    const { code, reason, message, retryable } = await AuthSession.open({ baseUrl: "https://api.example.com" }).catch((error) => error);
    return { code, reason, retryable, says: message.includes("'wasm-unsafe-eval'") };
  });
  assert.deepEqual(seen, { code: "module_load", reason: "csp", retryable: false, says: true });
});
