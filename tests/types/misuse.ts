// What must not compile. Each line below a directive is an error; the directive is one itself where it is not.
import { AuthSession, isAuthError } from "wasm-auth-session";
import type { AuthError, AuthSessionOptions, BackendRow, Credentials, Snapshot } from "wasm-auth-session";

// @ts-expect-error what the declaration is made of is not for import
import type { Coded } from "wasm-auth-session";

declare const session: AuthSession;
declare const snapshot: Snapshot;
declare const error: AuthError;
declare const caught: unknown;

// Options
// @ts-expect-error baseUrl is missing
export const noUrl: AuthSessionOptions = { preset: "langflow" };
// @ts-expect-error there is no such option
export const unknownOption: AuthSessionOptions = { baseUrl: "https://example.com", refreshMargin: 1 };
// @ts-expect-error there is no such preset
export const unknownPreset: AuthSessionOptions = { baseUrl: "https://example.com", preset: "lang-flow" };
// @ts-expect-error milliseconds are a number
export const textMs: AuthSessionOptions = { baseUrl: "https://example.com", timeoutMs: "10s" };
// @ts-expect-error an address is no worker
export const isolatedByAddress: AuthSessionOptions = { baseUrl: "https://example.com", isolation: "/worker.js" };
// @ts-expect-error a cookie is no place for a session
export const cookieStorage: AuthSessionOptions = { baseUrl: "https://example.com", storage: "cookie" };
// @ts-expect-error storage of one's own needs all three methods
export const halfStorage: AuthSessionOptions = { baseUrl: "https://example.com", storage: { getItem: () => null } };
// @ts-expect-error "custom" is what a snapshot says of it
export const customStorage: AuthSessionOptions = { baseUrl: "https://example.com", storage: "custom" };
// @ts-expect-error a JSON Pointer starts with a slash
export const noPointer: BackendRow = { reply: { accessToken: "access_token" } };
// @ts-expect-error tokens are asked for by POST, GET or PUT, and a session may be deleted
export const patchLogin: BackendRow = { request: { password: { url: "/login", method: "PATCH" } } };
// @ts-expect-error there is no such way to refresh
export const refreshBy: BackendRow = { refresh: { by: "magic" } };
// @ts-expect-error a lifetime says what its number means
export const lifetime: BackendRow = { reply: { lifetime: [{ at: "/expires_in" }] } };
// @ts-expect-error a rule says what it means
export const rule: BackendRow = { rejection: { rules: [{ status: 400 }] } };
// @ts-expect-error a rule means what a server can mean
export const ruleCode: BackendRow = { rejection: { rules: [{ status: 400, code: "trapped" }] } };
// @ts-expect-error a csrf row has a header, too
export const csrf: BackendRow = { csrf: { cookie: "csrf_token" } };
// @ts-expect-error options are needed
export const noOptions = new AuthSession();

// Session
// @ts-expect-error a password is text
export const numberPassword: Credentials = { username: "ada", password: 1 };
// @ts-expect-error an extra field is no object
export const nested: Credentials = { extraFields: { device: { id: 1 } } };
// @ts-expect-error credentials are one object
session.login("ada", "secret");
// @ts-expect-error adopt takes no signal
session.adopt({}, { signal: new AbortController().signal });
// @ts-expect-error a token takes a moment
export const token: string = session.accessToken();
// @ts-expect-error minValidityMs, with its unit
session.accessToken({ minValidity: 1 });
// @ts-expect-error it is remember
session.login({ username: "ada", password: "secret" }, { rember: false });
// @ts-expect-error an option has a name
session.login({ username: "ada", password: "secret" }, false);
// @ts-expect-error there is one thing to do about a foreign origin, beside refusing
session.fetch("/api", { foreign: "reject" });
// @ts-expect-error a refusal is sent again once, or never
session.fetch("/api", { retry: "no" });
// @ts-expect-error a response, not its body
session.rejection("{}");
// @ts-expect-error no snapshot holds a token
export const leaked = snapshot.accessToken;

// Snapshot
// @ts-expect-error it is frozen
snapshot.status = "active";
// @ts-expect-error and so is what it holds
snapshot.extra["orgs"] = [];
// @ts-expect-error lists, too
snapshot.warnings.push({ code: "record_dropped", message: "" });
// @ts-expect-error nobody may be signed in
export const user: string = snapshot.user;
// @ts-expect-error there is no such status
export const expired = snapshot.status === "expired";

// Events
// @ts-expect-error there is no such event
session.on("login", () => {});
// @ts-expect-error a sign-out has a reason, no user
session.on("signed_out", ({ user: who }) => who);
// @ts-expect-error a listener gets its own event's detail
session.on("expiring", (detail: { user: string }) => detail.user);
// @ts-expect-error what an event tells is frozen
session.on("signed_in", (detail) => (detail.user = null));
// @ts-expect-error what stops a listener is a function, no object
session.on("refreshed", () => {}).unsubscribe();

// Errors
// @ts-expect-error not every error has a status
export const status = error.status;
// @ts-expect-error there is no such code
export const wrongCode = error.code === "unauthorized";
// @ts-expect-error an error is not changed
error.code = "server";
// @ts-expect-error anything may have been caught
export const unguarded = caught.code;
// @ts-expect-error the guard tells yes or no, not which
export const guarded: AuthError = isAuthError(caught);

export function fields(): unknown {
  if (error.code === "network") {
    // @ts-expect-error a network error comes from no server
    return error.status;
  }
  if (error.code === "timeout") {
    // @ts-expect-error only a validation error surely has fields
    return error.fields;
  }
  // @ts-expect-error reason stands on some errors only
  return error.reason;
}
