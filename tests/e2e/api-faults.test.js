// Servers that do not answer, answer too much, or send the password elsewhere.
import assert from "node:assert/strict";
import { startRawServer, tokens } from "./support/raw-server.js";
import { NOT_ISOLATED, useStage } from "./support/stage.js";

const stage = useStage();

/** A login at a server that answers like this, and what became of it. */
const loginAt = (name, answer, check, options = {}) =>
  stage(name, { dialect: null }, async (scene) => {
    const server = await startRawServer(scene.t, answer);
    const seen = await scene.run(async ({ options }) => {
      const session = await AuthSession.open(options);
      const login = await timed(session.login(ALICE));
      return { ...login, status: session.getSnapshot().status, activity: session.getSnapshot().activity };
    }, { options: { baseUrl: server.url, ...options } });
    assert.equal(seen.activity, null);
    assert.equal(seen.status, seen.error ? "signed_out" : "active");
    await check(seen, server);
  });

loginAt("f41 a server that never answers is a timeout after timeoutMs", () => {}, async ({ error, ms }, server) => {
  assert.deepEqual([error.code, error.timeoutMs, error.phase, error.retryable], ["timeout", 500, "login", true]);
  assert.ok(ms > 450 && ms < 1500, `${ms} ms`);
  assert.ok(await server.isWithdrawn(server.requests[0]), "the request is withdrawn");
}, { timeoutMs: 500 });

loginAt("f28 a body that drips for ever is a timeout, for the deadline spans the body", (_request, response) => {
  response.write('{"access_token":"a');
  const drip = setInterval(() => response.write("a"), 50);
  response.on("close", () => clearInterval(drip));
}, ({ error, ms }) => {
  assert.equal(error.code, "timeout");
  assert.ok(ms < 1500, `${ms} ms`);
}, { timeoutMs: 500 });

loginAt("f28 a body of 2 MiB is an invalid_response", (_request, response) => response.end(tokens({ pad: "x".repeat(2 << 20) })), ({ error }) => {
  assert.deepEqual([error.code, error.expected], ["invalid_response", "a body of at most 1 MiB"]);
});

loginAt("f28 a body without an end is cut off after 1 MiB", (_request, response) => {
  const more = () => response.write("x".repeat(1 << 16)) && setImmediate(more);
  response.on("drain", more).on("close", () => response.removeAllListeners("drain"));
  more();
}, async ({ error, ms }, server) => {
  assert.equal(error.code, "invalid_response");
  assert.ok(ms < 5000, `${ms} ms`);
  assert.ok(await server.isWithdrawn(server.requests[0]), "the rest is not taken");
});

loginAt("f28 a body of just below 1 MiB is taken", (_request, response) => response.end(tokens({ pad: "x".repeat((1 << 20) - 200) })), ({ error }) =>
  assert.equal(error, undefined));

loginAt("f27 a page instead of a reply, as of a captive portal, is an invalid_response", (_request, response) => {
  response.setHeader("content-type", "text/html").end("<!doctype html><title>Accept the terms</title>");
}, ({ error }) => {
  assert.deepEqual([error.code, error.status, error.retryable, error.pointer], ["invalid_response", 200, true, ""]);
  assert.ok(!JSON.stringify(error).includes("terms"));
});

loginAt("f50 half a JSON text is an invalid_response", (_request, response) => response.end(tokens().slice(0, -10)), ({ error }) =>
  assert.equal(error.code, "invalid_response"));

loginAt("f50 a body shorter than announced is a network error", (_request, response) => {
  response.writeHead(200, { "content-length": 1000 }).write(tokens());
  response.destroy();
}, ({ error }) => assert.equal(error.code, "network"));

loginAt("f50 a body that is not what its Content-Encoding says is a network error", (_request, response) =>
  response.writeHead(200, { "content-encoding": "gzip" }).end(tokens()), ({ error }) => assert.equal(error.code, "network"));

for (const status of [204, 205])
  loginAt(`f31 a login answered ${status} is an invalid_response`, (_request, response) => response.writeHead(status).end(), ({ error }) =>
    assert.deepEqual([error.code, error.status], ["invalid_response", status]));

loginAt("f31 a login answered 201 is a login", (_request, response) => response.writeHead(201).end(tokens()), ({ error }) => assert.equal(error, undefined));

loginAt("f31 half an answer, 206, is an invalid_response", (_request, response) => response.writeHead(206).end(tokens()), ({ error }) =>
  assert.deepEqual([error.code, error.status], ["invalid_response", 206]));

for (const type of ["text/plain", "text/html", "application/octet-stream"])
  loginAt(`a token reply labelled ${type} is a token reply`, (_request, response) => response.setHeader("content-type", type).end(tokens()), ({ error }) =>
    assert.equal(error, undefined));

loginAt("f22 an OAuth error with status 200 is that error", (_request, response) => response.end('{"error":"invalid_grant"}'), ({ error }) =>
  assert.deepEqual([error.code, error.error, error.status], ["invalid_credentials", "invalid_grant", 200]));

const odd = (levels) => tokens({ a: JSON.parse(`${"[".repeat(levels)}1${"]".repeat(levels)}`), b: "\ud800\u0000", c: 1e308 }).replace("{", '{"__proto__":{"admin":true},"e":1e400,');

loginAt("f29 a reply as deep as is read, beside everything else JSON can say, is no trap", (_request, response) => response.end(odd(62)), ({ error }) =>
  assert.equal(error, undefined));

stage("f29 a reply that names __proto__ gives nobody a prototype, and is there after a reload", { dialect: null, isolated: NOT_ISOLATED.memory }, async ({ t, run, open }) => {
  const server = await startRawServer(t, (_request, response) => response.end(odd(50)));
  const look = async ({ baseUrl, login }) => {
    const session = await AuthSession.open({ baseUrl });
    if (login) await session.login(ALICE);
    const { extra, signedIn } = session.getSnapshot();
    return [signedIn, extra.admin, Object.getPrototypeOf(extra) === Object.prototype, {}.admin, extra.c];
  };
  const expected = [true, undefined, true, undefined, 1e308];
  assert.deepEqual(await run(look, { baseUrl: server.url, login: true }), expected);
  await open();
  assert.deepEqual(await run(look, { baseUrl: server.url }), expected);
});

loginAt("f29 a reply deeper than is read is an invalid_response", (_request, response) =>
  response.end(`{"access_token":"a","x":${"[".repeat(100_000)}${"]".repeat(100_000)}}`), ({ error }) => assert.equal(error.code, "invalid_response"));

for (const status of [301, 302, 303, 307, 308])
  stage(`f45 a login redirected with ${status} to another server is a network error, and that server sees nothing`, { dialect: null }, async ({ t, run }) => {
    const second = await startRawServer(t);
    const first = await startRawServer(t, (_request, response) => response.writeHead(status, { location: `${second.url}/steal` }).end());
    const { error } = await run(async ({ baseUrl }) => outcome((await AuthSession.open({ baseUrl })).login(ALICE)), { baseUrl: first.url });
    assert.equal(error.code, "network");
    assert.ok(error.causes.includes("redirect"));
    assert.match(error.hint, /[Rr]edirect/);
    assert.equal(first.requests.length, 1);
    assert.equal(second.requests.length, 0);
  });

stage("f46 a redirect within the server is refused as well, for login and for refresh", { dialect: null }, async ({ t, run }) => {
  const server = await startRawServer(t, ({ url, text }, response) => {
    const refused = url === "/oauth/token" && (text.includes("refresh_token") || text.includes("username=bob"));
    return refused ? response.writeHead(307, { location: "/elsewhere" }).end() : response.end(tokens({ refresh_token: "r" }));
  });
  const seen = await run(async ({ baseUrl }) => {
    const session = await AuthSession.open({ baseUrl, refreshMode: "on-demand" });
    await session.login(ALICE);
    const login = await outcome(session.login(BOB));
    const failed = next(session, "refresh_failed");
    session.refresh().catch(() => {});
    return [login.error.code, described((await failed).error).code, session.getSnapshot().status];
  }, { baseUrl: server.url });
  assert.deepEqual(seen, ["network", "network", "active"]);
  assert.ok(server.requests.every(({ url }) => url === "/oauth/token"));
});

stage("f41 where the page's own fetch heeds no signal and never answers, or never ends, that is a timeout all the same", {
  options: { timeoutMs: 500, logoutTimeoutMs: 500 }, isolated: NOT_ISOLATED.realm,
}, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    const own = globalThis.fetch;
    const codes = [];
    for (const answer of [() => new Promise(() => {}), async () => new Response(new ReadableStream({}))]) {
      globalThis.fetch = answer;
      codes.push((await outcome(session.login(ALICE), 3_000)).error?.code);
      codes.push((await outcome(session.logout(), 3_000)).value?.error.code);
      globalThis.fetch = own;
      codes.push((await outcome(session.login(ALICE), 3_000)).error);
    }
    return codes;
  });
  assert.deepEqual(seen, ["timeout", "timeout", undefined, "timeout", "timeout", undefined]);
});

stage("f49 an answer that comes after the caller gave up changes nothing", { dialect: null }, async ({ t, run }) => {
  const server = await startRawServer(t, (_request, response) => void setTimeout(() => response.end(tokens()), 700));
  const seen = await run(async ({ baseUrl }) => {
    const session = await AuthSession.open({ baseUrl, timeoutMs: 300 });
    const events = record(session);
    const login = await outcome(session.login(ALICE));
    await sleep(800);
    return [login.error.code, session.getSnapshot().status, events, JSON.stringify({ ...localStorage })];
  }, { baseUrl: server.url });
  assert.deepEqual(seen, ["timeout", "signed_out", [], "{}"]);
});
