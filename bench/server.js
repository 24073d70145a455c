// One token server for all subjects: form or JSON, with what each of them wants to find in the answer. A refresh token is good once; one
// that is presented again revokes the session.
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { basename, join } from "node:path";

const TYPES = { js: "text/javascript", wasm: "application/wasm" };
const BLANK = "<!doctype html><title>bench</title><link rel=icon href=data:,>";
const LIFETIME_S = 3600;
const SCOPE = "openid profile email offline_access";

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
/** Unsigned in truth: no subject checks the signature of a token that it got from the server itself. */
const jwt = (claims) => `${base64url({ alg: "RS256", typ: "JWT" })}.${base64url(claims)}.${"s".repeat(86)}`;

/** @param {{ dist: string, bundles: Map<string, string> }} files the built package, and each subject's script by name */
export async function startServer({ dist, bundles }) {
  const state = { delayMs: 0, refreshes: 0, used: 0, revoked: false };
  let live = new Set();
  let spent = new Set();
  let url = "";

  const claims = (lifetimeS) => {
    const now = Math.floor(Date.now() / 1000);
    return { iss: `${url}/`, aud: "app", azp: "app", sub: "user-1", email: "alice@example.com", iat: now, exp: now + lifetimeS, jti: randomUUID() };
  };
  const mintRefresh = () => {
    const token = randomUUID();
    live.add(token);
    return token;
  };
  const grant = (lifetimeS) => ({
    access_token: jwt(claims(lifetimeS)), id_token: jwt(claims(LIFETIME_S)), refresh_token: mintRefresh(),
    token_type: "Bearer", expires_in: lifetimeS, scope: SCOPE, user: { id: "user-1", aud: "authenticated", role: "authenticated", email: "alice@example.com" },
  });

  function redeem(token) {
    state.refreshes += 1;
    if (spent.has(token)) {
      state.used += 1;
      state.revoked = true;
      live.clear();
    }
    if (!live.delete(token)) return null;
    spent.add(token);
    return grant(LIFETIME_S);
  }

  async function answer(request) {
    const { pathname } = new URL(request.url, url);
    const name = basename(pathname);
    if (pathname.startsWith("/dist/")) return { type: TYPES[name.split(".").at(-1)], body: await readFile(join(dist, name)) };
    if (bundles.has(pathname)) return { type: TYPES.js, body: bundles.get(pathname) };
    if (request.method !== "POST") return { type: "text/html", body: BLANK };
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    const fields = /json/.test(request.headers["content-type"]) ? JSON.parse(text) : Object.fromEntries(new URLSearchParams(text));
    const granted = redeem(fields.refresh_token);
    await new Promise((done) => setTimeout(done, state.delayMs));
    const refusal = { error: "invalid_grant", error_description: "used or unknown", error_code: "refresh_token_already_used", msg: "Already Used" };
    return { status: granted ? 200 : 400, type: "application/json", body: JSON.stringify(granted ?? refusal) };
  }

  const server = createServer(async (request, response) => {
    const { status = 200, type, body } = await answer(request).catch(() => ({ status: 404, type: "text/plain", body: "" }));
    response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(body);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  url = `http://127.0.0.1:${server.address().port}`;
  return {
    url, state,
    /** A new session that runs out in so many seconds. Everything before is forgotten. */
    session(lifetimeS, delayMs) {
      live = new Set();
      spent = new Set();
      Object.assign(state, { delayMs, refreshes: 0, used: 0, revoked: false });
      const { access_token, id_token, refresh_token } = grant(lifetimeS);
      return { accessToken: access_token, idToken: id_token, refreshToken: refresh_token, expiresIn: lifetimeS, expiresAtMs: Date.now() + lifetimeS * 1000, scope: SCOPE };
    },
    close: () => new Promise((closed) => server.close(closed) && server.closeAllConnections()),
  };
}
