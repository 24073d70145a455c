// Doorkeeper: RFC 6749 as Rails speaks it, by form, by JSON, and with a confidential client in the shape of Zype.

import assert from "node:assert/strict";
import { server } from "./support/settings.js";
import { proves } from "./support/stage.js";

const baseUrl = server("DOORKEEPER");
const endpoints = {
  request: { password: { url: "/oauth/token" } },
  end: { by: "revocation", url: "/oauth/revoke" },
};
const user = { username: "alice@example.com", password: "alice-canary-pass" };

const KINDS = {
  "oauth2-form": { options: { baseUrl, preset: "oauth2-form", clientId: "public-client", ...endpoints }, type: /^application\/x-www-form-urlencoded/ },
  "oauth2-json": { options: { baseUrl, preset: "oauth2-json", clientId: "public-client", ...endpoints }, type: /^application\/json/ },
  zype: {
    // The preset's own token endpoint; Zype documents no revocation, Doorkeeper has it.
    options: { baseUrl, preset: "zype", clientId: "confidential-client", clientSecret: "confidential-canary", end: endpoints.end },
    type: /^application\/json/,
  },
};

async function post(path, body) {
  const response = await fetch(baseUrl + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return response.json();
}

const meStatus = async (token) => (await fetch(`${baseUrl}/api/me`, { headers: { authorization: `Bearer ${token}` } })).status;

const refusedLogin = (stage, options, credentials) =>
  stage.run(
    async ({ options, credentials }) => {
      const session = await kit.open(options);
      return kit.failure(session.login(credentials));
    },
    { options, credentials },
  );

for (const [kind, { options, type }] of Object.entries(KINDS)) {
  proves(`Doorkeeper, ${kind}: the login opens /api/me, and the refresh grant rotates both tokens`, async (stage) => {
    const seen = await stage.run(
      async ({ options, user }) => {
        const session = await kit.open(options);
        await session.login(user);
        const { scope, extra, expiresAtMs } = session.getSnapshot();
        const tokens = [await session.accessToken()];
        const me = await kit.get(`${options.baseUrl}/api/me`, tokens[0]);
        for (let round = 0; round < 2; round += 1) {
          await session.refresh();
          tokens.push(await session.accessToken());
        }
        const statuses = [];
        for (const token of tokens) statuses.push((await kit.get(`${options.baseUrl}/api/me`, token)).status);
        return { scope, extra, leftMs: expiresAtMs - Date.now(), me, statuses };
      },
      { options, user },
    );
    assert.deepEqual(seen.me, { status: 200, body: { email: user.username } });
    assert.deepEqual(seen.statuses, [401, 401, 200], "only the newest token is good");
    assert.equal(seen.scope, "public");
    assert.ok(seen.extra.created_at > 1.7e9, `extra ${JSON.stringify(seen.extra)}`);
    assert.ok(seen.leftMs > 7_100_000 && seen.leftMs <= 7_200_000, `${seen.leftMs} ms left`);

    const sent = stage.sentTo("/oauth/token");
    assert.deepEqual(
      sent.map(({ fields }) => fields.grant_type),
      ["password", "refresh_token", "refresh_token"],
    );
    for (const request of sent) {
      assert.match(request.type, type);
      assert.equal(request.fields.client_id, options.clientId);
      assert.equal(request.fields.client_secret, options.clientSecret);
    }
    assert.notEqual(sent[1].fields.refresh_token, sent[2].fields.refresh_token);
  });

  proves(`Doorkeeper, ${kind}: a wrong password is \`invalid_credentials\`, though the server says invalid_grant`, async (stage) => {
    const failure = await refusedLogin(stage, options, { ...user, password: "wrong-canary-pass" });
    assert.equal(failure.code, "invalid_credentials");
    assert.equal(failure.status, 400);
    assert.equal(failure.error, "invalid_grant");
    assert.match(failure.errorDescription, /authorization grant is invalid/);
  });

  proves(`Doorkeeper, ${kind}: a revoked refresh token ends the session with the reason refused, on the same invalid_grant`, async (stage) => {
    const client = { client_id: options.clientId, client_secret: options.clientSecret };
    const reply = await post("/oauth/token", { grant_type: "password", ...user, ...client });
    stage.keepsSecret(reply);
    await post("/oauth/revoke", { token: reply.refresh_token, ...client });
    const seen = await stage.run(
      async ({ options, reply }) => {
        const session = await kit.open(options);
        await session.adopt(reply);
        const failure = await kit.failure(session.refresh());
        return { failure, ended: kit.heard.at(-1), snapshot: session.getSnapshot() };
      },
      { options, reply },
    );
    assert.equal(seen.failure.code, "session_ended");
    assert.equal(seen.failure.reason, "refused");
    assert.equal(seen.failure.error, "invalid_grant");
    assert.deepEqual(seen.ended, { event: "signed_out", reason: "refused" });
    assert.equal(seen.snapshot.signedIn, false);
    assert.equal(seen.snapshot.endReason, "refused");
  });

  proves(`Doorkeeper, ${kind}: a logout revokes at the server, and the old access token gets 401`, async (stage) => {
    const seen = await stage.run(
      async ({ options, user }) => {
        const session = await kit.open(options);
        await session.login(user);
        const token = await session.accessToken();
        const result = await session.logout();
        kit.note(result);
        return { token, result, snapshot: session.getSnapshot(), failure: await kit.failure(session.accessToken()) };
      },
      { options, user },
    );
    assert.deepEqual(seen.result, { server: "revoked", revoked: "refresh_token", error: null });
    assert.equal(await meStatus(seen.token), 401);
    assert.equal(seen.snapshot.endReason, "logged_out");
    assert.equal(seen.failure.code, "session_ended");
    const [revocation, ...more] = stage.sentTo("/oauth/revoke");
    assert.deepEqual(more, []);
    assert.equal(revocation.fields.client_id, options.clientId);
  });

  proves(`Doorkeeper, ${kind}: an unknown client is \`misconfigured\`, not a wrong password`, async (stage) => {
    const failure = await refusedLogin(stage, { ...options, clientId: "nobody" }, user);
    assert.equal(failure.code, "misconfigured");
    assert.equal(failure.status, 401);
    assert.equal(failure.error, "invalid_client");
  });
}

proves("Doorkeeper: the client's name and secret go into a Basic header when asked for", async (stage) => {
  const seen = await stage.run(
    async ({ options, user }) => {
      const session = await kit.open(options);
      await session.login(user);
      await session.refresh();
      return kit.get(`${options.baseUrl}/api/me`, await session.accessToken());
    },
    {
      options: {
        baseUrl,
        preset: "oauth2-form",
        clientId: "confidential-client",
        clientSecret: "confidential-canary",
        request: { password: { url: "/oauth/token", client: "basic" } },
        refresh: { client: "basic" },
        end: { ...endpoints.end, client: "basic" },
      },
      user,
    },
  );
  assert.deepEqual(seen, { status: 200, body: { email: user.username } });
  for (const { fields } of stage.sentTo("/oauth/token")) {
    assert.equal(fields.client_id, undefined);
    assert.equal(fields.client_secret, undefined);
  }
});
