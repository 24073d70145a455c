import { AuthClient } from "@supabase/auth-js";

const storageKey = "bench";

export const make = (env) => new AuthClient({ url: `${env.url}/auth/v1`, storageKey, detectSessionInUrl: false, autoRefreshToken: false });
export async function getToken(client) {
  const { data, error } = await client.getSession();
  if (error) throw error;
  return data.session?.access_token;
}
export function seed(_env, { accessToken, refreshToken, expiresIn, expiresAtMs }) {
  localStorage.setItem(storageKey, JSON.stringify({
    access_token: accessToken, refresh_token: refreshToken, expires_in: expiresIn, expires_at: Math.floor(expiresAtMs / 1000), token_type: "bearer",
    user: { id: "user-1", aud: "authenticated", role: "authenticated", email: "alice@example.com", app_metadata: {}, user_metadata: {} },
  }));
}
