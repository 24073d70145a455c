// Where the token goes, for inputs of every kind: whether it may is known from the parts that each was made of.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchShell } from "./support/browser.js";
import { startRawServer, tokens } from "./support/raw-server.js";
import { startSite } from "./support/site.js";
import { loadInto } from "./support/stage.js";
import { FORMS, createChance, isListed, makeInput, originOf } from "./support/urls.js";

const SEED = Number(process.env.SEED ?? 20261122);
const EACH = 2_500;
const TOKEN = "access-token-canary";
const HTTPS_PORTS = [["", undefined], ["", undefined], ["", undefined], [":", undefined], [":443", 443], [":0443", 443], [":80", 80], [":444", 444], [":8443", 8443], [":08443", 8443], [":65536", null], [":44３", null]];

let browser, site;
before(async () => {
  site = await startSite();
  // Names lead to this machine, whatever they are.
  browser = await launchShell(["--host-resolver-rules=MAP * 127.0.0.1"]);
});
after(async () => {
  await browser?.close();
  await site?.close();
});

const openPage = async (t) => {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(site.url);
  await loadInto(page);
  return page;
};
const pageTarget = () => ({ scheme: "http", host: "127.0.0.1", port: Number(new URL(site.url).port) });

/** The lists: the options that make them, the places they mean, and the ports worth writing. */
const LISTS = {
  "the origin of the login URL, where nothing is listed": () => ({
    options: { baseUrl: "https://api.example.com/base" },
    places: [{ scheme: "https", host: "api.example.com", port: 443, below: null }],
    ports: HTTPS_PORTS,
  }),
  "a place with a path, for a token in a header of its own": () => ({
    options: { baseUrl: "https://login.example.com", use: { origins: ["https://api.example.com/api"], header: "X-Token", scheme: "" } },
    places: [{ scheme: "https", host: "api.example.com", port: 443, below: "api" }],
    ports: HTTPS_PORTS,
  }),
  "this machine, and a part of the page's own origin": () => ({
    options: { baseUrl: "http://127.0.0.1:8123", use: { origins: ["http://127.0.0.1:8123", `${site.url}/api/`] } },
    places: [{ scheme: "http", host: "127.0.0.1", port: 8123, below: null }, { ...pageTarget(), below: "api" }],
    ports: [[":8123", 8123], [":8123", 8123], [":08123", 8123], [":8124", 8124], [":18123", 18123], [":81230", null], ["", undefined], [`:${pageTarget().port}`, pageTarget().port]],
  }),
  "two origins, one of them an international name": () => ({
    options: { baseUrl: "https://bücher.example", use: { origins: ["https://BÜCHER.example", "https://api.example.com:8443/api"] } },
    places: [{ scheme: "https", host: "xn--bcher-kva.example", port: 443, below: null }, { scheme: "https", host: "api.example.com", port: 8443, below: "api" }],
    ports: HTTPS_PORTS,
  }),
};

/** In the page: what a recorder in the place of `fetch` gets to see of each input. */
async function recordAll({ options, inputs, token }) {
  const session = await AuthSession.open({ ...options, storage: "memory", refreshMode: "on-demand" });
  let seen = [];
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    if (request.url.endsWith("/oauth/token")) return new Response(JSON.stringify({ access_token: token, expires_in: 36_000 }));
    const names = [...request.headers].filter(([, value]) => value.includes(token)).map(([name]) => name);
    seen.push({ url: request.url, names });
    return new Response("{}");
  };
  await session.login(ALICE);
  const give = {
    string: (text) => text,
    URL: (text) => new URL(text, location.href),
    Request: (text) => new Request(text),
    object: (text) => ({ toString: () => text }),
  };
  const results = [];
  for (const { text, form, foreign } of inputs) {
    seen = [];
    // What no URL or Request can be made of is given as it is.
    let input = text;
    try {
      input = give[form](text);
    } catch {}
    const { error } = await attempt(() => session.fetch(input, foreign ? { foreign: "send-without-token" } : undefined));
    results.push({ seen, code: error?.code ?? error?.name ?? null });
  }
  return results;
}

for (const [list, make] of Object.entries(LISTS))
  test(`f108 of ${EACH} generated inputs a token goes along with those that are listed, and with no other: ${list}`, async (t) => {
    const { options, places, ports } = make();
    const chance = createChance(SEED + Object.keys(LISTS).indexOf(list));
    const inputs = Array.from({ length: EACH }, () => ({
      ...makeInput(chance, { page: pageTarget(), places, ports }),
      form: FORMS[chance(FORMS.length)],
      foreign: chance(2) === 0,
    }));
    const page = await openPage(t);
    const results = await page.evaluate(recordAll, { options, inputs, token: TOKEN });
    const header = options.use?.header?.toLowerCase() ?? "authorization";
    const counts = { withToken: 0, without: 0, blocked: 0, refused: 0 };
    for (const [index, { seen, code }] of results.entries()) {
      const input = inputs[index];
      const story = `${JSON.stringify(input)} became ${JSON.stringify({ seen, code })}`;
      const listed = isListed(input.target, places);
      assert.ok(seen.length <= 1, story);
      assert.deepEqual(seen.flatMap(({ names }) => names), listed ? [header] : [], story);
      // Where it was sent is where its parts say.
      if (seen.length === 1 && input.target) assert.ok(seen[0].url.startsWith(`${originOf(input.target)}/`), story);
      if (seen.length === 0) assert.ok(["blocked_origin", "invalid_options", "TypeError"].includes(code), story);
      if (input.target && input.foreign) assert.equal(seen.length, 1, story);
      counts[listed ? "withToken" : seen.length ? "without" : code === "blocked_origin" ? "blocked" : "refused"] += 1;
    }
    t.diagnostic(`${list}: ${JSON.stringify(counts)}`);
    for (const [kind, count] of Object.entries(counts)) assert.ok(count > EACH / 20, `${kind}: ${count}`);
  });

test("f108 of 200 generated inputs two servers see the token with those that are listed, and with no other", async (t) => {
  const answer = (request, response) => response.end(request.url === "/oauth/token" ? tokens({ access_token: TOKEN }) : "{}");
  const [ours, theirs] = [await startRawServer(t, answer), await startRawServer(t, answer)];
  const [port, other] = [ours, theirs].map(({ url }) => Number(new URL(url).port));
  const places = [{ scheme: "http", host: "api.example.com", port, below: "api" }, { scheme: "http", host: "127.0.0.1", port, below: null }];
  const ports = [[`:${port}`, port], [`:${port}`, port], [`:${port}`, port], [`:0${port}`, port], [`:${other}`, other]];
  const chance = createChance(SEED);
  const inputs = [];
  const near = [...places, ...places.map((place) => ({ ...place, port: other }))];
  // Only what can arrive at a server tells something.
  while (inputs.length < 200) {
    const input = makeInput(chance, { page: pageTarget(), places: near, ports, only: ["http", null], tail: `?case=${inputs.length}` });
    if (input.target && [port, other].includes(input.target.port)) inputs.push(input);
  }
  const page = await openPage(t);
  await page.evaluate(async ({ url, port, inputs }) => {
    const use = { origins: [`http://api.example.com:${port}/api`, url] };
    const session = await AuthSession.open({ baseUrl: url, allowInsecureHttp: true, storage: "memory", refreshMode: "on-demand", use });
    await session.login(ALICE);
    for (const { text } of inputs) await attempt(() => session.fetch(text, { foreign: "send-without-token" }));
  }, { url: ours.url, port, inputs });

  const arrived = new Map();
  for (const [at, { requests }] of [[port, ours], [other, theirs]])
    for (const { url, headers, text } of requests) {
      const index = /\?case=(\d+)$/.exec(url)?.[1];
      if (index) arrived.set(Number(index), { at, host: headers.host, token: JSON.stringify([url, headers, text]).includes(TOKEN) });
    }
  let listed = 0;
  for (const [index, { text, target }] of inputs.entries()) {
    const expected = { at: target.port, host: `${target.host}:${target.port}`, token: isListed(target, places) };
    assert.deepEqual(arrived.get(index), expected, JSON.stringify(text));
    listed += expected.token;
  }
  t.diagnostic(`with the token ${listed}, without ${200 - listed}; ours saw ${ours.requests.length}, theirs ${theirs.requests.length}`);
  assert.ok(listed > 20 && listed < 180 && theirs.requests.length > 20);
});

for (const status of [307, 308])
  test(`f45 f111 a ${status} from login, refresh, logout or API sends nothing to where it points`, async (t) => {
    const elsewhere = await startRawServer(t);
    const secret = (name) => `${name}-${status}-canary`;
    const redirected = new Set();
    const server = await startRawServer(t, (request, response) => {
      const kind = request.url.startsWith("/me") ? "api" : request.url === "/oauth/revoke" ? "logout" : request.text.includes("grant_type=refresh_token") ? "refresh" : "login";
      if (redirected.has(kind)) return response.writeHead(status, { location: `${elsewhere.url}${request.url}` }).end();
      return response.end(tokens({ access_token: secret("access"), refresh_token: secret("refresh") }));
    });
    const page = await openPage(t);
    const run = (act) => page.evaluate(act, { url: server.url, password: secret("password"), body: secret("body") });
    const at = async (kind, act) => {
      redirected.add(kind);
      const seen = await run(act);
      redirected.delete(kind);
      return seen;
    };
    await run(async ({ url }) => {
      globalThis.session = await AuthSession.open({ baseUrl: url, refreshMode: "on-demand" });
    });
    const login = ({ password }) => outcome(session.login({ username: "alice", password }));
    const seen = { login: await at("login", login) };
    await run(login);
    seen.api = await at("api", ({ url, body }) => outcome(session.fetch(`${url}/me`, { method: "POST", body })));
    seen.refresh = await at("refresh", () => outcome(session.refresh({ signal: AbortSignal.timeout(500) })));
    seen.status = await run(() => session.getSnapshot().status);
    seen.logout = await at("logout", () => outcome(session.logout()));
    assert.equal(seen.login.error.code, "network");
    assert.ok(seen.login.error.causes.includes("redirect"));
    assert.equal(seen.api.error.name, "TypeError");
    assert.equal(seen.status, "active");
    assert.equal(seen.logout.value.server, "failed");
    assert.ok(server.requests.filter(({ url }) => url === "/oauth/token").length >= 3 && server.requests.some(({ url }) => url.startsWith("/me")));
    assert.deepEqual(elsewhere.requests, [], "0 requests, and so 0 secrets");
  });

test("f111 a redirect that is followed on request leaves the token behind", async (t) => {
  const elsewhere = await startRawServer(t, (_request, response) => response.end("{}"));
  const server = await startRawServer(t, (request, response) => {
    if (request.url === "/oauth/token") return response.end(tokens({ access_token: TOKEN }));
    return response.writeHead(307, { location: `${elsewhere.url}/there` }).end();
  });
  const page = await openPage(t);
  const seen = await page.evaluate(async ({ url }) => {
    const session = await AuthSession.open({ baseUrl: url, refreshMode: "on-demand" });
    await session.login(ALICE);
    const custom = await AuthSession.open({ baseUrl: url, namespace: "custom", refreshMode: "on-demand", use: { header: "X-Token", scheme: "" } });
    await custom.login(ALICE);
    return [(await session.fetch(`${url}/go`, { redirect: "follow" })).status, (await outcome(custom.fetch(`${url}/go`, { redirect: "follow" }))).error.code];
  }, { url: server.url });
  // The browser takes off Authorization alone: where the token is in another header, nothing is sent at all.
  assert.deepEqual(seen, [200, "invalid_options"]);
  assert.deepEqual(elsewhere.requests.map(({ url, headers }) => [url, JSON.stringify(headers).includes(TOKEN)]), [["/there", false]]);
});
