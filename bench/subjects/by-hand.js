// What a careful programmer writes: one refresh at a time, a lock over all tabs, and the store read again under it.
const KEY = "bench";
const LEEWAY_MS = 5_000;

const stored = () => JSON.parse(localStorage.getItem(KEY));
const isGood = (session) => session && session.expiresAtMs - LEEWAY_MS > Date.now();

export function make({ url }) {
  let session = stored();
  let running = null;

  async function send({ refreshToken }) {
    const body = new URLSearchParams({ grant_type: "refresh_token", refresh_token: refreshToken, client_id: "app" });
    const response = await fetch(`${url}/token`, { method: "POST", body });
    const reply = await response.json();
    if (!response.ok) throw new Error(reply.error);
    session = { accessToken: reply.access_token, refreshToken: reply.refresh_token, expiresAtMs: Date.now() + reply.expires_in * 1000 };
    localStorage.setItem(KEY, JSON.stringify(session));
    return session.accessToken;
  }

  const refresh = () => navigator.locks.request(KEY, () => {
    session = stored();
    return isGood(session) ? session.accessToken : send(session);
  });

  return {
    token: async () => (isGood(session) ? session.accessToken : (running ??= refresh().finally(() => (running = null)))),
  };
}
export const getToken = (client) => client.token();
export const seed = (_env, { accessToken, refreshToken, expiresAtMs }) =>
  localStorage.setItem(KEY, JSON.stringify({ accessToken, refreshToken, expiresAtMs }));
