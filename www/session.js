import { AuthSession } from "/dist/index.js";

/** Opens a session: one that is stored is restored. `show` gets a snapshot now and after every change. */
export async function openSession(options, show) {
  const session = await AuthSession.open(options);
  session.subscribe(() => show(session.getSnapshot()));
  show(session.getSnapshot());
  return session;
}

/** Rejects with a typed error: `code` says what to do, `fields` which input is wrong. */
export const login = (session, credentials, remember) => session.login(credentials, { remember });

/** Calls an API with a token that is still valid, refreshed first where needed. */
export async function callApi(session, url, { header = "Authorization", scheme = "Bearer" } = {}) {
  const token = await session.accessToken();
  return fetch(url, { headers: { [header]: scheme ? `${scheme} ${token}` : token } });
}

/** Signed out here at once; the result says what the server did. */
export const logout = (session) => session.logout();
