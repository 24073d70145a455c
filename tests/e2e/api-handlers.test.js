// Every public method, called from inside every event and from a subscriber.
import assert from "node:assert/strict";
import { NOT_ISOLATED, useStage } from "./support/stage.js";

const stage = useStage();

const METHODS = [
  "login", "adopt", "restore", "logout", "accessToken", "refresh", "rejection", "dispose", "getSnapshot", "subscribe", "on", "toJSON",
  "Symbol.dispose",
];

/** How each is brought about, in the page. `session` is signed in already. */
const EVENTS = {
  signed_in: (session) => session.login(ALICE),
  refreshed: (session) => session.refresh(),
  refresh_failed: (session) => session.refresh(),
  expiring: (session) => session.adopt({ access_token: "ends-soon", expires_in: 8 }),
  signed_out: (session) => session.logout(),
  user_changed: (session) => session.adopt({ access_token: "of-bob", expires_in: 60, name: "bob" }),
  storage_degraded: async (session) => {
    Storage.prototype.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
    await session.login(ALICE);
  },
  warning: (session) => session.adopt({ access_token: "without-lifetime" }),
  snapshot: (session) => session.login(BOB),
};
/** What the backend or the options must be like for it. */
const SETTINGS = {
  expiring: { options: { refresh: { by: "never" } } },
  refresh_failed: { fault: { on: "refresh", kind: "status", status: 503 } },
};

/** In the page: one session a method, all at once. Returns what became of each call, by method. */
async function callEach({ options, event, bring, methods }) {
  const response = () => new Response('{"detail":"no"}', { status: 403 });
  const calls = {
    login: (session) => session.login(BOB),
    adopt: (session) => session.adopt({ access_token: "adopted", expires_in: 60 }),
    restore: (session) => session.restore(),
    logout: (session) => session.logout(),
    accessToken: (session) => session.accessToken(),
    refresh: (session) => session.refresh(),
    rejection: (session) => session.rejection(response()),
    dispose: (session) => session.dispose(),
    getSnapshot: (session) => session.getSnapshot(),
    subscribe: (session) => session.subscribe(() => {})(),
    on: (session) => session.on("signed_in", () => {})(),
    toJSON: (session) => JSON.stringify(session),
    "Symbol.dispose": (session) => session[Symbol.dispose ?? Symbol.for("Symbol.dispose")](),
  };
  const begin = new Function(`return ${bring}`)();
  const sessions = await Promise.all(methods.map(async (method) => {
    const session = await AuthSession.open({ ...options, namespace: `${event} ${method}` });
    await session.login(ALICE);
    return session;
  }));
  await sleep(0);
  const one = async (method, index) => {
    const session = sessions[index];
    const called = new Promise((told) => {
      const listen = (listener) => (event === "snapshot" ? session.subscribe(listener) : session.on(event, listener));
      const stop = listen(() => {
        stop();
        told(attempt(() => calls[method](session)));
      });
    });
    const begun = outcome(begin(session));
    const [call, way] = [await Promise.race([called, sleep(30_000).then(() => "never told")]), await begun];
    // Whatever was called, the session answers, if only that it is disposed of.
    const status = (await attempt(() => session.logout())).error?.code ?? session.getSnapshot().status;
    session.dispose();
    return [method, { call, way, status }];
  };
  return Object.fromEntries(await Promise.all(methods.map(one)));
}

for (const [event, bring] of Object.entries(EVENTS)) {
  const { options = {}, fault } = SETTINGS[event] ?? {};
  stage(`f61 f123 every method may be called from inside ${event === "snapshot" ? "a subscriber" : event}`, {
    options: { timeoutMs: 5000, refreshMode: "on-demand", reply: { user: "/name" }, ...options },
    isolated: event === "storage_degraded" && NOT_ISOLATED.memory,
  }, async ({ run, backend }) => {
    if (fault) backend.fault(fault);
    const seen = await run(callEach, { event, bring: String(bring), methods: METHODS });
    assert.deepEqual(Object.keys(seen).sort(), [...METHODS].sort());
    for (const [method, { call, way, status }] of Object.entries(seen)) {
      assert.notEqual(call, "never told", `${method}: ${event} comes`);
      for (const one of [call, way]) {
        assert.ok(!one.pending, `${method}: every promise settles`);
        assert.ok(!one.error || one.error.isAuthError, `${method}: ${JSON.stringify(one)}`);
      }
      assert.ok(!call.thrown, `${method} does not throw`);
      assert.ok(["signed_out", "disposed"].includes(status), `${method}: the session goes on: ${status}`);
    }
    const plain = ["getSnapshot", "subscribe", "on", "toJSON", "dispose", "Symbol.dispose"];
    for (const method of plain) assert.ok(!seen[method].call.error, `${method} succeeds`);
    assert.equal(seen.rejection.call.error, undefined);
  });
}

stage("f123 any two methods may be called one right after the other, many times", { dialect: "geolens" }, async ({ run }) => {
  const strange = await run(async ({ options }) => {
    const calls = [
      (one) => one.login(ALICE), (one) => one.login(BOB), (one) => one.adopt({ access_token: "adopted", expires_in: 60 }),
      (one) => one.restore(), (one) => one.logout(), (one) => one.accessToken(), (one) => one.refresh(),
      (one) => one.rejection(new Response("", { status: 401 })), (one) => one.getSnapshot(), (one) => one.dispose(),
    ];
    const strange = [];
    for (const first of calls) {
      const pairs = calls.map(async (second) => {
        const session = await AuthSession.open({ ...options, storage: "memory" });
        const turns = [];
        for (let turn = 0; turn < 3; turn += 1) turns.push(attempt(() => first(session)), attempt(() => second(session)));
        for (const { error, pending, thrown } of await Promise.all(turns))
          if (pending || thrown || (error && !error.isAuthError)) strange.push([String(first), String(second), error ?? "pending"]);
        session.dispose();
      });
      await Promise.all(pairs);
    }
    return strange;
  });
  assert.deepEqual(strange, []);
});
