// What a page may do around a session, and what a session does to its page.
import assert from "node:assert/strict";
import { startRawServer, tokens } from "./support/raw-server.js";
import { NOT_ISOLATED, useStage } from "./support/stage.js";

const stage = useStage();

stage("f51 a service worker of the page is handed requests that no cache may answer", {}, async ({ page, run, open, requests }) => {
  await page.evaluate(async () => {
    await navigator.serviceWorker.register("/worker-that-sees.js");
    await navigator.serviceWorker.ready;
  });
  await open();
  const seen = await run(async ({ options }) => {
    const seen = [];
    navigator.serviceWorker.onmessage = ({ data }) => seen.push(`${data.method} ${data.cache}`);
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    const first = await session.accessToken();
    await session.refresh();
    const second = await session.accessToken();
    await session.logout();
    await sleep(100);
    return { seen, isNew: first !== second };
  });
  assert.deepEqual(seen, { seen: Array(3).fill("POST no-store"), isNew: true });
  assert.deepEqual([requests("login").length, requests("refresh").length, requests("logout").length], [1, 1, 1]);
});

const watchListeners = () => {
  globalThis.heard = [];
  const add = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (type, ...rest) {
    if (this === undefined || this === globalThis) heard.push(type);
    return add.call(this, type, ...rest);
  };
};

stage("f140 no message to the window is listened to", { init: watchListeners }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    await session.refresh();
    return { heard: globalThis.heard, handler: globalThis.onmessage };
  });
  assert.ok(seen.heard.includes("pageshow"), "it was watched");
  assert.deepEqual([seen.heard.includes("message"), seen.handler], [false, null]);
});

stage("f135 nothing that goes wrong in the background ends in an unhandled rejection", { dialect: null }, async ({ t, page, run }) => {
  let calls = 0;
  const answers = [
    (response) => response.end(tokens({ refresh_token: "r", expires_in: 1 })),
    (response) => response.writeHead(503).end("down"),
    (response) => response.end("<html>"),
    (response) => response.socket.destroy(),
    (response) => response.writeHead(400).end('{"error":"invalid_grant"}'),
  ];
  const server = await startRawServer(t, (_request, response) => answers[Math.min(calls++, answers.length - 1)](response));
  const rejections = [];
  await page.exposeFunction("rejected", (reason) => rejections.push(reason));
  const reason = await run(async ({ url }) => {
    addEventListener("unhandledrejection", ({ reason }) => rejected(String(reason)));
    const session = await AuthSession.open({ baseUrl: url, preset: "oauth2-form" });
    const end = next(session, "signed_out");
    await session.login(ALICE);
    const { reason } = await end;
    await session.logout();
    session.dispose();
    await sleep(100);
    return reason;
  }, { url: server.url });
  assert.equal(reason, "ambiguous");
  assert.deepEqual(rejections, []);
});

for (const [where, options] of [["in the page", {}], ["in a worker", { isolation: "worker" }]])
  stage(`keys that a part of the page keeps to itself are use of the page, with the core ${where}`, { options: { ...options, idleTimeoutMs: 5_000 } }, async ({ run, page }) => {
    await run(async ({ options }) => {
      globalThis.session = await AuthSession.open(options);
      await session.login(ALICE);
      document.body.innerHTML = "<textarea></textarea>";
      const editor = document.querySelector("textarea");
      for (const type of ["keydown", "pointerdown", "wheel"]) editor.addEventListener(type, (event) => event.stopPropagation());
      editor.focus();
    });
    for (let times = 0; times < 9; times += 1) {
      await page.waitForTimeout(700);
      await page.keyboard.type("a");
    }
    assert.equal(await run(() => session.getSnapshot().status), "active");
  });

stage("use of another tab that no event has told of, as to a page that was frozen, puts the idle end off", { options: { idleTimeoutMs: 3_000 }, isolated: NOT_ISOLATED.memory }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    const key = Object.keys(localStorage).find((name) => name.startsWith("was.1."));
    await sleep(2_000);
    localStorage.setItem(`${key}.active`, String(Date.now()));
    await sleep(2_000);
    const { status } = session.getSnapshot();
    await sleep(2_000);
    return [status, session.getSnapshot().endReason];
  });
  assert.deepEqual(seen, ["active", "idle"]);
});
