import { User, UserManager, WebStorageStateStore } from "oidc-client-ts";

export const make = ({ url }) => new UserManager({
  authority: url, client_id: "app", redirect_uri: `${url}/`, scope: "openid profile email offline_access", automaticSilentRenew: false,
  userStore: new WebStorageStateStore({ store: localStorage }),
  metadata: { issuer: `${url}/`, token_endpoint: `${url}/token`, authorization_endpoint: `${url}/authorize`, jwks_uri: `${url}/jwks` },
});
export async function getToken(manager) {
  const user = await manager.getUser();
  return (user && !user.expired ? user : await manager.signinSilent())?.access_token;
}
export function seed({ url }, { accessToken, idToken, refreshToken, expiresAtMs, scope }) {
  const expiresAt = Math.floor(expiresAtMs / 1000);
  const user = new User({
    access_token: accessToken, id_token: idToken, refresh_token: refreshToken, token_type: "Bearer", scope, expires_at: expiresAt,
    profile: { iss: `${url}/`, sub: "user-1", aud: "app", exp: expiresAt, iat: 0 },
  });
  localStorage.setItem(`oidc.user:${url}:app`, user.toStorageString());
}
