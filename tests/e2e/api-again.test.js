// What session.fetch does about refusals, at its limits: judged by what the server saw.
import assert from "node:assert/strict";
import { startApi, useApiStage } from "./support/api-stage.js";
import { NOT_ISOLATED } from "./support/stage.js";

const { stage, test } = useApiStage();

test("f53 f119 a thousand calls with a token that has run out are one refresh, and none is sent with the old one", {}, async ({ run, api }) => {
  api.lifetimeS = 1;
  const seen = await run(async ({ url }) => {
    await session.refresh();
    await sleep(1100);
    const statuses = await Promise.all(Array.from({ length: 1000 }, async (_, index) => (await session.fetch(`${url}/me/${index}`)).status));
    return [...new Set(statuses)];
  });
  assert.deepEqual(seen, [200]);
  assert.deepEqual([api.refreshes, api.calls().length], [2, 1000]);
  assert.deepEqual([...new Set(api.calls().map(({ headers }) => headers.authorization))], ["Bearer token-3"]);
});

test("f114 a hundred calls at once, again and again, to an API that refuses for ever: two requests a call and three refreshes at most", {}, async ({ run, api }) => {
  api.takes = () => false;
  const statuses = await run(async ({ url }) => {
    const seen = [];
    for (let round = 0; round < 6; round += 1) seen.push(...(await Promise.all(Array.from({ length: 100 }, async () => (await session.fetch(`${url}/me`)).status))));
    return [...new Set(seen)];
  });
  assert.deepEqual(statuses, [401]);
  assert.ok(api.refreshes <= 3, `${api.refreshes} refreshes`);
  assert.ok(api.calls().length <= 100 * (6 + api.refreshes), `${api.calls().length} requests`);
});

test("f114 a new token that many calls at once are refused with counts as one, so that an expired one is still renewed", {}, async ({ run, api }) => {
  api.takes = ({ url }) => url !== "/never";
  api.issued += 1;
  const refused = await run(async ({ url }) => Promise.all(Array.from({ length: 10 }, async () => (await session.fetch(`${url}/never`)).status)));
  assert.deepEqual([...new Set(refused), api.refreshes], [401, 1]);
  api.issued += 1;
  const status = await run(async ({ url }) => (await session.fetch(`${url}/me`)).status);
  assert.deepEqual([status, api.refreshes], [200, 2]);
});

test("f116 files and forms arrive again byte for byte, with the type and the headers they had", {}, async ({ run, api }) => {
  api.issued += 1;
  const sent = await run(async ({ url }) => {
    const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 7919) >> 3);
    const form = new FormData();
    form.set("file", new Blob([bytes], { type: "image/x-test" }), "naïve \"name\".bin");
    form.append("text", "häßlich\r\n\u0000 text");
    const bodies = { blob: new Blob([bytes], { type: "image/x-test" }), form, view: bytes.subarray(3, 1000), params: new URLSearchParams({ "a b": "ü&=" }) };
    for (const [name, body] of Object.entries(bodies)) {
      await fetch(`${url}/oauth/token`, { method: "POST", body: "outdates the token" });
      await session.fetch(`${url}/${name}`, { method: "POST", body, headers: [["X-Mine", "yes"]] });
    }
    return btoa(String.fromCharCode(...bytes));
  });
  const bytes = Buffer.from(sent, "base64");
  const arrived = Object.fromEntries(["blob", "form", "view", "params"].map((name) => [name, api.calls().filter(({ url }) => url === `/${name}`)]));
  for (const [name, pair] of Object.entries(arrived)) {
    assert.deepEqual(pair.map(({ method, headers }) => [method, headers["x-mine"]]), Array(2).fill(["POST", "yes"]), name);
    // A form is divided by a text that is made up anew.
    const [first, second] = pair.map(({ bytes, headers }) => {
      const boundary = /boundary=(.*)$/.exec(headers["content-type"] ?? "")?.[1];
      const plain = (text) => (boundary ? text.replaceAll(boundary, "BOUNDARY") : text);
      return [plain(headers["content-type"] ?? ""), plain(bytes.toString("latin1"))];
    });
    assert.ok(first[1].length > 0);
    assert.deepEqual(second, first, name);
  }
  assert.equal(arrived.blob[1].headers["content-type"], "image/x-test");
  assert.ok(arrived.blob[1].bytes.equals(bytes));
  assert.ok(arrived.form[1].bytes.includes(bytes));
  assert.ok(arrived.view[1].bytes.equals(bytes.subarray(3, 1000)));
});

test("f116 a stream arrives whole, and where it is refused its caller gets the refusal itself, an event, and a new token for the next", { secure: true }, async ({ run, api }) => {
  const post = (path) => run(async ({ url, path }) => {
    const [told, renewed] = [next(session, "body_not_replayable"), next(session, "refreshed")];
    const parts = ["one ", "two ", "three"];
    const body = new ReadableStream({ pull: (stream) => (parts.length ? stream.enqueue(new TextEncoder().encode(parts.shift())) : stream.close()) });
    const response = await session.fetch(url + path, { method: "POST", body, duplex: "half" });
    if (response.status === 401) await renewed;
    return [response.status, await response.json(), response.status === 401 ? await told : null];
  }, { path });
  assert.deepEqual(await post("/first"), [200, { got: "one two three", taken: true }, null]);
  api.issued += 1;
  assert.deepEqual(await post("/refused"), [401, { got: "one two three", taken: false }, { url: api.url }]);
  assert.deepEqual(await post("/next"), [200, { got: "one two three", taken: true }, null]);
  assert.deepEqual(api.calls().map(({ url }) => url), ["/first", "/refused", "/next"]);
  assert.equal(api.refreshes, 1);
});

test("f116 f135 a body that cannot be sent again, and a refresh that fails then: the refusal comes all the same, and nothing is left unhandled", {
  answer: (request, response, isTaken) => {
    if (request.url !== "/once" || isTaken) return false;
    response.writeHead(401, { "x-mine": "untouched" }).end("once only");
    return true;
  },
}, async ({ run, api, page }) => {
  await page.route(`${api.url}/oauth/token`, (route) => route.abort());
  api.issued += 1;
  const seen = await run(async ({ url }) => {
    const unhandled = [];
    addEventListener("unhandledrejection", ({ reason }) => unhandled.push(String(reason)));
    const response = await session.fetch(new Request(`${url}/once`, { method: "POST", body: "x".repeat(2 << 20) }));
    const said = [response.status, await response.text()];
    session.dispose();
    await sleep(200);
    return { said, unhandled };
  });
  assert.deepEqual(seen, { said: [401, "once only"], unhandled: [] });
});

test("f110 what is sent again goes where the first went, whatever became of the caller's objects meanwhile", {
  answer: (request, response, isTaken) => {
    if (isTaken) return false;
    setTimeout(() => response.writeHead(401).end("{}"), 300);
    return true;
  },
}, async ({ run, t, api }) => {
  const other = await startApi(t);
  api.issued += 1;
  const seen = await run(async ({ url, other }) => {
    const [asUrl, headers, turns] = [new URL(`${url}/url`), new Headers({ "x-mine": "first" }), [`${url}/text`, `${other}/text`]];
    const calls = [session.fetch(asUrl, { headers }), session.fetch({ toString: () => turns.shift() ?? other })];
    await sleep(100);
    asUrl.href = `${other}/url`;
    headers.set("x-mine", "second");
    headers.set("authorization", "Bearer mine");
    return (await Promise.all(calls)).map(({ status, url }) => [status, new URL(url).pathname]);
  }, { other: other.url });
  assert.deepEqual(seen, [[200, "/url"], [200, "/text"]]);
  assert.deepEqual(api.calls().filter(({ url }) => url === "/url").map(({ headers }) => headers["x-mine"]), ["first", "first"]);
  assert.deepEqual(other.requests, []);
});

test("f116 what is sent again has the body that was sent first, whatever its caller did with it since", {}, async ({ run, api }) => {
  const seen = await run(async ({ url }) => {
    const encode = (text) => new TextEncoder().encode(text);
    const form = new FormData();
    form.set("page", "1");
    const bodies = {
      bytes: [encode("first"), (body) => body.set(encode("other"))],
      buffer: [encode("first").buffer, (body) => structuredClone(body, { transfer: [body] })],
      params: [new URLSearchParams({ page: "1" }), (body) => body.set("page", "2")],
      form: [form, (body) => body.set("page", "2")],
    };
    const statuses = {};
    for (const [name, [body, change]] of Object.entries(bodies)) {
      await fetch(`${url}/oauth/token`, { method: "POST", body: "outdates the token" });
      const call = outcome(session.fetch(`${url}/${name}`, { method: "POST", body }).then(({ status }) => status));
      change(body);
      statuses[name] = await call;
    }
    return statuses;
  });
  for (const [name, status] of Object.entries(seen)) {
    assert.deepEqual(status, { value: 200 }, name);
    const [first, second] = api.calls().filter(({ url }) => url === `/${name}`).map(({ text }) => text);
    assert.ok(first.includes(name === "bytes" || name === "buffer" ? "first" : "1"), name);
    assert.equal(second, first, name);
  }
});

test("f116 f118 a Request whose body is still being written is sent meanwhile, and its caller can withdraw", { secure: true }, async ({ run, api }) => {
  const seen = await run(async ({ url }) => {
    const gone = new AbortController();
    let cancelled;
    const told = new Promise((done) => (cancelled = done));
    const body = new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode("begun")), cancel: () => cancelled("told") });
    const call = outcome(session.fetch(new Request(`${url}/trickling`, { method: "POST", body, duplex: "half", signal: gone.signal })), 3_000);
    await sleep(1_000);
    gone.abort(new Error("no longer needed"));
    return [(await call).error?.message, await Promise.race([told, sleep(2_000)])];
  });
  assert.deepEqual(seen, ["no longer needed", "told"]);
  assert.deepEqual(api.calls().map(({ url }) => url), ["/trickling"]);
});

test("f116 a Request with a short stream for its body is sent again whole", { secure: true }, async ({ run, api }) => {
  api.issued += 1;
  const seen = await run(async ({ url }) => {
    const parts = ["one ", "two ", "three"];
    const body = new ReadableStream({ pull: async (stream) => (await sleep(50), parts.length ? stream.enqueue(new TextEncoder().encode(parts.shift())) : stream.close()) });
    const response = await session.fetch(new Request(`${url}/stream`, { method: "POST", body, duplex: "half" }));
    return [response.status, (await response.json()).got];
  });
  assert.deepEqual(seen, [200, "one two three"]);
  assert.deepEqual(api.calls().map(({ text }) => text), ["one two three", "one two three"]);
});

test("nothing of a call is left on its signal once it has been sent again", { isolated: NOT_ISOLATED.realm }, async ({ run, api }) => {
  api.issued += 1;
  const seen = await run(async ({ url }) => {
    const { addEventListener, removeEventListener } = EventTarget.prototype;
    const left = [];
    EventTarget.prototype.addEventListener = function (...given) {
      if (this instanceof AbortSignal) left.push(given[1]);
      return addEventListener.apply(this, given);
    };
    EventTarget.prototype.removeEventListener = function (...given) {
      if (this instanceof AbortSignal && left.includes(given[1])) left.splice(left.indexOf(given[1]), 1);
      return removeEventListener.apply(this, given);
    };
    const { status } = await session.fetch(`${url}/me`, { signal: new AbortController().signal });
    return [status, left.length];
  });
  assert.deepEqual(seen, [200, 0]);
  assert.equal(api.refreshes, 1);
});

test("the refusal that nobody gets is not read on: its connection is closed", {
  answer: (request, response, isTaken) => {
    if (request.url !== "/pours" || isTaken) return false;
    response.writeHead(401);
    const pour = () => response.destroyed || (response.write(Buffer.alloc(64 * 1024)) ? setTimeout(pour, 1) : response.once("drain", pour));
    pour();
    return true;
  },
}, async ({ run, api }) => {
  api.issued += 1;
  const status = await run(async ({ url }) => (await session.fetch(`${url}/pours`)).status);
  assert.equal(status, 200);
  const [refused] = api.calls();
  assert.ok(await api.isWithdrawn(refused));
});

for (const [status, renewed] of [[500, 0], [401, 1]])
  test(`f115 an answer of ${status} whose body never ends is judged by its status, as soon as that is there`, {
    answer: (request, response, isTaken) => {
      if (request.url !== "/slow" || (status === 401 && isTaken)) return false;
      response.writeHead(status).write("begun");
      return true;
    },
  }, async ({ run, api }) => {
    if (status === 401) api.issued += 1;
    const { value, ms } = await run(async ({ url }) => timed(session.fetch(`${url}/slow`).then(({ status }) => status)));
    assert.equal(value, status === 401 ? 200 : status);
    assert.ok(ms < 3_000, `${Math.round(ms)} ms`);
    assert.equal(api.refreshes, renewed);
  });

test("f118 who withdraws while the token is being renewed is free at once, and the refresh goes on", {}, async ({ run, api, page }) => {
  api.issued += 1;
  await page.route(`${api.url}/oauth/token`, async (route) => {
    await new Promise((done) => setTimeout(done, 1500));
    await route.continue();
  });
  const seen = await run(async ({ url }) => {
    const gone = new AbortController();
    const renewed = next(session, "refreshed");
    const call = timed(session.fetch(`${url}/me`, { signal: gone.signal }));
    await sleep(500);
    gone.abort(new Error("no longer needed"));
    const { error, ms } = await call;
    return [error.message, ms < 1200, typeof (await renewed).expiresAtMs];
  });
  assert.deepEqual(seen, ["no longer needed", true, "number"]);
  assert.deepEqual([api.refreshes, api.calls().length], [1, 1]);
});

test("an answer whose body the caller gives up is not read on for the session: its connection is closed", {
  answer: (request, response, isTaken) => {
    const status = { "/success": 200, "/forbidden": 403 }[request.url];
    if (!status || !isTaken) return false;
    response.writeHead(status);
    const pour = () => response.destroyed || (response.write(Buffer.alloc(64 * 1024)) ? setTimeout(pour, 1) : response.once("drain", pour));
    pour();
    return true;
  },
}, async ({ run, api }) => {
  for (const path of ["/success", "/forbidden"]) {
    const status = await run(async ({ url, path }) => {
      const response = await session.fetch(url + path);
      await response.body.cancel();
      return response.status;
    }, { path });
    assert.ok(status === 200 || status === 403);
    assert.ok(await api.isWithdrawn(api.calls().at(-1)), path);
  }
});

stage("an answer that a page's own fetch made up, without an address, is handed out like any other", { dialect: null }, async ({ run, t }) => {
  const api = await startApi(t);
  const seen = await run(async ({ url }) => {
    const session = await AuthSession.open({ baseUrl: url, refreshMode: "on-demand" });
    await session.login(ALICE);
    const own = globalThis.fetch;
    globalThis.fetch = (input, init) => (input.url?.endsWith("/made-up") ? Promise.resolve(new Response("made up", { status: 401 })) : own(input, init));
    const told = next(session, "body_not_replayable");
    const response = await session.fetch(new Request(`${url}/made-up`, { method: "POST", body: "x".repeat(2 << 20) }));
    return [response.status, await response.text(), await told];
  }, { url: api.url });
  assert.deepEqual(seen, [401, "made up", { url: api.url }]);
});
