import { AUTO_LOGIN, DEVICE, EMAIL, PASSWORD, grantsOf } from "./grants.js";

/** The name under which options given by hand are chosen. */
export const OWN = "own";

const DEMO_CLIENT = { clientId: "conf-client", clientSecret: "conf-secret" };
/** Laid over the preset: this application has a JSON login and refresh beside the tutorial’s form. */
const JSON_PAIR = {
  request: { password: { url: "/json/login", encoding: "json" } },
  refresh: { by: "endpoint", url: "/json/refresh", encoding: "json" },
};

/** What can be chosen: a preset, options beside it, the grants it has, and the demo backend (`server`) that speaks this way. */
const ROWS = [
  { name: "langflow", server: "langflow", title: "Langflow", grants: [PASSWORD, AUTO_LOGIN],
    about: "Form login; an HttpOnly cookie renews. The only expiry is the one inside the token." },
  { name: "geolens", server: "geolens", title: "GeoLens, token mode", grants: [PASSWORD],
    about: "Form login; problem details; a refresh token that changes at every use." },
  { name: "geolens-cookie", server: "geolens", title: "GeoLens, cookie mode", grants: [PASSWORD],
    about: "The refresh token stays in an HttpOnly cookie, guarded by a double submit." },
  { name: "zype", server: "zype", title: "Zype", options: DEMO_CLIENT, grants: [EMAIL, DEVICE],
    about: "JSON login with e-mail and password, or with a linked device and its PIN." },
  { name: "dreadnode", server: "dreadnode", title: "Dreadnode", grants: [PASSWORD],
    about: "Form login without a refresh: the session ends with its token." },
  { name: "oauth2-form", server: "oauth2", title: "Any OAuth 2.0 server, form", grants: [PASSWORD],
    about: "The password grant of RFC 6749, with revocation by RFC 7009." },
  { name: "oauth2-json", server: "oauth2", title: "Any OAuth 2.0 server, JSON", grants: [PASSWORD],
    about: "The same grant as a JSON body." },
  { name: "fastapi", server: "fastapi", title: "FastAPI, the tutorial’s form", grants: [PASSWORD],
    about: "One token and nothing to renew it; its lifetime stands in the token." },
  { name: "fastapi-json", server: "fastapi", title: "FastAPI, JSON with a refresh", options: { preset: "fastapi", ...JSON_PAIR }, grants: [PASSWORD],
    about: "Options laid over a preset: the same server by other paths." },
];

const ownRow = {
  name: OWN,
  title: "Your own options (JSON)",
  about: "Any token endpoint, described as data.",
};

/** The rows, each joined with the demo backend that serves it. */
export async function loadBackends() {
  const servers = await (await fetch("/backends.json")).json();
  const rows = ROWS.map((row) => join(row, servers.find(({ name }) => name === row.server)));
  return [...rows.filter(Boolean), ownRow];
}

function join(row, server) {
  if (!server) return null;
  return {
    ...row,
    options: { baseUrl: server.url, preset: row.name, ...row.options },
    control: server.url,
    accessLifetimeS: server.options.accessLifetimeS,
    api: server.routes.find(({ on }) => on === "api").path,
    refreshUrl: refreshUrlOf(row, server),
    accounts: row.grants.flatMap((grant) => accountsFor(grant, server.accounts)),
  };
}

/** Where this row's session is renewed, if it is. */
function refreshUrlOf({ options }, { url, routes }) {
  const path = options?.refresh?.url ?? routes.find(({ on }) => on.includes("refresh"))?.path;
  return path ? url + path : null;
}

/** The demo accounts that this grant can log in with. */
function accountsFor({ grant, inputs }, accounts) {
  const byEmail = inputs.includes(EMAIL.inputs[0]);
  return accounts
    .map((account) => ({ ...account, username: byEmail ? account.email : account.username }))
    .filter((account) => inputs.some(({ name }) => account[name]) && inputs.every(({ name, optional }) => optional || account[name]))
    .map((account) => ({
      grant,
      credentials: account,
      label: grant === "password" ? account.username : `${account.linkedDeviceId} (${grant})`,
    }));
}

/** A session of options given by hand: JSON text to a row. Throws for text that is no JSON object. */
export function rowOf(text) {
  const options = JSON.parse(text);
  return { ...ownRow, options, grants: grantsOf(options) };
}

/** What the address says is chosen, or the first row. */
export function readChoice(backends) {
  const query = new URLSearchParams(location.search);
  const known = backends.some(({ name }) => name === query.get("backend"));
  const storage = query.get("storage");
  return {
    backend: known ? query.get("backend") : backends[0].name,
    storage: ["local", "session", "memory"].includes(storage) ? storage : "local",
  };
}

/** Keeps the choice in the address, so that a reload comes back to it. */
export function writeChoice({ backend, storage }) {
  const query = new URLSearchParams({ backend, ...(storage !== "local" && { storage }) });
  history.replaceState(null, "", `?${query}`);
}
