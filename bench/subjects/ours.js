import { AuthSession } from "/dist/index.js";

const options = (env) => ({ baseUrl: env.url, preset: "oauth2-form", clientId: "app" });

export const make = (env) => AuthSession.open(options(env));
export const getToken = (session) => session.accessToken();
/** The session's record is its own business: it is given a token reply, as after a sign-up. */
export async function seed(env, { accessToken, refreshToken, expiresIn }) {
  const session = await make(env);
  await session.adopt({ access_token: accessToken, refresh_token: refreshToken, expires_in: expiresIn, token_type: "Bearer" });
  session.dispose();
}
