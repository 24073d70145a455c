// The worker of an isolated session: one of the caller's own, one that is not there, one that has ended.
import assert from "node:assert/strict";
import { startRawServer } from "./support/raw-server.js";
import { useStage } from "./support/stage.js";

const stage = useStage();

stage("two sessions can share a worker of the caller's own, which outlives both", {}, async ({ run, page }) => {
  const seen = await run(async ({ options }) => {
    const isolation = new Worker("/dist/worker.js", { type: "module" });
    const sessions = await Promise.all(["a", "b"].map((namespace) => AuthSession.open({ ...options, namespace, isolation })));
    await sessions[0].login(ALICE);
    const states = sessions.map((session) => session.getSnapshot().status);
    sessions[0].dispose();
    await sessions[1].login(ALICE);
    states.push(typeof (await sessions[1].accessToken()));
    sessions[1].dispose();
    await sleep(200);
    return states;
  });
  assert.deepEqual(seen, ["active", "signed_out", "string"]);
  assert.equal(page.workers().length, 1);
});

stage("a worker of the caller's own may have messages of its own", {}, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const script = `import "${location.origin}/dist/worker.js"; self.onmessage = ({ data, ports: [port] }) => data === "ping" && port.postMessage("pong");`;
    const isolation = new Worker(URL.createObjectURL(new Blob([script], { type: "text/javascript" })), { type: "module" });
    const faults = [];
    isolation.onerror = ({ message }) => faults.push(message);
    const session = await AuthSession.open({ ...options, isolation });
    const { port1, port2 } = new MessageChannel();
    const answer = new Promise((heard) => (port1.onmessage = ({ data }) => heard(data)));
    isolation.postMessage("ping", [port2]);
    await session.login(ALICE);
    return [await answer, session.getSnapshot().status, faults];
  });
  assert.deepEqual(seen, ["pong", "active", []]);
});

stage("a worker of the caller's own whose script is not there is module_load at once, also while the module is still being loaded", {}, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const open = () => timed(AuthSession.open({ ...options, isolation: new Worker("/nowhere/worker.js", { type: "module" }) }));
    return [await open(), await open()];
  });
  for (const { error, ms } of seen) {
    assert.deepEqual([error.code, error.reason], ["module_load", "worker"]);
    assert.ok(ms < 5_000, `${ms} ms`);
  }
});

stage("f89 a worker whose script is not there is module_load at once also where that is heard before the page is shown", {
  init: () => Object.defineProperty(document, "prerendering", { value: true, configurable: true }),
}, async ({ run }) => {
  const { error, ms } = await run(async ({ options }) => {
    const opening = timed(AuthSession.open({ ...options, isolation: new Worker("/nowhere/worker.js", { type: "module" }) }));
    await sleep(1_000);
    Object.defineProperty(document, "prerendering", { value: false });
    document.dispatchEvent(new Event("prerenderingchange"));
    return opening;
  });
  assert.deepEqual([error.code, error.reason], ["module_load", "worker"]);
  assert.ok(ms < 5_000, `${ms} ms`);
});

stage("in a worker isolation is refused by its name: it is for a page", {}, async ({ run }) => {
  const error = await run(({ options }) => new Promise((told) => {
    const script = `
      import { AuthSession } from "${location.origin}/dist/index.js";
      await AuthSession.open(${JSON.stringify({ ...options, isolation: "worker" })}).catch((error) => postMessage(error.toJSON()));`;
    const worker = new Worker(URL.createObjectURL(new Blob([script], { type: "text/javascript" })), { type: "module" });
    worker.onmessage = ({ data }) => told(data);
  }));
  assert.deepEqual([error.code, error.option], ["invalid_options", "isolation"]);
  assert.match(error.message, /is for a page/);
});

/** In the page: that a worker says nothing is known after a second. */
const impatient = () => {
  const own = setTimeout;
  globalThis.setTimeout = (act, ms, ...given) => own(act, ms === 15_000 ? 1_000 : ms, ...given);
};

stage("f124 who has ended a worker of their own, and not the session, is told by every call: nobody waits for ever", { init: impatient }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const isolation = new Worker("/dist/worker.js", { type: "module" });
    const session = await AuthSession.open({ ...options, isolation });
    await session.login(ALICE);
    isolation.terminate();
    const calls = [session.refresh(), session.login(ALICE), session.rejection(new Response("no", { status: 403 })), session.logout()];
    const codes = (await Promise.all(calls.map((call) => outcome(call, 5_000)))).map(({ error }) => error?.code);
    codes.push((await outcome(session.restore(), 5_000)).error?.code);
    return { codes, status: session.getSnapshot().status };
  });
  assert.deepEqual(seen, { codes: Array(5).fill("trapped"), status: "signed_out" });
});

stage("f124 each call that a worker does not hear is waited for as long, whatever was asked before it", { init: impatient }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const isolation = new Worker("/dist/worker.js", { type: "module" });
    const session = await AuthSession.open({ ...options, isolation });
    isolation.terminate();
    const first = outcome(session.restore(), 5_000);
    await sleep(700);
    const start = performance.now();
    const later = await outcome(session.refresh(), 5_000);
    return { codes: [(await first).error?.code, later.error?.code], ms: performance.now() - start };
  });
  assert.deepEqual(seen.codes, ["trapped", "trapped"]);
  assert.ok(seen.ms > 900, `${seen.ms} ms`);
});

stage("f124 of a refusal that a worker does not hear nothing is kept", { init: impatient }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const isolation = new Worker("/dist/worker.js", { type: "module" });
    const session = await AuthSession.open({ ...options, isolation });
    isolation.terminate();
    let isLetGo = false;
    const refusal = new Response(new ReadableStream({ cancel: () => void (isLetGo = true) }), { status: 403 });
    const { error } = await outcome(session.rejection(refusal), 5_000);
    void refusal.body.cancel();
    await sleep(100);
    return [error?.code, isLetGo];
  });
  assert.deepEqual(seen, ["trapped", true]);
});

stage("f127 a worker of the caller's own that outlives its sessions keeps no listener of theirs", {}, async ({ run, page, context }) => {
  await run(async ({ options }) => {
    globalThis.isolation = new Worker("/dist/worker.js", { type: "module" });
    for (const namespace of ["a", "b", "c"]) (await AuthSession.open({ ...options, namespace, isolation })).dispose();
    for (const more of [{ baseUrl: "nonsense" }, { timeoutMs: -1 }, { more: () => {} }]) await outcome(AuthSession.open({ ...options, ...more, isolation }));
  });
  const devtools = await context.newCDPSession(page);
  const { result: { objectId } } = await devtools.send("Runtime.evaluate", { expression: "isolation" });
  const { listeners } = await devtools.send("DOMDebugger.getEventListeners", { objectId });
  assert.deepEqual(listeners.map(({ type }) => type), []);
});

stage("a worker of the caller's own that was long busy with something else goes on with the session it holds", { init: impatient, options: { refreshMode: "on-demand" } }, async ({ t, run }) => {
  const server = await startRawServer(t, (_request, response) => void setTimeout(() => response.end("late"), 2_500));
  const seen = await run(async ({ options, url }) => {
    const script = `
      import "${location.origin}/dist/worker.js";
      self.addEventListener("message", ({ data }) => {
        if (!data.ask) return;
        const request = new XMLHttpRequest();
        request.open("GET", data.ask, false);
        request.send();
      });`;
    const isolation = new Worker(URL.createObjectURL(new Blob([script], { type: "text/javascript" })), { type: "module" });
    const session = await AuthSession.open({ ...options, isolation });
    await session.login(ALICE);
    const ended = [];
    session.on("signed_out", ({ reason }) => ended.push(reason));
    isolation.postMessage({ ask: url });
    await sleep(100);
    const meanwhile = (await outcome(session.refresh(), 5_000)).error?.code;
    await sleep(3_000);
    return { meanwhile, after: (await outcome(session.refresh(), 5_000)).error?.code, token: typeof (await session.accessToken()), ended };
  }, { url: server.url });
  assert.deepEqual(seen, { meanwhile: "trapped", after: undefined, token: "string", ended: [] });
});
