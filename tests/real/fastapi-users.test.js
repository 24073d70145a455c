// fastapi-users, by the row of docs/backends.md: a form, one JWT whose user is an id, refusals with 400, and a logout.

import assert from "node:assert/strict";
import { row } from "./support/rows.js";
import { server } from "./support/settings.js";
import { proves } from "./support/stage.js";

const options = row("fastapi-users", server("FASTAPI_USERS"));
const user = { username: "alice@example.com", password: "alice-canary-pass" };

proves("fastapi-users: the login opens /me, the JWT says how long, and a logout is taken", async (stage) => {
  const seen = await stage.run(
    async ({ options, user }) => {
      const session = await kit.open(options);
      await session.login(user);
      const me = await session.fetch(`${options.baseUrl}/me`);
      const leftMs = session.getSnapshot().expiresAtMs - Date.now();
      return { me: await me.json(), leftMs, logout: await session.logout() };
    },
    { options, user },
  );
  assert.deepEqual(seen.me, { email: user.username });
  assert.ok(seen.leftMs > 3_590_000 && seen.leftMs < 3_602_000, `${seen.leftMs} ms left of an hour`);
  assert.equal(seen.logout.error, null);
  assert.deepEqual(
    stage.requests.map(({ path }) => path),
    ["/auth/jwt/login", "/me", "/auth/jwt/logout"],
  );
});

for (const [what, credentials, code, serverMessage] of [
  ["a wrong password is `invalid_credentials`", { ...user, password: "wrong-canary-pass" }, "invalid_credentials", "LOGIN_BAD_CREDENTIALS"],
  ["a user who is not active is not told from a wrong password", { username: "dora@example.com", password: "dora-canary-pass" }, "invalid_credentials", "LOGIN_BAD_CREDENTIALS"],
  ["a user who has not been verified is `forbidden`", { username: "nora@example.com", password: "nora-canary-pass" }, "forbidden", "LOGIN_USER_NOT_VERIFIED"],
]) {
  proves(`fastapi-users: ${what}`, async (stage) => {
    const failure = await stage.run(
      async ({ options, credentials }) => {
        const session = await kit.open(options);
        return kit.failure(session.login(credentials));
      },
      { options, credentials },
    );
    assert.deepEqual([failure.code, failure.status, failure.serverMessage], [code, 400, serverMessage]);
  });
}
