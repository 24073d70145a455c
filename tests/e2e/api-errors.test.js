// Errors are errors, and nothing that is said or shown holds a secret.
import assert from "node:assert/strict";
import { found, readStores } from "./support/canaries.js";
import { startRawServer, tokens } from "./support/raw-server.js";
import { useStage } from "./support/stage.js";

const stage = useStage();

stage("errors are real errors of one class, with a stack, a name, a code and no own words of the server as message", {}, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    const error = await session.login({ username: "alice", password: "wrong" }).catch((error) => error);
    return {
      is: [error instanceof Error, isAuthError(error), typeof error.stack, error.name, error.code, error.phase, error.status, String(error)],
      says: [error.error, typeof error.errorDescription, error.message.includes(error.errorDescription)],
      keys: Object.keys(error).includes("name"),
      json: JSON.parse(JSON.stringify(error)),
      clone: structuredClone(error).message === error.message,
    };
  });
  const message = "the server did not accept these credentials";
  assert.deepEqual(seen.is, [true, true, "string", "AuthError", "invalid_credentials", "login", 400, `AuthError: ${message}`]);
  assert.deepEqual(seen.says, ["invalid_grant", "string", false]);
  assert.deepEqual([seen.json.code, seen.json.message, seen.json.retryable, seen.clone, seen.keys], ["invalid_credentials", message, false, true, false]);
});

stage("isAuthError tells errors of this package from everything else, also across two copies of it", {}, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const other = await import("/dist/index.js?copy");
    const error = await AuthSession.open({}).catch((error) => error);
    const plain = { ...error, name: "AuthError" };
    return [
      other.isAuthError(error), isAuthError(await other.AuthSession.open({}).catch((error) => error)), other.AuthSession === AuthSession,
      ...[undefined, null, 5, "text", {}, plain, new Error("x"), new DOMException("x", "AbortError"), Symbol("s")].map(isAuthError),
    ];
  });
  assert.deepEqual(seen, [true, true, false, ...Array(9).fill(false)]);
});

/** What an unfriendly server answers: it echoes what it was told. */
const echo = ({ url, text, headers }, response) => {
  if (url === "/oauth/revoke") return response.writeHead(500).end(JSON.stringify({ detail: `cannot revoke ${text} ${headers.authorization}`, token: text }));
  if (text.includes("username=eve")) return response.writeHead(422).end(JSON.stringify({ detail: [{ loc: ["body", "password"], msg: `bad: ${text}`, input: text }] }));
  if (text.includes("refresh_token=")) return response.writeHead(503).end(JSON.stringify({ message: `failed for ${text}`, refresh_token: new URLSearchParams(text).get("refresh_token") }));
  return response.end(tokens({ access_token: "access-token-canary", refresh_token: "refresh-token-canary", id_token: "id-token-canary", nested: { api_token: "nested-canary" } }));
};

stage("f30 f134 no password and no token stands in an error, event, snapshot or session, however it is written out", { dialect: null }, async ({ t, run, page }) => {
  const server = await startRawServer(t, echo);
  const said = [];
  page.on("console", (message) => said.push(message.text()));
  const seen = await run(async ({ baseUrl }) => {
    const session = await AuthSession.open({ baseUrl, clientId: "app", clientSecret: "client-secret-canary", refreshMode: "on-demand" });
    const texts = [];
    const look = (value) => {
      const own = value instanceof Error ? [value.stack, value.message, ...Object.getOwnPropertyNames(value).map((name) => JSON.stringify(value[name]))] : [];
      texts.push(String(value), JSON.stringify(value), JSON.stringify(structuredClone(value instanceof Error ? { ...value } : value)), ...own);
    };
    for (const name of ["signed_in", "refreshed", "refresh_failed", "expiring", "signed_out", "user_changed", "storage_degraded", "warning"])
      session.on(name, (detail) => (look(detail), detail.error && look(detail.error)));
    session.subscribe(() => look(session.getSnapshot()));
    look((await session.login({ username: "eve", password: "password-canary" }).catch((error) => error)));
    await session.login({ username: "alice", password: "password-canary" });
    texts.push(JSON.stringify(session), JSON.stringify(Object.getOwnPropertyDescriptors(session)), String(session));
    const token = await session.accessToken();
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 500);
    look(await session.refresh({ signal: controller.signal }).catch((error) => error));
    look(await session.rejection(new Response(`{"detail":"no: ${token}"}`, { status: 401, headers: { "www-authenticate": `Bearer error="invalid_token", error_description="${token}"` } })));
    const { error, ...rest } = await session.logout();
    look(error);
    look(rest);
    await sleep(0);
    return { token, texts: texts.filter(Boolean), codes: error.code };
  }, { baseUrl: server.url });
  assert.equal(seen.token, "access-token-canary");
  assert.ok(seen.texts.length > 30);
  const secrets = ["password-canary", "access-token-canary", "refresh-token-canary", "id-token-canary", "nested-canary", "client-secret-canary"];
  for (const text of [...seen.texts, ...said]) assert.deepEqual(found(secrets, text), [], text);
  assert.deepEqual(found(secrets, await readStores(page)), [], "after the logout the stores hold none");
});

stage("rejection() reads a refused API answer, says whether the token expired, and leaves the answer to be read", { dialect: "geolens" }, async ({ run, backend }) => {
  const seen = await run(async ({ options, api }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    const json = (status, body, headers = {}) => new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });
    const read = async (response) => {
      const error = await session.rejection(response);
      return { error: error && described(error), used: response.bodyUsed, text: await response.text() };
    };
    const token = await session.accessToken();
    const answers = {
      success: await read(await fetch(api, { headers: { authorization: `Bearer ${token}` } })),
      real: await read(await fetch(api, { headers: { authorization: "Bearer wrong" } })),
      expired: await read(json(401, { detail: "expired" }, { "www-authenticate": 'Bearer error="invalid_token"' })),
      forbidden: await read(json(403, { detail: "not yours" })),
      fields: await read(json(422, { detail: [{ loc: ["body", "name"], msg: "too short", type: "string_too_short", ctx: { min_length: 3 } }] })),
      limited: await read(json(429, {}, { "retry-after": "7" })),
      failed: await read(new Response("", { status: 500 })),
      empty: await read(new Response(null, { status: 204 })),
    };
    return { answers, status: session.getSnapshot().status };
  }, { api: `${backend.url}/auth/me` });
  const { success, real, expired, forbidden, fields, limited, failed, empty } = seen.answers;
  assert.equal(seen.status, "active", "an API's refusal does not end the session");
  assert.deepEqual([success.error, empty.error], [null, null]);
  assert.equal(JSON.parse(success.text).username, "alice");
  for (const answer of Object.values(seen.answers)) assert.equal(answer.used, false);
  for (const { error } of [real, expired]) assert.deepEqual([error.status, error.tokenExpired, error.phase, error.isAuthError], [401, true, "api", true]);
  assert.deepEqual([forbidden.error.code, forbidden.error.serverMessage, forbidden.error.tokenExpired], ["forbidden", "not yours", false]);
  assert.deepEqual(fields.error.code, "validation");
  assert.deepEqual(fields.error.fields, [{ path: "name", message: "too short", type: "string_too_short", context: { min_length: 3 } }]);
  assert.deepEqual([limited.error.code, limited.error.retryAfterMs, failed.error.code], ["rate_limited", 7000, "server"]);
});

stage("rejection() is not held up or deceived by a body: a success need not end, a refusal may break off or be huge", { options: { timeoutMs: 1000 } }, async ({ run }) => {
  const seen = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    await session.login(ALICE);
    const endless = () => new ReadableStream({ pull: (stream) => sleep(20).then(() => stream.enqueue(new Uint8Array(10))) });
    const broken = () => new ReadableStream({ pull: (stream) => stream.error(new Error("reset")) });
    const ask = (body, status) => timed(session.rejection(new Response(body, { status })));
    const [success, brokenSuccess, refused, reset, huge] = await Promise.all([
      ask(endless(), 200), ask(broken(), 200), ask(endless(), 403), ask(broken(), 401), ask("x".repeat(2 << 20), 500),
    ]);
    return { success, brokenSuccess, codes: [refused, reset, huge].map(({ value, error }) => described(value ?? error).code), ms: [success.ms, refused.ms] };
  });
  assert.deepEqual([seen.success.value, seen.brokenSuccess.value], [null, null]);
  assert.deepEqual(seen.codes, ["forbidden", "rejected", "server"]);
  assert.ok(seen.ms[0] < 500 && seen.ms[1] < 3000, seen.ms.join());
});

stage("rejection() of what is no answer, or of one that was read, rejects with invalid_options", {}, async ({ run }) => {
  const codes = await run(async ({ options }) => {
    const session = await AuthSession.open(options);
    const used = new Response("text", { status: 400 });
    await used.text();
    const locked = new Response("text", { status: 400 });
    locked.body.getReader();
    const all = [undefined, null, 5, {}, { status: 401 }, used, locked];
    return Promise.all(all.map(async (one) => (await attempt(() => session.rejection(one))).error?.code));
  });
  assert.deepEqual(codes, Array(7).fill("invalid_options"));
});
