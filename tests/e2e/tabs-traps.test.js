// A trap in the module: nobody waits for ever, nothing stays locked, and the next call works. The trap is a real one: a function of a
// module of its own, run in the place of one of the package's, so that what is tested is what is shipped.
import assert from "node:assert/strict";
import { join } from "node:path";
import { startApi } from "./support/api-stage.js";
import { NOT_ISOLATED, useStage } from "./support/stage.js";

const stage = useStage();

const armed = { path: join(import.meta.dirname, "support", "traps.js") };

stage("f124 a trap rejects everything that is pending in every session with trapped, and the next call goes on from the store", { init: armed }, async ({ run, backend, requests }) => {
  await run(async ({ options }) => {
    globalThis.session = await AuthSession.open(options);
    globalThis.other = await AuthSession.open({ ...options, namespace: "other" });
    await session.login(ALICE);
    await other.login(ALICE);
  });
  for (const on of ["refresh", "login"]) backend.fault({ on, kind: "delay", ms: 400 });
  const seen = await run(async () => {
    const least = { minValidityMs: 3_600_000 };
    const pending = [session.refresh(), session.accessToken(least), session.login(ALICE), other.refresh(), other.accessToken(least)];
    const outcomes = pending.map((promise) => outcome(promise));
    await sleep(100);
    trapAt("core_restore");
    outcomes.push(outcome(session.restore()));
    const errors = (await Promise.all(outcomes)).map(({ error }) => error);
    const after = await Promise.all([session, other].map(async (one) => [typeof (await one.accessToken()), one.getSnapshot().status]));
    return { errors, after, instances };
  });
  assert.deepEqual(seen.errors.map((error) => [error?.code, error?.retryable, error?.isAuthError]), Array(6).fill(["trapped", true, true]));
  assert.deepEqual(seen.after, [["string", "active"], ["string", "active"]]);
  assert.equal(seen.instances, 2);
  assert.ok(requests("refresh").length <= 4);
});

stage("f62 f124 a trap while the lock is held lets it go at once: another tab refreshes without waiting", { init: armed }, async ({ run, backend, context, open }) => {
  await run(async ({ options }) => {
    globalThis.session = await AuthSession.open(options);
    await session.login(ALICE);
  });
  const other = await context.newPage();
  await open(other);
  await run(async ({ options }) => void (globalThis.session = await AuthSession.open(options)), {}, other);
  backend.fault({ on: "refresh", kind: "hang" });
  await run(async () => {
    globalThis.refreshing = outcome(session.refresh());
    for (let tries = 0; tries < 100 && (await navigator.locks.query()).held.length === 0; tries += 1) await sleep(20);
    await sleep(100);
  });
  assert.equal(await run(async () => (await navigator.locks.query()).held.length), 1);
  const error = await run(async () => {
    trapAt("core_logout");
    void outcome(session.logout());
    return (await refreshing).error;
  });
  assert.equal(error.code, "trapped");
  backend.clearFaults();
  const seen = await run(() => timed(session.refresh()), {}, other);
  assert.equal(seen.error, undefined);
  assert.ok(seen.ms < 2000, `${seen.ms} ms`);
});

stage("f124 a trap within an event of the page, and one within what follows an answer, are no error that nobody caught", { init: armed }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    const results = [];
    for (const provoke of [() => dispatchEvent(new Event("focus")), () => void outcome(session.refresh())]) {
      await session.login(ALICE);
      // What the browser calls back into is exported under such a name.
      trapAt("closures");
      const before = instances;
      provoke();
      await sleep(300);
      results.push([typeof (await session.accessToken()), instances - before]);
    }
    return results;
  });
  assert.deepEqual(seen, [["string", 1], ["string", 1]]);
});

stage("f124 a new session after a trap gets a new module, and one that was disposed of stays disposed of", { init: armed }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const gone = await AuthSession.open(options);
    gone.dispose();
    const session = await AuthSession.open(options);
    trapAt("core_restore");
    const trapped = (await outcome(session.restore())).error;
    const next = new AuthSession({ ...options, namespace: "next" });
    return { trapped: trapped.code, next: await next.restore(), gone: (await outcome(gone.restore())).error.code, instances };
  });
  assert.deepEqual(seen, { trapped: "trapped", next: false, gone: "disposed", instances: 2 });
});

stage("f124 a module that traps at once rejects with trapped, and keeps on trying at every call", { init: armed }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    const codes = [];
    for (const name of ["core_login", "core_new", "core_restore"]) {
      trapAt(name);
      codes.push((await outcome(session.login(ALICE))).error?.code);
    }
    const last = await outcome(session.login(ALICE));
    return [codes, last, session.getSnapshot().status];
  });
  assert.deepEqual(seen, [["trapped", "trapped", "trapped"], { value: undefined }, "active"]);
});

stage("f124 a session that a trap has taken, because it was in memory or was ended elsewhere meanwhile, is told to be over, once; one that is stored is not", { init: armed, isolated: NOT_ISOLATED.memory }, async ({ run, context, open }) => {
  const other = await context.newPage();
  await open(other);
  await run(async ({ options }) => void (globalThis.session = await AuthSession.open({ ...options, namespace: "shared" })), {}, other);
  const trap = async ({ options, ...more }) => {
    globalThis.session = await AuthSession.open({ ...options, ...more });
    await session.login(ALICE);
    globalThis.events = record(session);
    trapAt("core_refresh");
    return (await outcome(session.refresh())).error?.code;
  };
  const afterwards = async () => {
    await session.restore();
    await session.restore();
    await sleep(50);
    return events.filter(({ name }) => name.startsWith("signed_")).map(({ name, detail }) => `${name} ${detail.reason}`);
  };
  const seen = {};
  for (const storage of ["memory", "local"]) seen[storage] = [await run(trap, { storage }), await run(afterwards)];
  seen.shared = [await run(trap, { namespace: "shared" })];
  await run(async () => void (await session.restore(), await session.logout()), {}, other);
  seen.shared.push(await run(afterwards));
  assert.deepEqual(seen, { memory: ["trapped", ["signed_out storage_cleared"]], local: ["trapped", []], shared: ["trapped", ["signed_out logged_out"]] });
});

stage("f105 f124 what a caller does to the options afterwards is not for the session, also where a trap makes it begin anew", { init: armed }, async ({ run, requests }) => {
  const seen = await run(async ({ options }) => {
    const given = { ...options, namespace: "alice", request: { password: { url: "/oauth/token" } } };
    const alice = await AuthSession.open(given);
    await alice.login(ALICE);
    given.namespace = "bob";
    const bob = await AuthSession.open(given);
    await bob.login(BOB);
    given.request.password.url = "/nowhere";
    const tokens = () => Promise.all([alice, bob].map((session) => session.accessToken()));
    const before = await tokens();
    trapAt("core_refresh");
    const { error } = await outcome(alice.refresh());
    const after = await tokens();
    return { code: error?.code, same: after.map((token, at) => token === before[at]), login: (await outcome(bob.login(BOB))).error };
  });
  assert.deepEqual(seen, { code: "trapped", same: [true, true], login: undefined });
  assert.deepEqual(requests("login").map(({ status }) => status), [200, 200, 200]);
});

for (const [how, options] of [
  ["took from memory", { storage: "memory" }],
  ["made look again: the session in the store is the next one's", { storage: "local" }],
])
  stage(`f105 f124 what was sent for one user and is refused late is not sent again for the next, whose login follows a trap that ${how}`, {
    dialect: null, init: armed,
  }, async ({ t, run, context, open }) => {
    const api = await startApi(t, {
      answer: (request, response) => {
        setTimeout(() => response.writeHead(request.headers.authorization === "Bearer token-1" ? 401 : 200).end("{}"), 800);
        return true;
      },
    });
    const what = { options: { baseUrl: api.url, preset: "oauth2-form", refreshMode: "on-demand", ...options } };
    const other = await context.newPage();
    await open(other);
    await run(async ({ options }) => {
      globalThis.session = await AuthSession.open(options);
      await session.login(ALICE);
      globalThis.late = session.fetch(`${options.baseUrl}/order`, { method: "POST" });
      await sleep(100);
      trapAt("core_refresh");
      await outcome(session.refresh());
    }, what);
    const isElsewhere = options.storage === "local";
    await run(async ({ options }) => {
      globalThis.session ??= await AuthSession.open(options);
      await session.login(BOB);
    }, what, isElsewhere ? other : undefined);
    assert.equal(await run(async () => (await late).status), 401);
    assert.equal(api.calls().length, 1);
  });

stage("f124 where the session that a trap made look again is another user's, that is told", { init: armed, dialect: null }, async ({ run, context, open }) => {
  const other = await context.newPage();
  await open(other);
  const options = { baseUrl: "https://api.example.com", preset: "oauth2-form", refreshMode: "on-demand", reply: { user: "/user" } };
  const adopt = async ({ options, user }) => {
    globalThis.session = await AuthSession.open(options);
    await session.adopt({ access_token: `${user}'s`, expires_in: 3600, user });
  };
  await run(adopt, { options, user: "alice" });
  await run(async () => {
    globalThis.events = record(session);
    trapAt("core_restore");
    await outcome(session.restore());
  });
  await run(adopt, { options, user: "bob" }, other);
  assert.deepEqual(await run(async () => (await session.restore(), await sleep(50), events)), [{ name: "user_changed", detail: { user: "bob", previousUser: "alice" } }]);
});

stage("f124 the end that follows a trap is told once: a logout, and a lifetime or limit that was reached meanwhile", { init: armed, dialect: null }, async ({ run }) => {
  const seen = await run(async () => {
    const told = [];
    for (const [limit, end] of [
      [{}, (session) => session.logout()],
      [{ expires_in: 1 }, async (session) => (await sleep(1_200), await session.restore())],
      [{ absoluteTimeoutMs: 1_000 }, async (session) => (await sleep(1_200), await session.restore())],
      [{ idleTimeoutMs: 1_000 }, async (session) => (await sleep(1_200), await session.restore())],
    ]) {
      const { expires_in = 3600, ...options } = limit;
      const session = await AuthSession.open({ baseUrl: "https://api.example.com", preset: "oauth2-form", refreshMode: "on-demand", ...options });
      await session.adopt({ access_token: "a-token", expires_in });
      const tokens = [];
      session.onToken((token) => tokens.push(token));
      const events = record(session);
      await sleep(0);
      trapAt("core_refresh");
      await outcome(session.refresh());
      await end(session);
      await sleep(50);
      told.push([tokens, events.map(({ name, detail }) => `${name} ${detail.reason}`), session.getSnapshot().endReason]);
      session.dispose();
    }
    return told;
  });
  assert.deepEqual(seen, ["logged_out", "expired", "expired", "idle"].map((reason) => [["a-token", null], [`signed_out ${reason}`], reason]));
});

stage("f124 who logs in after a trap that took a session from memory is told of the end first", { init: armed, options: { storage: "memory" } }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    const events = record(session);
    trapAt("core_refresh");
    await outcome(session.refresh());
    await session.login(ALICE);
    return events.map(({ name }) => name);
  });
  assert.deepEqual(seen, ["signed_out", "signed_in"]);
});
