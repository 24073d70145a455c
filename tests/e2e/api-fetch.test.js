// session.fetch: where the token goes, what is done about a refusal, and how often.
import assert from "node:assert/strict";
import { startApi, useApiStage } from "./support/api-stage.js";
import { startRawServer } from "./support/raw-server.js";
import { NOT_ISOLATED } from "./support/stage.js";

const { stage, test } = useApiStage();

test("fetch sends the token as the row says, and no cookie, referrer or followed redirect besides", {}, async ({ run, api }) => {
  const status = await run(async ({ url }) => (await session.fetch(`${url}/me`)).status);
  assert.equal(status, 200);
  const [call] = api.calls();
  assert.deepEqual([call.headers.authorization, call.headers.referer, call.headers.cookie], ["Bearer token-1", undefined, undefined]);
});

test("f112 f119 a refusal renews once and sends the request once more, and a second refusal is handed out as it is", {}, async ({ run, api }) => {
  api.issued += 1;
  const first = await run(async ({ url }) => (await session.fetch(`${url}/me`)).status);
  assert.deepEqual([first, api.refreshes, api.calls().length], [200, 1, 2]);
  api.takes = () => false;
  const second = await run(async ({ url }) => {
    const response = await session.fetch(`${url}/me`);
    return [response.status, await response.json(), session.getSnapshot().status];
  });
  assert.deepEqual(second, [401, { got: "", taken: false }, "active"]);
  assert.deepEqual([api.refreshes, api.calls().length], [2, 4]);
});

stage("f115 which answers mean an expired token is the row's to say: a status, an empty body, a value in one", { dialect: null }, async ({ run, t }) => {
  const answers = { "/403": [403, ""], "/440": [440, "{}"], "/null": [200, '{"me":null}'], "/coded": [400, '{"code":"stale"}'], "/401": [401, "{}"], "/plain": [403, '{"no":1}'] };
  const api = await startApi(t, {
    answer: (request, response, isTaken) => {
      if (isTaken) return false;
      response.writeHead(answers[request.url][0]).end(answers[request.url][1]);
      return true;
    },
  });
  const statuses = await run(
    async ({ url, paths }) => {
      const expired = [{ status: 403, empty: true }, { status: 440 }, { status: 200, at: "/me", is: null }, { status: 400, at: "/code", is: "stale" }];
      const session = await AuthSession.open({ baseUrl: url, preset: "oauth2-form", refreshMode: "on-demand", use: { expired } });
      await session.login(ALICE);
      const seen = [];
      for (const path of paths) {
        await fetch(`${url}/oauth/token`, { method: "POST", body: "outdates the token" });
        seen.push((await session.fetch(url + path)).status);
      }
      return seen;
    },
    { url: api.url, paths: Object.keys(answers) },
  );
  assert.deepEqual(statuses, [200, 200, 200, 200, 401, 403]);
  assert.equal(api.refreshes, 4);
});

test("f113 ten refusals at once are one refresh and ten answers", {}, async ({ run, api }) => {
  api.issued += 1;
  const statuses = await run(async ({ url }) => Promise.all(Array.from({ length: 10 }, async () => (await session.fetch(`${url}/me`)).status)));
  assert.deepEqual(statuses, Array(10).fill(200));
  assert.equal(api.refreshes, 1);
});

test("f113 a late refusal of an older token is sent again without a refresh", {
  answer: (request, response) => {
    if (request.url !== "/late" || request.headers.authorization !== "Bearer token-1") return false;
    setTimeout(() => response.writeHead(401).end("{}"), 500);
    return true;
  },
}, async ({ run, api }) => {
  const status = await run(async ({ url }) => {
    const late = session.fetch(`${url}/late`);
    await session.refresh();
    return (await late).status;
  });
  assert.deepEqual([status, api.refreshes], [200, 1]);
});

test("f114 an API that refuses every token costs a bounded number of requests, and one warning", {}, async ({ run, api }) => {
  api.takes = () => false;
  const seen = await run(async ({ url }) => {
    const warnings = [];
    session.on("warning", ({ code }) => warnings.push(code));
    const statuses = [];
    for (let calls = 0; calls < 12; calls += 1) statuses.push((await session.fetch(`${url}/me`)).status);
    await sleep(0);
    return [[...new Set(statuses)], warnings];
  });
  assert.deepEqual(seen, [[401], ["refresh_loop"]]);
  assert.deepEqual([api.refreshes, api.calls().length], [3, 15]);
});

test("f53 three hundred calls with a token that the server no longer takes are one refresh", {}, async ({ run, api }) => {
  api.issued += 1;
  const statuses = await run(async ({ url }) => [...new Set(await Promise.all(Array.from({ length: 300 }, async () => (await session.fetch(`${url}/me`)).status)))]);
  assert.deepEqual([statuses, api.refreshes], [[200], 1]);
});

test("f116 a body is sent again whole, whatever it is made of", {}, async ({ run, api }) => {
  const seen = await run(async ({ url }) => {
    const form = new FormData();
    form.set("name", "value");
    const bodies = {
      text: "text", params: new URLSearchParams({ a: "1" }), blob: new Blob(["blob"]), bytes: new TextEncoder().encode("bytes"), form,
      request: new Request(`${url}/request`, { method: "POST", body: "request" }),
    };
    const got = {};
    for (const [name, body] of Object.entries(bodies)) {
      await fetch(`${url}/oauth/token`, { method: "POST", body: "outdates the token" });
      const response = body instanceof Request ? await session.fetch(body) : await session.fetch(`${url}/${name}`, { method: "POST", body });
      got[name] = [response.status, (await response.json()).got];
    }
    return got;
  });
  const form = seen.form[1];
  assert.match(form, /name="name"\r\n\r\nvalue/);
  assert.deepEqual({ ...seen, form: seen.form[0] }, {
    text: [200, "text"], params: [200, "a=1"], blob: [200, "blob"], bytes: [200, "bytes"], form: 200, request: [200, "request"],
  });
  assert.equal(api.refreshes, 6);
});

test("f116 a body that cannot be sent again comes back with the refusal itself, and an event", {}, async ({ run, api }) => {
  api.takes = ({ url }) => url !== "/large";
  const seen = await run(async ({ url }) => {
    const told = next(session, "body_not_replayable");
    const response = await session.fetch(new Request(`${url}/large`, { method: "POST", body: "x".repeat(2 * 1024 * 1024) }));
    return [response.status, (await response.json()).got.length, await told];
  });
  assert.deepEqual(seen, [401, 2 * 1024 * 1024, { url: api.url }]);
  assert.equal(api.calls().length, 1);
});

test("f117 retry: never hands out the first refusal", {}, async ({ run, api }) => {
  api.issued += 1;
  const status = await run(async ({ url }) => (await session.fetch(`${url}/me`, { method: "POST", retry: "never" })).status);
  assert.deepEqual([status, api.refreshes, api.calls().length], [401, 0, 1]);
});

test("f118 who withdraws is free at once, and the refresh goes on for the others", {}, async ({ run, api }) => {
  api.issued += 1;
  const seen = await run(async ({ url }) => {
    const [gone, stays] = [new AbortController(), session.fetch(`${url}/me`)];
    const withdrawn = outcome(session.fetch(`${url}/me`, { signal: gone.signal }));
    gone.abort(new Error("no longer needed"));
    return [(await withdrawn).error.message, (await stays).status];
  });
  assert.deepEqual(seen, ["no longer needed", 200]);
  assert.equal(api.refreshes, 1);
});

test("f120 calls that wait while the user logs out are rejected, and none is sent with the old token", {}, async ({ run, api }) => {
  const seen = await run(async ({ url }) => {
    const loggedOut = session.logout();
    const waiting = await Promise.all(Array.from({ length: 5 }, () => outcome(session.fetch(`${url}/me`))));
    await loggedOut;
    return waiting.map(({ error }) => error.code);
  });
  assert.deepEqual(seen, Array(5).fill("session_ended"));
  assert.equal(api.calls().filter(({ url }) => url === "/me").length, 0);
});

/** Refuses the first token, late. */
const late = (request, response) => {
  if (request.url !== "/late") return false;
  setTimeout(() => response.writeHead(request.headers.authorization === "Bearer token-1" ? 401 : 200).end("{}"), 600);
  return true;
};

for (const [how, login] of [
  ["after a logout", async () => (await session.logout(), await session.adopt({ access_token: "token-2", expires_in: 3600, user: "bob" }))],
  ["over them", () => session.adopt({ access_token: "token-2", expires_in: 3600, user: "bob" })],
  ["over them, where the server names nobody", () => session.login(BOB)],
])
  test(`f105 what was sent for one user and is refused late is not sent again for the next, who logged in ${how}`, {
    answer: late,
    options: { reply: { user: "/user" } },
  }, async ({ run, api }) => {
    await run(({ url }) => void (globalThis.late = session.fetch(`${url}/late`, { method: "POST", body: "alice's" })));
    await run(login);
    const seen = await run(async ({ url }) => {
      const { status } = await late;
      return [status, session.getSnapshot().status, (await session.fetch(`${url}/late`, { method: "POST", body: "bob's" })).status];
    });
    assert.deepEqual(seen, [401, "active", 200]);
    const sent = api.calls().filter(({ url }) => url === "/late").map(({ text, headers }) => [text, headers.authorization]);
    assert.deepEqual(sent, [["alice's", "Bearer token-1"], ["bob's", "Bearer token-2"]]);
  });

test("f105 what was sent for one user and is refused late is not sent again for the next, who logged in in another tab, where the server names nobody", {
  answer: late, isolated: NOT_ISOLATED.memory,
}, async ({ run, api, page, context, open }) => {
  const other = await context.newPage();
  await open(other);
  await run(({ url }) => void (globalThis.late = session.fetch(`${url}/late`, { method: "POST" })));
  await other.evaluate(async (baseUrl) => {
    const session = await AuthSession.open({ baseUrl, preset: "oauth2-form" });
    await session.login(BOB);
  }, api.url);
  assert.equal(await page.evaluate(async () => (await late).status), 401);
  assert.equal(api.calls().length, 1);
});

test("f115 what is refused late is sent again where its session was but renewed meanwhile", { answer: late }, async ({ run, api }) => {
  await run(({ url }) => void (globalThis.late = session.fetch(`${url}/late`, { method: "POST" })));
  const status = await run(async () => (await session.refresh(), (await late).status));
  assert.deepEqual([status, api.refreshes, api.calls().length], [200, 1, 2]);
});

test("f107 f109 a token goes to no other origin or scheme: the call is refused, or sent without it where that is asked for", {}, async ({ run, t, api }) => {
  const other = await startRawServer(t, (_request, response) => response.end("{}"));
  const seen = await run(async ({ other }) => {
    const codes = [];
    for (const url of [other, "http://api.example.com/", "blob:null", "data:text/plain,x", "ws://127.0.0.1/"])
      codes.push((await attempt(() => session.fetch(url))).error?.code ?? "other");
    const sent = await session.fetch(`${other}/open`, { foreign: "send-without-token" });
    return [codes, sent.status];
  }, { other: other.url });
  assert.deepEqual(seen[0].slice(0, 4), Array(4).fill("blocked_origin"));
  assert.equal(seen[1], 200);
  assert.deepEqual(other.requests.map(({ url, headers }) => [url, headers.authorization]), [["/open", undefined]]);
  assert.equal(api.calls().length, 0);
});

test("f110 a caller's own Authorization is refused, and a Request is judged by where it really goes", {}, async ({ run, t }) => {
  const other = await startRawServer(t, (_request, response) => response.end("{}"));
  const codes = await run(async ({ url, other }) => [
    (await attempt(() => session.fetch(`${url}/me`, { headers: { authorization: "Bearer mine" } }))).error.code,
    (await attempt(() => session.fetch(new Request(`${url}/me`, { headers: { Authorization: "Bearer mine" } })))).error.code,
    (await attempt(() => session.fetch(new Request(other), { headers: {} }))).error.code,
  ], { other: other.url });
  assert.deepEqual(codes, ["invalid_options", "invalid_options", "blocked_origin"]);
  assert.equal(other.requests.length, 0);
});

test("f111 a redirect to another origin is refused, and brings no token there where it is followed", {
  answer: (request, response) => {
    const to = new URL(request.url, "http://here").searchParams.get("to");
    if (!to) return false;
    response.writeHead(307, { location: to }).end();
    return true;
  },
}, async ({ run, t }) => {
  const other = await startRawServer(t, (_request, response) => response.end("{}"));
  const seen = await run(async ({ url, other }) => [
    (await attempt(() => session.fetch(`${url}/go?to=${encodeURIComponent(other)}`))).error.name,
    (await session.fetch(`${url}/go?to=${encodeURIComponent(other)}`, { redirect: "follow" })).status,
  ], { other: other.url });
  assert.deepEqual(seen, ["TypeError", 200]);
  assert.deepEqual(other.requests.map(({ headers }) => headers.authorization), [undefined]);
});

stage("a place with a path gets the token below that path and nowhere beside it", { dialect: null }, async ({ run, t }) => {
  const api = await startApi(t);
  const seen = await run(async ({ url }) => {
    const session = await AuthSession.open({ baseUrl: url, preset: "oauth2-form", use: { origins: [`${url}/v1`] } });
    await session.login(ALICE);
    const answers = [];
    for (const path of ["/v1", "/v1/me", "/v1/../v1/me", "/v10", "/v1/../admin", "/v1%2F..%2Fadmin", "/V1/me"])
      answers.push((await attempt(() => session.fetch(url + path))).error?.code ?? "sent");
    return answers;
  }, { url: api.url });
  assert.deepEqual(seen, ["sent", "sent", "sent", "blocked_origin", "blocked_origin", "blocked_origin", "blocked_origin"]);
});

test("authorize hands out the request with the token on it, for whoever sends it", {}, async ({ run }) => {
  const seen = await run(async ({ url }) => {
    const request = await session.authorize(`${url}/me`, { method: "POST", body: "x" });
    const foreign = (await attempt(() => session.authorize("https://elsewhere.example"))).error.code;
    return [request.method, request.headers.get("authorization"), (await fetch(request)).status, foreign];
  });
  assert.deepEqual(seen, ["POST", "Bearer token-1", 200, "blocked_origin"]);
});

test("onToken tells the token, each that follows, and the end", {}, async ({ run }) => {
  const seen = await run(async () => {
    const told = [];
    const stop = session.onToken((token) => told.push(token));
    await sleep(0);
    await session.refresh();
    await sleep(0);
    await session.logout();
    await sleep(0);
    stop();
    return told;
  });
  assert.deepEqual(seen, ["token-1", "token-2", null]);
});

test("onToken tells each token once, also who begins to listen as soon as a login is through", {}, async ({ run }) => {
  const told = await run(async () => {
    await session.login(ALICE);
    const told = [];
    session.onToken((token) => told.push(token));
    await sleep(50);
    return told;
  });
  assert.deepEqual(told, ["token-2"]);
});

stage("onToken tells no token any more from the call of logout() on, though that is made while others are told of it", { dialect: null }, async ({ run, t }) => {
  const api = await startApi(t);
  const told = await run(async ({ url }) => {
    const session = await AuthSession.open({ baseUrl: url, preset: "oauth2-form", refreshMode: "on-demand" });
    const told = [];
    session.onToken((token) => told.push(token));
    session.on("signed_in", () => void session.logout());
    await session.login(ALICE);
    await sleep(50);
    return told;
  }, { url: api.url });
  assert.deepEqual(told, []);
});

stage("f115 a success that is late, or larger than it is read, is not the empty one that means an expired token: nothing is sent twice", { dialect: null }, async ({ run, t }) => {
  const answers = {
    "/late": (response) => (response.flushHeaders(), setTimeout(() => response.end("late"), 1_000)),
    "/large": (response) => response.end("x".repeat(1_100_000)),
    "/empty": (response) => response.end(),
  };
  const api = await startApi(t, { answer: (request, response) => (answers[request.url](response), true) });
  const read = await run(async ({ url, paths }) => {
    const use = { expired: [{ status: 200, empty: true }] };
    const session = await AuthSession.open({ baseUrl: url, preset: "oauth2-form", refreshMode: "on-demand", timeoutMs: 500, use });
    await session.login(ALICE);
    const read = [];
    for (const path of paths) read.push((await (await session.fetch(url + path, { method: "POST" })).text()).length);
    return read;
  }, { url: api.url, paths: Object.keys(answers) });
  assert.deepEqual(read, [4, 1_100_000, 0]);
  assert.deepEqual([api.calls().map(({ url }) => url), api.refreshes], [["/late", "/large", "/empty", "/empty"], 1]);
});

stage("f115 a refusal whose body breaks off is not the empty one that means an expired token", { dialect: null }, async ({ run, t }) => {
  const api = await startApi(t);
  const seen = await run(async ({ url }) => {
    const use = { expired: [{ status: 400, empty: true }] };
    const session = await AuthSession.open({ baseUrl: url, preset: "oauth2-form", use });
    const bodies = [new ReadableStream({ pull: (stream) => stream.error(new Error("broken off")) }), ""];
    const errors = await Promise.all(bodies.map((body) => session.rejection(new Response(body, { status: 400 }))));
    return errors.map(({ code, status, tokenExpired }) => [code, status, tokenExpired]);
  }, { url: api.url });
  assert.deepEqual(seen, [["rejected", 400, false], ["rejected", 400, true]]);
});

test("an answer of a status that no Response can be made of is read like any other", {
  answer: (_request, response) => response.writeHead(999).end('{"detail":"go away"}'),
}, async ({ run }) => {
  const seen = await run(async ({ url }) => {
    const response = await session.fetch(`${url}/me`);
    const { error, value } = await outcome(session.rejection(response), 5_000);
    return [response.status, error, value?.code, value?.status, value?.serverMessage, typeof (await session.accessToken())];
  });
  assert.deepEqual(seen, [999, undefined, "rejected", 999, "go away", "string"]);
});
