/// <reference lib="esnext.disposable" />
/**
 * wasm-auth-session: log in to any token endpoint from the browser, and stay logged in.
 *
 * Every duration and instant carries its unit in its name: `…Ms` is milliseconds, an instant being
 * milliseconds since 1970 UTC. No error, event, snapshot or `toJSON` ever holds a password or a token;
 * `accessToken()` is the only way to read one.
 */

// ── Options ─────────────────────────────────────────────────────────────────────────────────────

/** A row of options the package already knows, named after the system or the shape it describes. */
export type Preset =
  | "langflow"
  | "geolens"
  | "geolens-cookie"
  | "zype"
  | "dreadnode"
  | "oauth2-form"
  | "oauth2-json"
  | "fastapi";

/** Where the session is kept. Script in the page can read every one of them: see SECURITY.md. */
export type StorageKind = "local" | "session" | "memory" | "indexeddb" | "custom";

/**
 * A storage of the caller's own, at once or by promise. What throws, rejects, takes more than two seconds or reads as anything but a
 * text or `null` is a `storage` error. A copy of the record is kept in IndexedDB, where tabs agree on which is the newest.
 */
export interface OwnStorage {
  getItem(key: string): string | null | undefined | PromiseLike<string | null | undefined>;
  setItem(key: string, text: string): unknown;
  removeItem(key: string): unknown;
}

/** A JSON Pointer (RFC 6901) into a JSON body, for example `/data/access_token`. */
export type JsonPointer = "" | `/${string}`;

/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** How a request is put together: shared by login, refresh and logout. */
export interface RequestRow {
  /** Path below `baseUrl`, or an absolute URL. Redirects are refused: be exact about trailing slashes. */
  url?: string;
  /** Default `"POST"`. With `"GET"` no field is ever sent: nothing secret goes into a URL. */
  method?: "POST" | "GET";
  /** `"form"`: WHATWG `application/x-www-form-urlencoded`; `"json"`; `"none"`: no body. */
  encoding?: "form" | "json" | "none";
  /** Fields sent unchanged with every request, by wire name, for example `{ grant_type: "password" }`. */
  constants?: { readonly [wireName: string]: string | number | boolean };
  /** Headers sent unchanged with every request. */
  headers?: { readonly [name: string]: string };
  /** Whether cookies go along. Default `"omit"`, and `"include"` where the row refreshes by cookie. */
  credentials?: "omit" | "same-origin" | "include";
  /** Where `clientId` and `clientSecret` go (RFC 6749 section 2.3.1). Default `"body"`. */
  client?: "body" | "basic" | "none";
}

/** How one grant asks for tokens. */
export interface GrantRow extends RequestRow {
  /**
   * Credential name to wire name. A wire name that starts with `/` is a JSON Pointer into a JSON body:
   * `{ username: "/user/email", password: "/user/password" }`.
   */
  fields?: { readonly [credential: string]: string };
  /** Credentials without which nothing is sent. Default: every name in `fields`. */
  required?: readonly string[];
}

/** Where a lifetime stands in the reply, and what its number or text means. */
export interface LifetimeSource {
  at: JsonPointer;
  as: "seconds" | "milliseconds" | "iso8601" | "unixSeconds" | "unixMillis";
}

/** Where the token set stands in a successful reply. Lists are tried in order; the first that is there counts. */
export interface ReplyRow {
  accessToken?: JsonPointer | readonly JsonPointer[];
  refreshToken?: JsonPointer | readonly JsonPointer[] | null;
  tokenType?: JsonPointer;
  scope?: JsonPointer;
  /** Who is signed in, as the reply says it; without it the JWT's unverified `sub` is used. */
  user?: JsonPointer;
  /** Sources of the lifetime, before the access token's own `exp`. Default `/expires_in` in seconds. */
  lifetime?: readonly LifetimeSource[];
}

/** One rule: when all that is named here holds, the answer means `code`. The first rule that holds counts. */
export interface RejectionRule {
  /** Which request was answered. Default: any. */
  phase?: Phase | readonly Phase[];
  status?: number | readonly number[];
  /** The value at `at` equals `is`; without `is`, something stands there. */
  at?: JsonPointer;
  is?: string | number | boolean | null;
  /** The body is empty. */
  empty?: boolean;
  code:
    | "invalid_credentials"
    | "validation"
    | "forbidden"
    | "rejected"
    | "misconfigured"
    | "rate_limited"
    | "server"
    | "session_ended";
}

/** Which answers mean what. Rules given here come before the general ones of RFC 6749, RFC 9457 and HTTP. */
export interface RejectionRow {
  rules?: readonly RejectionRule[];
  /** What to change when the browser refuses the answer for its CORS headers: added to a `network` error's `hint`. */
  corsHint?: string;
}

/** How to renew the access token. */
export interface RefreshRow extends RequestRow {
  /**
   * `"grant"`: RFC 6749 section 6 at the token endpoint. `"endpoint"`: the refresh token to its own URL.
   * `"cookie"`: an HttpOnly cookie carries it and the page never sees it. `"access-token"`: the access token renews itself.
   * `"never"`: the session ends with its access token.
   */
  by?: "grant" | "endpoint" | "cookie" | "access-token" | "never";
  /** Wire name (or JSON Pointer) of the refresh token in the body. Default `refresh_token`. */
  field?: string;
  /** Fields of the last reply sent along, wire name to pointer, for example `{ grant_type: "/grant_type" }`. */
  echo?: { readonly [wireName: string]: JsonPointer };
  /** The refresh reply, where it differs from the login reply. */
  reply?: ReplyRow;
}

/** How to log out at the server. */
export interface EndRow extends RequestRow {
  /** `"revocation"`: RFC 7009. `"endpoint"`: a logout URL. `"none"`: the server has no part in it. */
  by?: "revocation" | "endpoint" | "none";
  /** Send the access token along. Default `true` for `"endpoint"`. */
  bearer?: boolean;
  /** Wire name (or JSON Pointer) of the refresh token in the body; `null` sends none. */
  field?: string | null;
}

/** How the access token is used, and which API answers mean that it has expired. */
export interface UseRow {
  /** Default `Authorization`. */
  header?: string;
  /** Default `Bearer`; the empty string sends the bare token. */
  scheme?: string;
  /**
   * Where `session.fetch` may send the token: URLs, each for its whole origin, or for what is below its path. Default: the
   * origin of the login URL.
   */
  origins?: readonly string[];
  /** Default: status 401. */
  expired?: readonly {
    status?: number | readonly number[];
    at?: JsonPointer;
    is?: string | number | boolean | null;
    empty?: boolean;
  }[];
}

/** What `session.fetch` takes beside the settings of `fetch`. Redirects are refused, no cookie and no referrer sent, unless asked for. */
export interface FetchInit extends RequestInit {
  /** What to do about an origin that is not listed in `use.origins`: refuse (default), or send the request without the token. */
  foreign?: "send-without-token";
  /** `"never"`: hand out a refusal for an expired token as it is. */
  retry?: "never";
}

/** Double submit in cookie mode: a readable cookie comes back as a header at refresh and logout. */
export interface CsrfRow {
  cookie: string;
  header: string;
}

/** A backend as data. A preset is such a row; options given beside `preset` are laid over it, `null` taking an entry away. */
export interface BackendRow {
  /** By grant name: `password` is what `login({ username, password })` uses. */
  request?: { readonly [grant: string]: GrantRow };
  reply?: ReplyRow;
  rejection?: RejectionRow;
  refresh?: RefreshRow;
  end?: EndRow;
  use?: UseRow;
  csrf?: CsrfRow | null;
}

/** Everything a session can be told. An unknown key is an `invalid_options` error that names the nearest one. */
export interface AuthSessionOptions extends BackendRow {
  /** Where the backend is: `https:`, or `http:` on loopback. A path is kept: `https://example.com/api`. */
  baseUrl: string;
  /** Default `"oauth2-form"`; none where `request` gives a `url`: that describes a backend of its own. */
  preset?: Preset;
  clientId?: string;
  /** Public in a browser, whatever its name says: anybody can read it. */
  clientSecret?: string;
  /** Requested scope (RFC 6749 section 3.3): sent with login. */
  scope?: string;
  /** Keeps sessions of one backend apart on one origin, for example one per tenant. */
  namespace?: string;
  /** Default `"local"`: signed in over a reload and in every tab. */
  storage?: "local" | "session" | "memory" | "indexeddb" | OwnStorage;
  /**
   * `"worker"`: the session lives in a dedicated worker, and neither a refresh token nor the answer to a login ever enters the page's realm.
   * It is kept in that worker's memory and ends with the page: `storage` can only be `"memory"`. For `AuthSession.open()` only. A worker
   * of the caller's own, made from `wasm-auth-session/worker`, does where a bundler or a policy wants it so. Default `"none"`.
   */
  isolation?: "none" | "worker" | Worker;
  /** Make missing or full storage an error instead of falling back to memory. Default `false`. */
  storageRequired?: boolean;
  /** Allow `http:` beyond loopback, for self-hosted backends on a local network. Default `false`. */
  allowInsecureHttp?: boolean;
  /** `"background"` (default): before expiry while the page is visible; `"on-demand"`: when a token is asked for. */
  refreshMode?: "background" | "on-demand";
  /** How long before expiry to refresh, at most 20 % of the lifetime. Default 60 000. */
  refreshMarginMs?: number;
  /** Deadline for login and refresh, over headers and body. Default 10 000, at most 120 000. */
  timeoutMs?: number;
  /** Deadline for the server's part of a logout. Default 5 000, at most 120 000. */
  logoutTimeoutMs?: number;
  /** Lifetime to assume when nothing believable in the reply tells. Default: none, the token is used until it is refused. */
  defaultLifetimeMs?: number;
  /** End the session, here and at the server, when nobody has used the page in any tab for this long. Default: none. */
  idleTimeoutMs?: number;
  /** End the session, here and at the server, this long after the login. Default: none. */
  absoluteTimeoutMs?: number;
  /** A lifetime read off a bare JWT `exp` above this is not believed; a stated one is cut to it. Default ten years. */
  maxLifetimeMs?: number;
}

// ── Session ─────────────────────────────────────────────────────────────────────────────────────

/**
 * What `login` takes: the fields the grant's row names, by credential name. Every preset has the grant `password`
 * with `username` and `password`; `langflow` has `auto` besides, without credentials, and `zype` has `device`
 * with `linkedDeviceId` and `pin`. A credential of `fields` that is not `required` may be left out.
 */
export interface Credentials {
  /** Default `"password"`. */
  grant?: string;
  username?: string;
  password?: string;
  /** Fields beyond those of the row, by wire name. They may not replace a field or constant of the row. */
  extraFields?: { readonly [wireName: string]: string | number | boolean };
  readonly [credential: string]: unknown;
}

export interface LoginOptions {
  /** Frees the caller and withdraws the login. */
  signal?: AbortSignal;
  /** `false`: keep this login in `sessionStorage`, gone with the tab. Default `true`. */
  remember?: boolean;
}

export interface AccessTokenOptions {
  /** Refresh first when less than this is left. Default: a tenth of the lifetime, at most 10 000. */
  minValidityMs?: number;
  /** Frees the caller; a shared refresh goes on for the others. */
  signal?: AbortSignal;
}

/** What a logout reached. Locally it always succeeds. */
export interface LogoutResult {
  /** `"revoked"`: the server confirmed. `"failed"`: it did not, see `error`. `"none"`: nothing to tell it. */
  server: "revoked" | "failed" | "none";
  /** Which token was handed back to the server (RFC 7009), or `"cookie"`. */
  revoked: "refresh_token" | "access_token" | "cookie" | null;
  error: AuthError | null;
}

export type Status = "restoring" | "signed_out" | "active";

/** What is going on besides: at most one of them at a time is reported, the one a user waits for first. */
export type Activity = "signing_in" | "refreshing" | "signing_out" | null;

/** A picture of the session, frozen; the same object until something changes. Holds no secret. */
export interface Snapshot {
  readonly status: Status;
  readonly signedIn: boolean;
  readonly activity: Activity;
  /** Unverified: for display, never for authorisation. */
  readonly user: string | null;
  readonly scope: string | null;
  readonly tokenType: string | null;
  readonly issuedAtMs: number | null;
  /** `null` when the lifetime is unknown. */
  readonly expiresAtMs: number | null;
  /** When the next background refresh is due, `null` when none is planned. */
  readonly refreshAtMs: number | null;
  /** Reply fields that are not tokens, for example `orgs`, `default_org`, `created_at`. */
  readonly extra: { readonly [key: string]: Json };
  /** Why the last session ended, `null` while signed in or if there was none. */
  readonly endReason: SessionEndReason | null;
  /** What holds the session now: the storage asked for, or what it fell back to. */
  readonly storage: StorageKind;
  /** Each kind of warning that came up, once. */
  readonly warnings: readonly Warning[];
}

export type WarningCode =
  | "lifetime_unknown"
  | "lifetime_clamped"
  | "cross_site_cookie"
  | "csrf_cookie_unreadable"
  | "record_dropped"
  | "record_newer"
  | "refresh_loop";

export interface Warning {
  readonly code: WarningCode;
  /** What to change, in our words. */
  readonly message: string;
}

/** One step of a session, for `explain()`. */
export interface Step {
  readonly atMs: number;
  /** For example `"lock_wanted"`, `"sent"`, `"reply"`, `"write"`, or the name of an event. */
  readonly what: string;
  /** What else is known of it: a phase, an error's code, a reason. */
  readonly detail?: string;
  /** The HTTP status of a reply. */
  readonly status?: number;
}

/** The closed list of events and what each tells. */
export interface SessionEvents {
  signed_in: { user: string | null };
  refreshed: { expiresAtMs: number | null };
  refresh_failed: { error: AuthError; nextAttemptAtMs: number | null };
  /** The session ends soon: it cannot be renewed, or reaches a limit. */
  expiring: { expiresAtMs: number };
  signed_out: { reason: SessionEndReason };
  user_changed: { user: string | null; previousUser: string | null };
  storage_degraded: { storage: StorageKind; error: AuthError };
  warning: Warning;
  /** A call of `session.fetch` was refused for its token, and its body could not be sent again: its caller got the refusal. */
  body_not_replayable: { url: string };
}

export type SessionEventName = keyof SessionEvents;

/** What this page can do, frozen; it changes when the browser takes something away. */
export interface Capabilities {
  /** What keeps two tabs from renewing at once: a Web Lock; a lease in IndexedDB; nothing beyond this tab. */
  readonly lock: "web-locks" | "lease" | "tab";
  /** Whether tabs agree on the newest record by IndexedDB. With `"none"` a tab may see an older one for about 100 ms. */
  readonly fence: "indexeddb" | "none";
  /** What holds the session now. */
  readonly storage: StorageKind;
  /** Whether other tabs of this origin share the session. */
  readonly sharedWithTabs: boolean;
  /** Whether other tabs are told at once, and not by storage events alone. */
  readonly channel: boolean;
}

export declare class AuthSession {
  /** Throws `invalid_options`, or `module_load` unless an earlier `open` has loaded the module. Starts `"restoring"`: call `restore()`. */
  constructor(options: AuthSessionOptions);
  /**
   * Loads the module once, checks the options, restores a stored session. Rejects with `invalid_options` or `module_load`. A page that is
   * prerendered waits until it is shown.
   */
  static open(options: AuthSessionOptions): Promise<AuthSession>;

  /** Rejects with the server's refusal, `network`, `timeout`, `aborted`, `superseded`… Never retried by itself. */
  login(credentials: Credentials, options?: LoginOptions): Promise<void>;
  /** Takes a token reply got elsewhere (sign-up, SSO) through the same decoder as a login's. */
  adopt(tokenReply: object, options?: Pick<LoginOptions, "remember">): Promise<void>;
  /** Reads the store again. Resolves to whether a session is there. */
  restore(): Promise<boolean>;
  /** Signed out locally at once, without waiting; settles when the server's part has. Never rejects for the server. */
  logout(): Promise<LogoutResult>;
  /** The access token, refreshed first where needed. Rejects with `session_ended` when signed out. */
  accessToken(options?: AccessTokenOptions): Promise<string>;
  /** Renews now. Joins a refresh already running. */
  refresh(options?: { signal?: AbortSignal }): Promise<void>;
  /**
   * `fetch` with the token, which goes to `use.origins` only: anything else is `blocked_origin`. A refusal that means an expired token
   * renews it and sends the request once more; what cannot be sent again comes back as it was refused.
   */
  fetch(input: RequestInfo | URL, init?: FetchInit): Promise<Response>;
  /** The request with the token on it, for a client of your own; the same rules as for `fetch`. */
  authorize(input: RequestInfo | URL, init?: Omit<FetchInit, "retry">): Promise<Request>;
  /** Called with the access token and with each that follows, `null` after the end: for a WebSocket and the like. Returns the way to stop it. */
  onToken(listener: (accessToken: string | null) => void): () => void;
  /** Reads a refused API response (its body is cloned, not used up) into the error it means; `null` for a success. */
  rejection(response: Response): Promise<AuthError | null>;
  /** Stops everything: timers, listeners, requests. Promises still pending reject with `disposed`. Tokens on their way are still stored. */
  dispose(): void;

  readonly capabilities: Capabilities;
  /** The last steps of this tab, the oldest first: why it signed out, who refreshed, what it waited for. Holds no secret and no text of the server. */
  explain(): Step[];

  getSnapshot(): Snapshot;
  /** Called after the snapshot changed. Returns the way to stop it. */
  subscribe(listener: () => void): () => void;
  /** Returns the way to stop it. A listener may call any method; one that throws does not disturb the others. */
  on<E extends SessionEventName>(event: E, listener: (detail: SessionEvents[E]) => void): () => void;

  /** The snapshot. */
  toJSON(): Snapshot;
  [Symbol.dispose](): void;
}

// ── Errors ──────────────────────────────────────────────────────────────────────────────────────

/** Which exchange an error came from. */
export type Phase = "login" | "refresh" | "logout" | "api";

export type SessionEndReason =
  | "logged_out"
  | "refused"
  | "ambiguous"
  | "expired"
  | "elsewhere"
  | "identity_changed"
  | "storage_cleared"
  | "storage_corrupt"
  | "idle";

/** One field the server found fault with. */
export interface FieldError {
  /** Credential name where the row knows it, else the server's own path, parts joined by a dot. */
  readonly path: string;
  readonly message: string;
  /** The server's own code for it. */
  readonly type: string | null;
  /** What the server adds to it, for example a least length. */
  readonly context?: Json;
}

/** RFC 9457 members and extensions. */
export interface ProblemDetails {
  readonly type?: string;
  readonly title?: string;
  readonly status?: number;
  readonly detail?: Json;
  readonly instance?: string;
  readonly [extension: string]: Json | undefined;
}

/** What the server said, redacted, at most 200 characters a string. */
export interface ServerSaid {
  readonly phase: Phase;
  readonly status: number;
  /** RFC 6749 section 5.2. */
  readonly error?: string;
  readonly errorDescription?: string;
  readonly errorUri?: string;
  /** A stable code of the server's own: an envelope's `type`, a problem's `type`, and the like. */
  readonly serverCode?: string;
  /** What the server said in words. */
  readonly serverMessage?: string;
  readonly problem?: ProblemDetails;
  readonly fields?: readonly FieldError[];
  readonly attemptsLeft?: number;
  /** From the header or the body, whichever can be read. */
  readonly retryAfterMs?: number;
  /** Whatever else the body held. */
  readonly extra?: { readonly [key: string]: Json };
  /** The answer means that the access token has expired (phase `"api"`). */
  readonly tokenExpired?: boolean;
}

interface Coded<C extends string> extends Error {
  readonly name: "AuthError";
  readonly code: C;
  /** Whether the same call may succeed later without the caller changing anything. */
  readonly retryable: boolean;
  toJSON(): { readonly code: C; readonly message: string; readonly [detail: string]: unknown };
}

export type AuthError =
  | (Coded<"invalid_options"> & { readonly option: string; readonly reason: string })
  | (Coded<"invalid_credentials"> & ServerSaid)
  | (Coded<"validation"> & ServerSaid & { readonly fields: readonly FieldError[] })
  | (Coded<"forbidden"> & ServerSaid)
  | (Coded<"rejected"> & ServerSaid)
  | (Coded<"misconfigured"> & ServerSaid)
  | (Coded<"rate_limited"> & ServerSaid)
  | (Coded<"server"> & ServerSaid)
  | (Coded<"network"> & { readonly phase: Phase; readonly causes: readonly ("offline" | "cors" | "csp" | "redirect" | "unreachable")[]; readonly hint: string })
  | (Coded<"timeout"> & { readonly phase: Phase; readonly timeoutMs: number })
  | (Coded<"aborted">)
  | (Coded<"invalid_response"> & { readonly phase: Phase; readonly status: number; readonly pointer: string; readonly expected: string })
  | (Coded<"session_ended"> & { readonly reason: SessionEndReason } & Partial<ServerSaid>)
  | (Coded<"superseded">)
  | (Coded<"lock_timeout">)
  | (Coded<"refresh_loop">)
  | (Coded<"insecure_url"> & { readonly option: string; readonly origin: string })
  | (Coded<"blocked_origin"> & { readonly origin: string })
  | (Coded<"body_not_replayable">)
  | (Coded<"storage"> & { readonly operation: "probe" | "read" | "write" | "clear" })
  | (Coded<"module_load"> & { readonly reason: "not_loaded" | "fetch" | "compile" | "csp" | "worker" })
  | (Coded<"trapped">)
  | (Coded<"disposed">);

export type AuthErrorCode = AuthError["code"];

/** Tells an error of this package from any other value, also across bundles. */
export declare function isAuthError(value: unknown): value is AuthError;
