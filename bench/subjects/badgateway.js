import { OAuth2Client, OAuth2Fetch } from "@badgateway/oauth2-client";

const KEY = "bench";

export const make = ({ url }) => new OAuth2Fetch({
  client: new OAuth2Client({ server: url, clientId: "app", tokenEndpoint: "/token" }),
  scheduleRefresh: false,
  getNewToken: () => null,
  storeToken: (token) => localStorage.setItem(KEY, JSON.stringify(token)),
  getStoredToken: () => JSON.parse(localStorage.getItem(KEY)),
});
export const getToken = (client) => client.getAccessToken();
export const seed = (_env, { accessToken, refreshToken, expiresAtMs: expiresAt }) =>
  localStorage.setItem(KEY, JSON.stringify({ accessToken, refreshToken, expiresAt }));
