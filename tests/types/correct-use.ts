// Every public type, used as a page uses it. Compiles, or the types are wrong.
import { AuthSession, isAuthError } from "wasm-auth-session";
// As a worker's whole script.
import "wasm-auth-session/worker";
import type {
  AccessTokenOptions, Activity, AuthError, AuthErrorCode, AuthSessionOptions, BackendRow, Capabilities, Credentials, FieldError, Json,
  JsonPointer, LoginOptions, LogoutResult, OwnStorage, Phase, Preset, ProblemDetails, RejectionRule, ServerSaid, SessionEndReason, SessionEventName,
  SessionEvents, Snapshot, Status, StorageKind, Warning, WarningCode,
} from "wasm-auth-session";

const preset: Preset = "langflow";
const storage: StorageKind = "session";
const pointer: JsonPointer = "/data/access_token";
const whole: JsonPointer = "";
const rule: RejectionRule = { phase: ["login", "refresh"], status: [400, 401], at: "/error", is: "invalid_grant", code: "invalid_credentials" };

const row: BackendRow = {
  request: {
    password: {
      url: "/login", method: "POST", encoding: "json", constants: { grant_type: "password", version: 2, keep: true }, headers: { "X-App": "1" },
      credentials: "include", client: "basic", fields: { username: "/user/email", password: "/user/password" }, required: ["username"],
    },
    device: { url: "/device", fields: { linkedDeviceId: "linked_device_id", pin: "pin" } },
  },
  reply: { accessToken: [pointer, whole], refreshToken: null, user: "/user/id", lifetime: [{ at: "/expires_at", as: "iso8601" }] },
  rejection: { rules: [rule, { empty: true, code: "server" }], corsHint: "Allow this origin." },
  refresh: { by: "endpoint", url: "/refresh", field: "/token", echo: { grant_type: "/grant_type" }, reply: { refreshToken: "/refresh_token" } },
  end: { by: "endpoint", url: "/logout", bearer: false, field: null },
  use: { header: "X-Token", scheme: "", expired: [{ status: 403, at: "/code", is: ["expired", 5] }] },
  csrf: { cookie: "csrf_token", header: "X-CSRF-Token" },
};

export const options: AuthSessionOptions = {
  ...row, baseUrl: "https://example.com/api", preset, clientId: "web", clientSecret: "public", scope: "read", namespace: "acme", storage,
  storageRequired: true, allowInsecureHttp: false, refreshMode: "on-demand", refreshMarginMs: 30_000, timeoutMs: 5_000, logoutTimeoutMs: 1_000,
  defaultLifetimeMs: 60_000, maxLifetimeMs: 86_400_000, csrf: null,
};

export async function use(): Promise<string> {
  const session: AuthSession = await AuthSession.open({ baseUrl: "https://example.com" });
  const restored: boolean = await new AuthSession(options).restore();
  const credentials: Credentials = { username: "ada", password: "secret", extraFields: { otp: 123456 } };
  const device: Credentials = { grant: "device", linkedDeviceId: "tv", pin: "246810" };
  const kept: LoginOptions = { remember: false, signal: new AbortController().signal };
  await session.login(credentials, kept);
  await session.login(device);
  await session.adopt({ access_token: "…" }, { remember: restored });
  await session.refresh({ signal: AbortSignal.timeout(1_000) });

  const valid: AccessTokenOptions = { minValidityMs: 5_000 };
  const token: string = await session.accessToken(valid);
  const refused: AuthError | null = await session.rejection(await fetch("/api", { headers: { Authorization: `Bearer ${token}` } }));
  if (refused !== null && "tokenExpired" in refused && refused.tokenExpired) await session.refresh();

  const { server, revoked, error }: LogoutResult = await session.logout();
  const stop: () => void = session.subscribe(() => show(session.getSnapshot()));
  stop();
  session.dispose();
  return `${server} ${revoked ?? "nothing"} ${error?.code ?? "no error"}`;
}

/** What was not given is handed on as it is. */
export async function handedOn(session: AuthSession, given: { signal?: AbortSignal; remember?: boolean; leastMs?: number }): Promise<string> {
  const { signal, remember, leastMs } = given;
  await session.login({ username: "ada", password: "secret" }, { signal, remember });
  await session.adopt({}, { remember });
  await session.refresh({ signal });
  return session.accessToken({ signal, minValidityMs: leastMs });
}

export function show(snapshot: Snapshot): string {
  const status: Status = snapshot.status;
  const activity: Activity = snapshot.activity;
  const reason: SessionEndReason | null = snapshot.endReason;
  const orgs: Json | undefined = snapshot.extra["orgs"];
  const left: number | null = snapshot.expiresAtMs === null ? null : snapshot.expiresAtMs - Date.now();
  const warnings: readonly Warning[] = snapshot.warnings;
  const codes: WarningCode[] = warnings.map(({ code }) => code);
  return JSON.stringify([status, activity, reason, orgs, left, codes, snapshot.signedIn, snapshot.user?.toUpperCase(), snapshot.refreshAtMs]);
}

interface Form {
  username: string;
  password: string;
}

/** What a form holds, though the caller has a type of its own for it. */
export const submit = (session: AuthSession, form: Form): Promise<void> => session.login(form);

/** Storage of one's own, by promise; the browser's own objects fit as they are. */
const asynchronous: OwnStorage = {
  getItem: async (key) => (key.length > 0 ? "text" : null),
  setItem: async (key, text) => void [key, text],
  removeItem: async (key) => void key,
};
export const isolated: AuthSessionOptions[] = (["none", "worker", new Worker("/worker.js")] as const).map((isolation) => ({ baseUrl: "https://example.com", isolation }));
export const stored: AuthSessionOptions[] = [asynchronous, localStorage, "indexeddb" as const].map((storage) => ({ baseUrl: "https://example.com", storage }));

export function isSafeForTabs({ capabilities }: AuthSession): boolean {
  const { lock, fence, storage: kind, sharedWithTabs, channel }: Capabilities = capabilities;
  return lock !== "tab" && fence === "indexeddb" && kind !== "custom" && sharedWithTabs && channel;
}

/** What frameworks and clients are handed. */
export async function detached({ fetch: call, authorize, accessToken, subscribe, getSnapshot }: AuthSession): Promise<unknown[]> {
  const fetchLike: typeof fetch = call;
  const response = await call(new Request("/api"), { foreign: "send-without-token", retry: "never", credentials: "include" });
  return [fetchLike, response.status, await authorize("/api", { method: "PUT" }), await accessToken(), subscribe(() => getSnapshot())];
}

/** Linters ask for it where a method is handed out. */
type Detachable = AuthSession["fetch" | "authorize" | "accessToken" | "subscribe" | "getSnapshot"];
export const needsNoThis: ThisParameterType<Detachable> extends void ? true : false = true;

/** What each event tells, by its name. */
export function listen(session: AuthSession): (() => void)[] {
  return [
    session.on("signed_in", ({ user }) => user?.trim()),
    session.on("refreshed", ({ expiresAtMs }) => expiresAtMs?.toFixed()),
    session.on("refresh_failed", ({ error, nextAttemptAtMs }) => [error.retryable, nextAttemptAtMs?.toFixed()]),
    session.on("expiring", ({ expiresAtMs }) => new Date(expiresAtMs)),
    session.on("signed_out", ({ reason }) => reason === "refused"),
    session.on("user_changed", ({ user, previousUser }) => user === previousUser),
    session.on("storage_degraded", ({ storage: kind, error }) => [kind === "memory", error.code]),
    session.on("warning", ({ code, message }) => `${code}: ${message}`),
  ];
}

export function forward<E extends SessionEventName>(session: AuthSession, event: E, to: (detail: SessionEvents[E]) => void): () => void {
  return session.on(event, to);
}

const said = ({ phase, status, error, retryAfterMs, problem }: ServerSaid): string => {
  const at: Phase = phase;
  const details: ProblemDetails | undefined = problem;
  return `${at} ${status} ${error ?? ""} ${details?.title ?? ""} ${retryAfterMs?.toFixed() ?? ""}`;
};

/** One case for each code; with one missing, `never` does not compile. */
export function explain(error: AuthError): string {
  switch (error.code) {
    case "invalid_options": return `${error.option}: ${error.reason}`;
    case "invalid_credentials": return `${said(error)} ${error.attemptsLeft?.toFixed() ?? ""}`;
    case "validation": return error.fields.map(({ path, message, type }: FieldError) => `${path} ${message} ${type?.trim()}`).join();
    case "forbidden":
    case "rejected":
    case "misconfigured":
    case "rate_limited":
    case "server": return said(error);
    case "network": return `${error.phase} ${error.causes.includes("cors")} ${error.hint}`;
    case "timeout": return `${error.phase} ${error.timeoutMs.toFixed()}`;
    case "invalid_response": return `${error.pointer} ${error.expected} ${error.status.toFixed()}`;
    case "session_ended": return `${error.reason} ${error.status?.toFixed()}`;
    case "insecure_url": return `${error.option} ${error.origin}`;
    case "blocked_origin": return error.origin;
    case "storage": return error.operation;
    case "module_load": return error.reason;
    case "aborted":
    case "superseded":
    case "lock_timeout":
    case "refresh_loop":
    case "body_not_replayable":
    case "trapped":
    case "disposed": return error.message;
    default: {
      const none: never = error;
      return none;
    }
  }
}

export function guard(value: unknown): AuthErrorCode | undefined {
  if (!isAuthError(value)) return undefined;
  const logged: { readonly code: AuthErrorCode; readonly message: string } = value.toJSON();
  const name: "AuthError" = value.name;
  const thrown: Error = value;
  return thrown.message === name ? logged.code : value.code;
}

export async function scoped(): Promise<Snapshot> {
  using session = await AuthSession.open({ baseUrl: "https://example.com" });
  return session.toJSON();
}

// `null` takes an entry of the preset away.
export const changed: AuthSessionOptions = {
  baseUrl: "https://example.com",
  preset: "zype",
  request: {
    device: null,
    password: { method: "PUT", constants: { grant_type: null }, headers: { "X-Client": null }, fields: { username: "/user", otp: null } },
  },
  reply: { tokenType: null },
  refresh: { by: "endpoint", url: "/refresh", bearer: true, echo: { grant_type: null } },
  end: { by: "endpoint", url: "/session", method: "DELETE" },
};
