import { Auth0Client } from "@auth0/auth0-spa-js";

const audience = "api";

export const make = ({ url }) => new Auth0Client({
  domain: url, clientId: "app", useRefreshTokens: true, cacheLocation: "localstorage", authorizationParams: { audience, scope: "profile email" },
});
export const getToken = (client) => client.getTokenSilently();
export function seed(_env, { accessToken, idToken, refreshToken, expiresIn, expiresAtMs, scope }) {
  const claims = JSON.parse(atob(idToken.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
  const put = (name, value) => localStorage.setItem(`@@auth0spajs@@::app::${name}`, JSON.stringify(value));
  put(`${audience}::${scope}`, {
    body: {
      access_token: accessToken, refresh_token: refreshToken, expires_in: expiresIn, token_type: "Bearer", scope, oauthTokenScope: scope, audience, client_id: "app",
    },
    expiresAt: Math.floor(expiresAtMs / 1000),
  });
  put("@@user@@", { id_token: idToken, decodedToken: { claims: { __raw: idToken, ...claims }, user: { sub: claims.sub, email: claims.email } } });
}
