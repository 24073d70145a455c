// How a session comes to be: the module, the options, and what happens before either is there.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { NOT_ISOLATED, useStage } from "./support/stage.js";

const stage = useStage();

stage("new AuthSession before the module is loaded throws module_load with the reason not_loaded", {}, async ({ run }) => {
  const seen = await run(({ options }) => attempt(() => new AuthSession(options)));
  assert.equal(seen.thrown, true);
  assert.deepEqual([seen.error.code, seen.error.reason, seen.error.isAuthError], ["module_load", "not_loaded", true]);
});

stage("f129 sessions opened at the same time load the module once", {}, async ({ run, site }) => {
  const before = site.asked.length;
  const seen = await run(async ({ options }) => {
    const sessions = await Promise.all([1, 2, 3].map((name) => AuthSession.open({ ...options, namespace: String(name) })));
    return sessions.map((session) => session.getSnapshot().status);
  });
  assert.deepEqual(seen, ["signed_out", "signed_out", "signed_out"]);
  assert.equal(site.asked.slice(before).filter((path) => path.endsWith(".wasm")).length, 1);
});

stage("once a session was opened, new AuthSession works and is restoring until asked to restore", { isolated: NOT_ISOLATED.open }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    await AuthSession.open(options);
    const session = new AuthSession(options);
    const first = session.getSnapshot().status;
    return [first, await session.restore(), session.getSnapshot().status];
  });
  assert.deepEqual(seen, ["restoring", false, "signed_out"]);
});

for (const [given, option, nearest] of [
  [{ storge: "memory" }, "storge", "storage"],
  [{ timeoutMS: 5 }, "timeoutMS", "timeoutMs"],
  [{ refresh: { byy: "never" } }, "refresh.byy", "by"],
  [{ preset: "langfow" }, "preset", "langflow"],
])
  stage(`open rejects with invalid_options for ${option} and names ${nearest}`, { options: given }, async ({ run }) => {
    const { error } = await run(({ options }) => outcome(AuthSession.open(options)));
    assert.deepEqual([error.code, error.option], ["invalid_options", option]);
    assert.match(error.reason, new RegExp(`did you mean ${nearest}\\?`));
    assert.equal(error.message, `${option}: ${error.reason}`);
  });

stage("f133 a baseUrl that cannot be used is refused, and nothing is sent", { dialect: null }, async ({ run }) => {
  const seen = await run(async () => {
    const open = (baseUrl) => outcome(AuthSession.open({ baseUrl }));
    const urls = [undefined, "", "/api", "//example.com", "https://user:canary@example.com", "https://example.com?q", "http://example.com", "ftp://127.0.0.1"];
    return Promise.all(urls.map(async (url) => (await open(url)).error));
  });
  assert.deepEqual(seen.map(({ code }) => code), [...Array(6).fill("invalid_options"), "insecure_url", "insecure_url"]);
  assert.ok(seen.every(({ option }) => option === "baseUrl"));
  assert.ok(!JSON.stringify(seen).includes("canary"));
});

stage("f130 options that are no plain data reject with invalid_options, and the next session works", { isolated: NOT_ISOLATED.open }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    await AuthSession.open(options);
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const cycle = { ...options };
    cycle.request = { password: cycle };
    const all = [
      undefined, null, 5, "text", [], () => {}, Symbol("s"), 1n, cycle, revoked.proxy,
      { ...options, timeoutMs: 1n }, { ...options, scope: Symbol("s") }, { ...options, clientId: {} }, { ...options, timeoutMs: NaN },
      { get baseUrl() { throw new Error("a getter") } },
      new Proxy(options, { ownKeys() { throw new Error("a trap") } }),
    ];
    const errors = [];
    for (const one of all) errors.push((await attempt(() => new AuthSession(one))).error ?? (await attempt(() => AuthSession.open(one))));
    return { errors, after: (await AuthSession.open(options)).getSnapshot().status };
  });
  assert.deepEqual(seen.errors.map(({ code, name, message }) => code ?? `${name}: ${message}`), Array(16).fill("invalid_options"));
  assert.equal(seen.after, "signed_out");
});

stage("f89 importing the package has no effects: nothing is asked for, no timer, no listener, no storage", {
  load: false,
  init: () => {
    globalThis.calls = [];
    for (const [owner, name] of [[window, "setTimeout"], [window, "setInterval"], [window, "fetch"], [EventTarget.prototype, "addEventListener"], [Storage.prototype, "setItem"]]) {
      const own = owner[name];
      owner[name] = function (...given) {
        calls.push(name);
        return own.apply(this, given);
      };
    }
  },
}, async ({ page }) => {
  const seen = await page.evaluate(async () => {
    calls.length = 0;
    await import("/dist/index.js");
    await new Promise((done) => queueMicrotask(done));
    return calls;
  });
  assert.deepEqual(seen, []);
});

test("f89 the package can be imported where there is no page, and says that the module is not loaded", () => {
  const file = join(process.env.DIST ?? join(import.meta.dirname, "..", "..", "dist"), "index.js");
  const code = `
    const { AuthSession } = await import(${JSON.stringify(file)});
    try { new AuthSession({ baseUrl: "https://example.com" }) } catch (error) { console.log(error.code, error.reason) }`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
  assert.equal(stdout.trim(), "module_load not_loaded", stderr);
});
