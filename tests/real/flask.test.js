// Flask-JWT-Extended, by the README's row: the refresh token goes in the header, and stays the same.

import assert from "node:assert/strict";
import { kind } from "./support/rows.js";
import { server } from "./support/settings.js";
import { proves, step } from "./support/stage.js";

const baseUrl = server("FLASK");
const options = kind("Flask-JWT-Extended: the refresh token in the header", baseUrl);
const user = { username: "alice", password: "alice-canary-pass" };

const login = async () => {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${baseUrl}/login`, { method: "POST", headers, body: JSON.stringify(user) });
  return answer.json();
};

const adopted = (stage, reply) =>
  stage.run(
    async ({ options, reply }) => {
      const session = await kit.open(options);
      await session.adopt(reply);
      return { failure: await kit.failure(session.refresh()), snapshot: session.getSnapshot() };
    },
    { options, reply },
  );

proves("Flask: the login opens /me, and a token that is over is renewed by the refresh token in the header", async (stage) => {
  step("waiting for a token of four seconds to end");
  const seen = await stage.run(
    async ({ options, user }) => {
      const session = await kit.open({ ...options, refreshMode: "on-demand" });
      await session.login(user);
      const me = async () => (await session.fetch(`${options.baseUrl}/me`)).json();
      const before = await me();
      await kit.sleep(session.getSnapshot().expiresAtMs - Date.now() + 1500);
      return { before, after: await me(), refreshed: kit.count("refreshed"), snapshot: session.getSnapshot() };
    },
    { options, user },
  );
  assert.deepEqual([seen.before, seen.after], [{ username: "alice" }, { username: "alice" }]);
  assert.equal(seen.refreshed, 1);
  assert.equal(seen.snapshot.user, "alice");
});

proves("Flask: a wrong password is `invalid_credentials`, said in the server's words", async (stage) => {
  const failure = await stage.run(
    async ({ options, user }) => {
      const session = await kit.open(options);
      return kit.failure(session.login(user));
    },
    { options, user: { ...user, password: "wrong-canary-pass" } },
  );
  assert.equal(failure.code, "invalid_credentials");
  assert.equal(failure.status, 401);
  assert.equal(failure.serverMessage, "Bad username or password");
});

proves("Flask: a revoked refresh token ends the session with the reason refused", async (stage) => {
  const reply = await login();
  stage.keepsSecret(reply);
  await fetch(`${baseUrl}/logout`, { method: "DELETE", headers: { authorization: `Bearer ${reply.refresh_token}` } });
  const { failure, snapshot } = await adopted(stage, reply);
  assert.equal(failure.code, "session_ended");
  assert.equal(failure.serverMessage, "Token has been revoked");
  assert.equal(snapshot.endReason, "refused");
});

proves("Flask: a refresh token of another key gets 422, and ends the session too", async (stage) => {
  const reply = await login();
  stage.keepsSecret(reply);
  const { failure, snapshot } = await adopted(stage, { ...reply, refresh_token: `${reply.refresh_token.slice(0, -4)}AAAA` });
  assert.equal(failure.code, "session_ended");
  assert.equal(failure.status, 422);
  assert.equal(failure.serverMessage, "Signature verification failed");
  assert.equal(snapshot.endReason, "refused");
});
