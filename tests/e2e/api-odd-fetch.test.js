// What stands in the place of `fetch`, in the page or in a worker of the caller's own, and gives back what is no promise of an answer.
import assert from "node:assert/strict";
import { NOT_ISOLATED, useStage } from "./support/stage.js";

const SAYS_SO = /in the place of fetch gave back no Response/;

const stage = useStage({ isolated: NOT_ISOLATED.realm });

/** In the page: what becomes of every call, for each odd thing side by side, and of a session that none of them is about. */
async function goThrough({ options, isolated, odd }) {
  const { [odd]: ODD } = await import("/odd-fetch.js");
  const isolation = isolated ? new Worker("/worker-with-odd-fetch.js", { type: "module" }) : undefined;
  const open = (namespace, more) => AuthSession.open({ ...options, refreshMode: "on-demand", storage: "memory", isolation, namespace, ...more });
  const failure = async (call) => {
    const { value, error } = await outcome(call);
    return error ?? (value?.error ? described(value.error) : "done");
  };
  const bystander = await open("bystander");
  await bystander.login(ALICE);
  const seen = await Promise.all(Object.keys(ODD).map(async (name) => {
    const at = (path) => ({ url: `${path}?odd=${name}` });
    const session = await open(`used ${name}`, {
      refresh: { by: "endpoint", encoding: "form", constants: { grant_type: "refresh_token" }, field: "refresh_token", ...at("/oauth/token") },
      end: { by: "revocation", ...at("/oauth/revoke") },
    });
    await session.login(ALICE);
    const failures = {
      login: await failure((await open(`unused ${name}`, { request: { password: at("/oauth/token") } })).login(ALICE)),
      refresh: await failure(session.refresh()),
      fetch: await failure(session.fetch(`${options.baseUrl}/api/me?odd=${name}`)),
    };
    const kept = [session.getSnapshot().status, typeof (await session.accessToken())];
    return [name, { ...failures, logout: await failure(session.logout()) }, kept];
  }));
  return { seen, bystander: typeof (await bystander.accessToken()) };
}

for (const isolated of [false, true])
  stage(`f137 a fetch that gives back no promise of an answer is an error of that one request, and no session is lost${isolated ? ", in a worker" : ""}`, {}, async ({ run }) => {
    const { seen, bystander } = await run(goThrough, { isolated, odd: "ODD" });
    assert.equal(seen.length, 7);
    for (const [name, { login, refresh, fetch, logout }, kept] of seen) {
      const codes = [login, refresh, logout].map(({ code }) => code);
      assert.deepEqual([name, codes, kept], [name, Array(3).fill("network"), ["active", "string"]]);
      // What was thrown is handed on as it is, and nobody knows what it means.
      if (name === "thrown") continue;
      for (const { hint } of [login, refresh, logout]) assert.match(hint, SAYS_SO, name);
      assert.equal(fetch.name, "TypeError", name);
      assert.match(fetch.message, SAYS_SO, name);
    }
    assert.equal(bystander, "string");
  });

for (const isolated of [false, true])
  stage(`f137 what looks like a Response and cannot be read as one is an error of that one request, and no session is lost${isolated ? ", in a worker" : ""}`, {}, async ({ run }) => {
    const { seen, bystander } = await run(goThrough, { isolated, odd: "ODD_ANSWERS" });
    const codes = seen.map(([name, { login, refresh }, kept]) => [name, login.code, refresh.code, ...kept]);
    assert.deepEqual(codes, [
      // Its body counts as empty.
      ["bare", "invalid_response", "invalid_response", "active", "string"],
      ["noReader", "network", "network", "active", "string"],
      ["brokenReader", "network", "network", "active", "string"],
      ["noChunk", "network", "network", "active", "string"],
    ]);
    assert.equal(bystander, "string");
  });
