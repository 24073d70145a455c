// What is shown, and who is told.
import assert from "node:assert/strict";
import { startRawServer } from "./support/raw-server.js";
import { useStage } from "./support/stage.js";

const stage = useStage();
const STORAGE = process.env.ISOLATION === "worker" ? "memory" : "local";

stage("getSnapshot is the same object until something changes, and a new one then", { dialect: "geolens" }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    const first = session.getSnapshot();
    await session.restore();
    const same = [session.getSnapshot() === first, session.toJSON() === first];
    await session.login(ALICE);
    const second = session.getSnapshot();
    await session.accessToken();
    await session.accessToken({ minValidityMs: 1000 });
    await session.restore();
    return { same, changed: second !== first, stable: session.getSnapshot() === second, second };
  });
  assert.deepEqual([seen.same, seen.changed, seen.stable], [[true, true], true, true]);
  const { status, signedIn, activity, tokenType, expiresAtMs, issuedAtMs, endReason, storage, warnings } = seen.second;
  assert.deepEqual([status, signedIn, activity, tokenType, endReason, storage, warnings], ["active", true, null, "bearer", null, STORAGE, []]);
  assert.equal(expiresAtMs - issuedAtMs, 3_600_000);
});

stage("a snapshot is frozen to its depth and can be cloned and written as JSON", { dialect: null }, async ({ run }) => {
  const seen = await run(async () => {
    const session = await AuthSession.open({ baseUrl: "https://api.example.com" });
    await session.adopt({ access_token: "a", expires_in: 60, orgs: [{ key: "acme", tags: ["x"] }], created_at: 5 });
    const snapshot = session.getSnapshot();
    const frozen = (value) => typeof value !== "object" || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen));
    const change = await attempt(() => {
      "use strict";
      snapshot.extra.orgs[0].tags.push("y");
    });
    return { frozen: frozen(snapshot), change, clone: structuredClone(snapshot), json: JSON.parse(JSON.stringify(session)) };
  });
  assert.equal(seen.frozen, true);
  assert.equal(seen.change.error.name, "TypeError");
  assert.deepEqual(seen.clone.extra, { orgs: [{ key: "acme", tags: ["x"] }], created_at: 5 });
  assert.deepEqual(seen.json, seen.clone);
});

stage("a subscriber is called after the snapshot changed, until it unsubscribes", { dialect: "geolens" }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    const [kept, stopped] = [[], []];
    session.subscribe((...given) => kept.push([session.getSnapshot().activity, session.getSnapshot().status, given.length]));
    const stop = session.subscribe(() => {
      stopped.push(1);
      stop();
      stop();
    });
    await session.login(ALICE);
    await sleep(0);
    const before = kept.length;
    await session.accessToken();
    await sleep(0);
    return { kept, stopped, before, after: kept.length };
  });
  assert.deepEqual(seen.kept[0], ["signing_in", "signed_out", 0]);
  assert.deepEqual(seen.kept.at(-1), [null, "active", 0]);
  assert.deepEqual(seen.stopped, [1]);
  assert.equal(seen.before, seen.after, "nothing changed, nobody is told");
});

stage("the same function subscribed twice is called twice, and stopped once at a time", { dialect: null }, async ({ run }) => {
  const calls = await run(async () => {
    const session = await AuthSession.open({ baseUrl: "https://api.example.com" });
    let calls = 0;
    const listener = () => void (calls += 1);
    const stop = session.on("signed_in", listener);
    session.on("signed_in", listener);
    const seen = [];
    for (const act of [() => {}, stop, stop]) {
      act();
      calls = 0;
      await session.adopt({ access_token: "a", expires_in: 60 });
      await session.logout();
      await sleep(0);
      seen.push(calls);
    }
    return seen;
  });
  assert.deepEqual(calls, [2, 1, 1]);
});

stage("a listener that another one has just stopped, or disposed of with its session, is told no more", { dialect: null }, async ({ run, t }) => {
  const { url } = await startRawServer(t);
  const told = await run(async ({ url }) => {
    const told = [];
    for (const end of ["stop", "dispose"]) {
      const session = await AuthSession.open({ baseUrl: url, namespace: end });
      let stop;
      session.on("signed_in", () => (told.push(`${end}: first`), end === "stop" ? stop() : session.dispose()));
      stop = session.on("signed_in", () => told.push(`${end}: second`));
      await session.login(ALICE);
      await sleep(50);
    }
    return told;
  }, { url });
  assert.deepEqual(told, ["stop: first", "dispose: first"]);
});

stage("f128 a listener that throws, rejects or never ends disturbs nobody, and what it threw is reported as uncaught", {
  dialect: "geolens",
  uncaught: ["thrown by a listener", "thrown by a subscriber", "rejected by a listener"],
}, async ({ run, page }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    let once = false;
    session.on("signed_in", () => {
      throw new Error("thrown by a listener");
    });
    session.subscribe(() => {
      if (session.getSnapshot().signedIn && !once) {
        once = true;
        throw new Error("thrown by a subscriber");
      }
    });
    session.on("signed_in", () => new Promise(() => {}));
    const told = [];
    session.on("signed_in", (detail) => told.push(detail));
    session.subscribe(() => told.push("changed"));
    await session.login(ALICE);
    await sleep(50);
    session.on("refreshed", async () => {
      throw new Error("rejected by a listener");
    });
    const refreshed = next(session, "refreshed");
    await session.refresh();
    await refreshed;
    return told.filter((one) => one.user).length;
  });
  await page.waitForTimeout(50);
  assert.equal(seen, 1);
});

stage("events carry frozen details in the order in which things happened", { dialect: "geolens" }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    const frozen = [];
    for (const name of ["signed_in", "refreshed", "signed_out"]) session.on(name, (detail) => frozen.push(Object.isFrozen(detail)));
    const events = record(session);
    await session.login(ALICE);
    await session.refresh();
    await session.login(BOB);
    await session.logout();
    await sleep(0);
    return { frozen, events };
  });
  assert.deepEqual(seen.events.map(({ name }) => name), ["signed_in", "refreshed", "signed_in", "user_changed", "signed_out"]);
  assert.deepEqual(seen.frozen, [true, true, true, true]);
  const [first, refreshed, second, changed, out] = seen.events.map(({ detail }) => detail);
  assert.deepEqual(changed, { user: second.user, previousUser: first.user });
  assert.ok(refreshed.expiresAtMs > Date.now());
  assert.deepEqual(out, { reason: "logged_out" });
});

stage("on and subscribe refuse what is no event or no function", { dialect: null }, async ({ run }) => {
  const codes = await run(async () => {
    const session = await AuthSession.open({ baseUrl: "https://api.example.com" });
    const calls = [
      () => session.on("signedIn", () => {}), () => session.on("snapshot", () => {}), () => session.on(Symbol("s"), () => {}),
      () => session.on("signed_in"), () => session.subscribe({}), () => session.subscribe(null),
    ];
    return Promise.all(calls.map(async (call) => (await attempt(call)).error?.code));
  });
  assert.deepEqual(codes, Array(6).fill("invalid_options"));
});
