// Every public path and many faults, with secrets that can be told apart, and a search for them wherever a page can say something. That the
// search would find one is shown by builds in which one place is changed so that it leaks.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startRawServer, tokens } from "./support/raw-server.js";
import { useStage } from "./support/stage.js";

const stage = useStage();
const dist = process.env.DIST ?? join(import.meta.dirname, "..", "..", "dist");

const NAMES = [
  "password", "wrongPassword", "clientSecret", "pin", "extraField", "csrf", "cookie", "userInfo", "access1", "access2", "access3", "refresh1", "refresh2", "refresh3",
  "idToken", "apiToken", "nestedSecret", "adoptedAccess", "adoptedRefresh", "claim", "ownHeader", "body",
];
const SECRETS = Object.fromEntries(NAMES.map((name, index) => [name, `canary-${name}-${(index * 2654435761 >>> 0).toString(36)}`]));
const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const jwt = (claims, signature) => `${base64url({ alg: "none" })}.${base64url({ exp: 4e9, iat: 4e9 - 3600, ...claims })}.${signature}`;

/** What an unfriendly server does: it repeats all that it is told, wherever it can. */
function hostile(state) {
  return (request, response) => {
    const { url, text, headers } = request;
    const echo = { detail: `you said ${text} ${headers.authorization}`, error_description: text, input: text, token: text, errors: [{ loc: ["body", "password"], msg: text, input: text }] };
    const say = (status, body, more = {}) => response.writeHead(status, { "www-authenticate": `Bearer error="invalid_token", error_description="${encodeURIComponent(text)}"`, ...more }).end(JSON.stringify(body));
    if (state.fault) return state.fault(response, echo, say);
    if (url.startsWith("/me")) return headers.authorization?.endsWith(state.access) || headers.authorization?.includes("adopted") ? say(200, { me: "alice" }) : say(401, echo);
    if (url === "/oauth/revoke") return say(500, echo);
    if (text.includes("wrong")) return say(400, { error: "invalid_grant", ...echo });
    state.count += 1;
    state.access = state.count === 1 ? jwt({ sub: "alice", ssn: SECRETS.claim }, SECRETS.access1) : SECRETS[`access${Math.min(state.count, 3)}`];
    return response.writeHead(200, { "set-cookie": `session=${SECRETS.cookie}; HttpOnly` }).end(tokens({
      access_token: state.access, refresh_token: SECRETS[`refresh${Math.min(state.count, 3)}`], id_token: SECRETS.idToken,
      api_token: SECRETS.apiToken, nested: { deep: [{ client_secret: SECRETS.nestedSecret }] },
    }));
  };
}

/** In the page: all that a session can be asked for, with each fault armed in turn. */
async function useEverything({ url, other, secrets, faults, brief }) {
  document.cookie = `csrf=${secrets.csrf}`;
  const keep = async (promise) => noted("error", await Promise.resolve(promise).then(() => null, (error) => error));
  const stored = new Map();
  const options = {
    baseUrl: url, preset: "oauth2-form", clientId: "app", clientSecret: secrets.clientSecret, refreshMode: "on-demand", timeoutMs: 1500, logoutTimeoutMs: 1500, idleTimeoutMs: 600_000,
    csrf: { cookie: "csrf", header: "X-CSRF" }, request: { device: { url: "/oauth/token", fields: { pin: "pin" } } },
  };
  const storages = ["local", "session", "memory", "indexeddb", { getItem: (key) => stored.get(key) ?? null, setItem: (key, text) => void stored.set(key, text), removeItem: (key) => void stored.delete(key) }];
  await keep(AuthSession.open({ ...options, baseUrl: `https://user:${secrets.userInfo}@127.0.0.1` }));
  await keep(AuthSession.open({ ...options, [secrets.clientSecret]: 1 }).then(() => null, () => null));
  for (const storage of brief ? storages.slice(0, 1) : storages) {
    const session = await AuthSession.open({ ...options, storage, namespace: String(storage) });
    session.onToken(() => {});
    await keep(session.login({ username: "alice", password: secrets.wrongPassword, extraFields: { otp: secrets.extraField } }));
    await keep(session.login({ username: "alice", password: secrets.password, extraFields: { otp: secrets.extraField } }));
    await keep(session.fetch(`${url}/me`));
    await keep(session.refresh());
    await keep(session.fetch(`${url}/me`, { method: "POST", body: secrets.body }));
    await keep(session.authorize(`${url}/me`));
    await keep(session.fetch(`${other}/there`));
    await keep(session.fetch(`${other}/there`, { foreign: "send-without-token" }));
    await keep(session.fetch(`${url.replace("//", `//user:${secrets.userInfo}@`)}/me`));
    await keep(session.fetch(`${url}/me`, { headers: { authorization: `Bearer ${secrets.ownHeader}` } }));
    await keep(session.rejection(new Response(JSON.stringify({ detail: await session.accessToken().catch(() => "") }), { status: 401 })).then((error) => { throw error; }));
    for (const fault of faults) {
      await arm(fault);
      await keep(session.refresh({ signal: AbortSignal.timeout(400) }));
      await keep(session.fetch(`${url}/me`, { signal: AbortSignal.timeout(400) }));
      await keep(session.login({ username: "alice", password: secrets.password }, { signal: AbortSignal.timeout(400) }));
      await arm(null);
      await keep(session.adopt({ access_token: secrets.adoptedAccess, refresh_token: secrets.adoptedRefresh, expires_in: 60 }));
    }
    await keep(session.adopt({ access_token: [secrets.adoptedAccess], refresh_token: { of: secrets.adoptedRefresh } }));
    await keep(session.login({ grant: "device", pin: secrets.pin }));
    await keep(session.restore());
    noted("snapshot", session.getSnapshot());
    noted("snapshot", session.capabilities);
    const { error, ...told } = await session.logout();
    noted("error", error);
    noted("event", told);
    await keep(session.accessToken());
    if (storage !== "memory") session.dispose();
    await keep(session.login({ username: "alice", password: secrets.password }));
  }
  await sleep(100);
}

const FAULTS = {
  "echo 400": (_response, echo, say) => say(400, { error: "invalid_request", ...echo }),
  "echo 422": (_response, echo, say) => say(422, echo),
  "echo 503": (_response, echo, say) => say(503, echo),
  html: (response, echo) => response.writeHead(200, { "content-type": "text/html" }).end(`<p>${JSON.stringify(echo)}`),
  torn: (response) => response.destroy(),
  "half a reply": (response) => response.end(`{"access_token":"${SECRETS.access2}","refresh_tok`),
  "no token": (response, echo) => response.end(JSON.stringify({ ...echo, access_token: 5 })),
  hang: () => {},
};

/** Runs it all. Returns what was found where, and what another origin saw. */
async function search({ t, run, page, sinks }, { brief = false } = {}) {
  page.setDefaultTimeout(150_000);
  const state = { count: 0, access: null, fault: null };
  const server = await startRawServer(t, hostile(state));
  const other = await startRawServer(t, (_request, response) => response.end("{}"));
  const redirect = (response) => response.writeHead(307, { location: `${other.url}/redirected` }).end();
  await page.exposeFunction("arm", (name) => void (state.fault = name === "redirect" ? redirect : (FAULTS[name] ?? null)));
  await run(useEverything, { url: server.url, other: other.url, secrets: SECRETS, brief, faults: brief ? ["echo 503"] : [...Object.keys(FAULTS), "redirect"] });
  const all = Object.values(SECRETS);
  const finds = await sinks.look(all);
  const theirs = all.filter((secret) => JSON.stringify(other.requests.map(({ url, headers, text }) => [url, headers, text])).includes(secret));
  const ours = all.filter((secret) => JSON.stringify(server.requests.map(({ headers, text }) => [headers, text])).includes(secret));
  return { finds, theirs, ours, requests: server.requests, other: other.requests };
}

stage("f30 f134 of 22 marked secrets none comes out of a session that is used for everything, with every fault", { dialect: null, shows: true }, async (stage) => {
  const { finds, theirs, ours, requests, other } = await search(stage);
  stage.t.diagnostic(`${Object.keys(SECRETS).length} secrets, ${requests.length} requests, ${other.length} to another origin, ${finds.length + theirs.length} finds`);
  assert.deepEqual(finds, []);
  assert.deepEqual(theirs, []);
  assert.ok(Object.keys(SECRETS).length >= 12 && requests.length > 150 && other.length > 0);
  // They were there to be found: the server was sent those that belong to it.
  for (const name of ["password", "wrongPassword", "clientSecret", "pin", "extraField", "body", "access1", "access2", "refresh1", "refresh2", "adoptedAccess", "adoptedRefresh"])
    assert.ok(ours.includes(SECRETS[name]), `${name} was used`);
});

/** Where a token is put, by sink: what is put in the place of which text of the shipped script. */
const AT_KEEP = /keep:\((\w+),(\w+),(\w+),(\w+)\)=>\{/;
const atKeep = (code) => [[AT_KEEP, (whole, token) => `${whole}globalThis.leak=${token};${code};`]];
const LEAKS = {
  "console.debug": atKeep("console.debug(leak)"),
  "console.error": atKeep("console.error({leak})"),
  uncaught: atKeep("setTimeout(()=>{throw new Error(leak)})"),
  "uncaught ": atKeep("Promise.reject(new Error(leak))"),
  "storage keys": atKeep("localStorage.setItem(leak,'')"),
  "storage keys ": atKeep("sessionStorage.setItem('of '+leak,'')"),
  BroadcastChannel: atKeep("new BroadcastChannel('x').postMessage({leak})"),
  URL: atKeep("fetch('/?'+leak)"),
  "request to another origin": atKeep("fetch('/',{headers:{'x-leak':leak}})"),
  "performance entries": atKeep("performance.mark(leak)"),
  address: atKeep("history.replaceState(null,'','#'+leak)"),
  document: atKeep("document.documentElement.append(leak)"),
  event: [...atKeep(""), [/emit:\((\w+),(\w+)\)=>\{/, (whole, _name, detail) => `${whole}${detail}.leak=globalThis.leak;`]],
  snapshot: [...atKeep(""), [/toJSON\(\)\{return this\.#/, () => "toJSON(){return{leak:globalThis.leak};return this.#"]],
  error: [...atKeep(""), [/toJSON\(\)\{return\{\.\.\.this,/, (whole) => `${whole}leak:globalThis.leak,`]],
  "error ": [...atKeep(""), [/(reject:\(\w+,(\w+)\)=>)/, (whole, head, error) => `${head}(${error}.message+=globalThis.leak,0)||`]],
  explain: [...atKeep(""), [/explain\(\)\{return this\.#/, () => "explain(){return[{what:globalThis.leak}];return this.#"]],
};

for (const [sink, changes] of Object.entries(LEAKS))
  stage(`the search finds a token that is leaked on purpose: ${sink.trim()}${sink.endsWith(" ") ? ", another way" : ""}`, { dialect: null, shows: true, uncaught: null, load: false }, async (stage) => {
    const script = changes.reduce((text, [place, put]) => {
      assert.match(text, place, "the place to leak at is there");
      return text.replace(place, put);
    }, readFileSync(join(dist, "index.js"), "utf8"));
    await stage.page.route("**/dist/index.js", (route) => route.fulfill({ contentType: "text/javascript", body: script }));
    await stage.load();
    const { finds } = await search(stage, { brief: true });
    assert.ok(finds.some((find) => find.startsWith(`${sink.trim()}: canary-access`)), finds.join("\n"));
  });
