// A trap of the module in a worker: what becomes of the session there, and of the next one.
import assert from "node:assert/strict";
import { startApi } from "./support/api-stage.js";
import { useStage } from "./support/stage.js";

const stage = useStage();
const ISOLATED = { isolation: "worker" };

stage("f124 a trap in the worker rejects what is pending with trapped, and the next call begins anew: signed out, for the memory is gone", {}, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const worker = new Worker("/worker-that-traps.js", { type: "module" });
    const session = await AuthSession.open({ ...options, isolation: worker });
    await session.login(ALICE);
    worker.postMessage({ trapAt: "core_refresh" });
    const pending = [session.refresh(), session.accessToken({ minValidityMs: 3_600_000 })].map((promise) => outcome(promise));
    const trapped = (await Promise.all(pending)).map(({ error }) => [error?.code, error?.retryable]);
    const token = (await outcome(session.accessToken())).error?.code;
    await session.login(ALICE);
    worker.postMessage({ trapAt: "core_refresh" });
    await outcome(session.refresh());
    const logout = await outcome(session.logout());
    await session.login(ALICE);
    return { trapped, token, logout: logout.value?.server, after: [session.getSnapshot().status, typeof (await session.accessToken())] };
  });
  assert.deepEqual(seen, { trapped: [["trapped", true], ["trapped", true]], token: "session_ended", logout: "none", after: ["active", "string"] });
});

stage("f124 who listens to tokens, or for the end, is told where a trap has taken the session, and capabilities are whole meanwhile", {}, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const worker = new Worker("/worker-that-traps.js", { type: "module" });
    const session = await AuthSession.open({ ...options, isolation: worker });
    await session.login(ALICE);
    const told = [];
    session.onToken((token) => told.push(token === null ? null : "token"));
    session.on("signed_out", ({ reason }) => told.push(reason));
    const names = Object.keys(session.capabilities).sort().join();
    worker.postMessage({ trapAt: "core_refresh" });
    const trapped = (await outcome(session.refresh())).error?.code;
    const asked = outcome(session.accessToken());
    const isWhole = Object.keys(session.capabilities).sort().join() === names;
    return { trapped, isWhole, asked: (await asked).error?.code, told, status: session.getSnapshot().status };
  });
  assert.deepEqual(seen, { trapped: "trapped", isWhole: true, asked: "session_ended", told: ["token", null, "storage_cleared"], status: "signed_out" });
});

stage("f124 where the worker does not start again after a trap, who calls is told so, and the next call tries anew", {
  options: ISOLATED,
  init: () => {
    const Real = Worker;
    globalThis.Worker = class extends Real {
      constructor(url, options) {
        super(globalThis.workerAt ?? url, options);
        globalThis.made = this;
      }
    };
  },
}, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const trap = async (next) => {
      globalThis.workerAt = next;
      made.postMessage({ trapAt: "core_refresh" });
      return (await outcome(session.refresh())).error?.code;
    };
    globalThis.workerAt = "/worker-that-traps.js";
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    const codes = [await trap("/worker-that-traps.js")];
    // The first call of its kind, while the worker is still to start.
    codes.push((await outcome(session.fetch(`${options.baseUrl}/api/me`))).error?.code);
    codes.push(await trap("/nowhere/worker.js"));
    const missing = await Promise.all([session.accessToken(), session.restore(), session.login(ALICE)].map((promise) => outcome(promise)));
    codes.push(...missing.map(({ error }) => `${error?.code} ${error?.reason}`));
    globalThis.workerAt = undefined;
    return { codes, login: (await outcome(session.login(ALICE))).error, status: session.getSnapshot().status };
  });
  assert.deepEqual(seen, { codes: ["trapped", "session_ended", "trapped", ...Array(3).fill("module_load worker")], login: undefined, status: "active" });
});

stage("f105 f124 what was sent for one user and is refused late is not sent again for the next, who logged in after a trap in the worker", { dialect: null }, async ({ t, run }) => {
  const api = await startApi(t, {
    answer: (request, response) => {
      setTimeout(() => response.writeHead(request.headers.authorization === "Bearer token-1" ? 401 : 200).end("{}"), 800);
      return true;
    },
  });
  const status = await run(async ({ baseUrl }) => {
    const worker = new Worker("/worker-that-traps.js", { type: "module" });
    const session = await AuthSession.open({ baseUrl, preset: "oauth2-form", isolation: worker });
    await session.login(ALICE);
    const late = session.fetch(`${baseUrl}/order`, { method: "POST" });
    await sleep(100);
    worker.postMessage({ trapAt: "core_refresh" });
    await outcome(session.refresh());
    await session.login(BOB);
    return (await late).status;
  }, { baseUrl: api.url });
  assert.deepEqual([status, api.calls().length], [401, 1]);
});
