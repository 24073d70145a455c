// How session.fetch reads what it is given: as fetch does, but for what is safe unless asked for otherwise.
import assert from "node:assert/strict";
import { useApiStage } from "./support/api-stage.js";

const { stage, test } = useApiStage();

/** What each request was, as the page's own `fetch` gets it; put in its place by `record` in the page. */
const record = () => {
  globalThis.sent = [];
  const own = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    if (!(input instanceof Request)) return own(input, init);
    const { method, redirect, credentials, referrerPolicy, headers } = input;
    sent.push({ method, redirect, credentials, referrerPolicy, mine: headers.get("x-mine") });
    return own(input, init);
  };
};

test("f107 a setting that is undefined leaves the safe one in place", {}, async ({ run }) => {
  await run(record);
  const seen = await run(async ({ url }) => {
    await session.fetch(`${url}/me`, { redirect: undefined, credentials: undefined, referrerPolicy: undefined });
    return sent.map(({ redirect, credentials, referrerPolicy }) => [redirect, credentials, referrerPolicy]);
  });
  assert.deepEqual(seen, [["error", "omit", "no-referrer"]]);
});

test("settings may be a Request, or have getters of a class: they are read as fetch reads them, each once", {}, async ({ run, api }) => {
  await run(record);
  const seen = await run(async ({ url }) => {
    await session.fetch(`${url}/request`, new Request("https://elsewhere.example/", { method: "POST", headers: { "x-mine": "1" } }));
    const looked = [];
    class Settings {
      get method() { return (looked.push("method"), "POST"); }
      get body() { return (looked.push("body"), "text"); }
      get foreign() { return void looked.push("foreign"); }
      get retry() { return void looked.push("retry"); }
    }
    await session.fetch(`${url}/class`, new Settings());
    return { sent, looked: looked.sort() };
  });
  assert.deepEqual(seen.sent.map(({ method, mine }) => [method, mine]), [["POST", "1"], ["POST", null]]);
  assert.deepEqual(seen.sent.map(({ redirect, credentials, referrerPolicy }) => [redirect, credentials, referrerPolicy]), Array(2).fill(["error", "omit", "no-referrer"]));
  assert.deepEqual(api.calls().map(({ url, text }) => [url, text]), [["/request", ""], ["/class", "text"]]);
  assert.deepEqual(seen.looked, ["body", "foreign", "method", "retry"]);
});

test("what a Request was told of cookies, redirects and the referrer holds, and what it says untold does not", {}, async ({ run, api, context }) => {
  await context.addCookies([{ name: "mine", value: "1", url: api.url }]);
  await run(record);
  const seen = await run(async ({ url }) => {
    await session.fetch(new Request(`${url}/told`, { credentials: "include", redirect: "manual", referrerPolicy: "origin" }));
    await session.fetch(new Request(`${url}/untold`));
    await session.fetch(`${url}/as-settings`, new Request(url, { credentials: "include" }));
    await session.fetch(new Request(`${url}/overruled`, { credentials: "include" }), { credentials: "omit" });
    return sent.map(({ redirect, credentials, referrerPolicy }) => [redirect, credentials, referrerPolicy]);
  });
  assert.deepEqual(seen, [
    ["manual", "include", "origin"], ["error", "omit", "no-referrer"], ["error", "include", "no-referrer"], ["error", "omit", "no-referrer"],
  ]);
  assert.deepEqual(api.calls().map(({ headers }) => headers.cookie), ["mine=1", undefined, "mine=1", undefined]);
});

test("every setting that this browser knows comes to it, and one that only the next will know", {}, async ({ run }) => {
  const seen = await run(async ({ url }) => {
    const Own = Request;
    const known = [];
    new Own(url, new Proxy({}, { get: (_, name) => void known.push(name) }));
    const given = [];
    globalThis.Request = class extends Own {
      constructor(input, init) {
        super(input);
        given.push(...Object.keys(init ?? {}));
      }
    };
    try {
      await session.fetch(`${url}/me`, Object.fromEntries([...known, "ofTomorrow"].map((name) => [name, "x"])));
    } finally {
      globalThis.Request = Own;
    }
    return { known, missing: [...known, "ofTomorrow"].filter((name) => !given.includes(name)) };
  });
  assert.ok(seen.known.length > 10, seen.known.join());
  assert.deepEqual(seen.missing, []);
});

test("where a page's own Request takes no proxy, or only some URLs, the settings come to the server as they are", {}, async ({ run, api }) => {
  const seen = await run(async ({ url }) => {
    class Settings {
      get method() {
        return "POST";
      }
      get body() {
        return "a body";
      }
    }
    globalThis.Request = class extends Request {
      constructor(input, init) {
        if (String(input).startsWith("data:")) throw new TypeError("no such URL here");
        super(input, init);
      }
    };
    return [await outcome(session.fetch(`${url}/me`, new Settings())), await outcome(session.fetch(`${url}/me`))].map(({ error }) => error);
  });
  assert.deepEqual(seen, [undefined, undefined]);
  assert.deepEqual(api.calls().map(({ method, text }) => [method, text]), [["POST", "a body"], ["GET", ""]]);
});

test("a Request's own referrer goes along where its policy says so, and not the page's address", {}, async ({ run, api, site }) => {
  await run(async ({ url }) => {
    history.replaceState(null, "", "/private");
    const policy = { referrerPolicy: "unsafe-url" };
    await session.fetch(new Request(`${url}/told`, { ...policy, referrer: "/public" }));
    await session.fetch(`${url}/as-settings`, new Request(url, { ...policy, referrer: "/public" }));
    await session.fetch(new Request(`${url}/none`, { ...policy, referrer: "" }));
    await session.fetch(new Request(`${url}/page`, policy));
    await session.fetch(new Request(`${url}/untold`, { referrer: "/public" }));
  });
  const { url } = site;
  assert.deepEqual(api.calls().map(({ headers }) => headers.referer), [`${url}/public`, `${url}/public`, undefined, `${url}/private`, undefined]);
});

test("a mode in which the browser sends no token is refused, and nothing goes out without one", {}, async ({ run, api }) => {
  const seen = await run(async ({ url }) => {
    const mode = "no-cors";
    const calls = [session.authorize(url, { mode }), session.fetch(url, { mode, redirect: "follow" }), session.fetch(new Request(url, { mode }))];
    const refused = (await Promise.all(calls.map((call) => outcome(call)))).map(({ error }) => [error?.code, error?.option]);
    const foreign = await session.authorize("https://elsewhere.example/", { mode, foreign: "send-without-token" });
    return { refused, foreign: foreign.mode };
  });
  assert.deepEqual(seen, { refused: Array(3).fill(["invalid_options", "mode"]), foreign: "no-cors" });
  assert.equal(api.calls().length, 0);
});

test("f130 a word that foreign or retry does not know is refused before anything is sent", {}, async ({ run, api }) => {
  const seen = await run(async ({ url }) => {
    const given = [{ foreign: "yes" }, { foreign: true }, { retry: "no" }, { retry: 0 }, "text"];
    const errors = await Promise.all(given.map((one) => outcome(session.fetch(`${url}/me`, one))));
    return errors.map(({ error }) => [error?.code, error?.option]);
  });
  assert.deepEqual(seen, ["foreign", "foreign", "retry", "retry", "init"].map((option) => ["invalid_options", option]));
  assert.deepEqual(api.calls(), []);
});

test("f110 a Request that another frame made is read like any: its headers go along, and its own Authorization is refused", {}, async ({ run, api }) => {
  const seen = await run(async ({ url }) => {
    const frame = document.body.appendChild(document.createElement("iframe"));
    const Theirs = frame.contentWindow.Request;
    const status = (await session.fetch(new Theirs(`${url}/me`, { method: "POST", body: "theirs", headers: { "x-mine": "1" }, credentials: "include" }))).status;
    const { error } = await outcome(session.fetch(new Theirs(`${url}/own`, { headers: { authorization: "Bearer mine" } })));
    return [status, error?.code, (await outcome(session.fetch(new Theirs("https://elsewhere.example/")))).error?.code];
  });
  assert.deepEqual(seen, [200, "invalid_options", "blocked_origin"]);
  assert.deepEqual(api.calls().map(({ url, text, headers }) => [url, text, headers["x-mine"]]), [["/me", "theirs", "1"]]);
});

stage("f130 an option that a call does not take, or of a wrong kind, is refused by its name, and nothing is done", {}, async ({ run, requests }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    const calls = {
      rember: () => session.login(ALICE, { rember: false }),
      remember: () => session.login(ALICE, { remember: "no" }),
      options: () => session.login(ALICE, false),
      minValidity: () => session.accessToken({ minValidity: 60_000 }),
      minValidityMs: () => session.refresh({ minValidityMs: 60_000 }),
      signal: () => session.adopt({ access_token: "adopted" }, { signal: new AbortController().signal }),
    };
    const said = await Promise.all(Object.values(calls).map(async (call) => (await attempt(call)).error));
    const absent = await outcome(session.login(ALICE, { remember: undefined, signal: undefined }));
    return { names: Object.keys(calls), said: said.map((error) => [error?.code, error?.option]), absent: absent.error ?? null };
  });
  assert.deepEqual(seen.said, seen.names.map((name) => ["invalid_options", name]));
  assert.equal(seen.absent, null);
  assert.equal(requests("login").length, 1);
});

test("what frameworks and clients are handed may be called without its session, and is not listed among its properties", {}, async ({ run }) => {
  const seen = await run(async ({ url }) => {
    const { subscribe, getSnapshot, fetch, accessToken, authorize } = session;
    let told = 0;
    const stop = subscribe(() => (told += 1));
    const status = (await fetch(`${url}/me`)).status;
    const request = await authorize(`${url}/me`);
    await session.refresh();
    await sleep(0);
    stop();
    return { status, header: request.headers.get("authorization"), token: await accessToken(), same: getSnapshot() === session.getSnapshot(), told: told > 0, keys: Object.keys(session) };
  });
  assert.deepEqual(seen, { status: 200, header: "Bearer token-1", token: "token-2", same: true, told: true, keys: [] });
});
