// A session, what it shows and what it tells.
import type { AuthError, SessionEndReason } from "./errors.js";
import type { AuthSessionOptions, StorageKind } from "./options.js";
import type { Json } from "./row.js";

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
  /** `any`: with `unknown` an `interface` of the caller's own would not fit, for it has no index signature. */
  readonly [credential: string]: any;
}

export interface LoginOptions {
  /** Frees the caller and withdraws the login, unless the server has granted it by then. */
  signal?: AbortSignal | undefined;
  /** `false`: keep this login in `sessionStorage`, gone with the tab. Default `true`. */
  remember?: boolean | undefined;
}

export interface AccessTokenOptions {
  /** Refresh first when less than this is left. Default: a tenth of the lifetime, at most 10 000. */
  minValidityMs?: number | undefined;
  /** Frees the caller; a shared refresh goes on for the others. */
  signal?: AbortSignal | undefined;
}

/**
 * What `session.fetch` takes beside the settings of `fetch`. Redirects are refused, no cookie and no referrer sent, unless asked for: here, or
 * by a `Request` made with `credentials: "include"`, `redirect: "manual"` or a `referrerPolicy`. Another value is `invalid_options`.
 */
export interface FetchInit extends RequestInit {
  /** What to do about an origin that is not listed in `use.origins`: refuse (default), or send the request without the token. */
  foreign?: "send-without-token";
  /** `"never"`: hand out a refusal for an expired token as it is. */
  retry?: "never";
}

/** What a logout reached. Locally it always succeeds. */
export interface LogoutResult {
  /** `"revoked"`: the server confirmed. `"failed"`: it did not, see `error`. `"none"`: nothing to tell it, or nothing that would not end a session begun since. */
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
  /**
   * Reply fields that are not tokens, for example `orgs`, `default_org`, `created_at`. What is named like a secret (`…token`, `refresh`,
   * `sessionId`, `apiKey` and the like) or shaped like a JWT is left out. What `refresh.echo` names is kept, but for tokens and JWTs.
   */
  readonly extra: { readonly [key: string]: Json };
  /** Why the last session ended, `null` while signed in or if there was none. */
  readonly endReason: SessionEndReason | null;
  /** What holds the session now: the storage asked for, or what it fell back to. */
  readonly storage: StorageKind;
  /** Each kind of warning that came up, once; `refresh_loop` is an event only. */
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

/** The closed list of events and what each tells, frozen. */
export interface SessionEvents {
  signed_in: { readonly user: string | null };
  refreshed: { readonly expiresAtMs: number | null };
  refresh_failed: { readonly error: AuthError; readonly nextAttemptAtMs: number | null };
  /** The session ends soon: it cannot be renewed, or reaches a limit. */
  expiring: { readonly expiresAtMs: number };
  signed_out: { readonly reason: SessionEndReason };
  user_changed: { readonly user: string | null; readonly previousUser: string | null };
  storage_degraded: { readonly storage: StorageKind; readonly error: AuthError };
  warning: Warning;
  /** A call of `session.fetch` was refused for its token, and its body could not be sent again: its caller got the refusal. `url` is the origin it went to. */
  body_not_replayable: { readonly url: string };
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
  /** Throws `invalid_options`, or `module_load` unless an earlier `open` without `isolation` has loaded the module. Starts `"restoring"`: call `restore()`. */
  constructor(options: AuthSessionOptions);
  /**
   * Loads the module once, checks the options, restores a stored session. Rejects with `invalid_options` or `module_load`. A page that is
   * prerendered waits until it is shown.
   */
  static open(options: AuthSessionOptions): Promise<AuthSession>;

  /** An option that a call does not take is `invalid_options`, here and below. Rejects with the server's refusal, `network`, `timeout`, `aborted`, `superseded`… Never retried by itself. */
  login(credentials: Credentials, options?: LoginOptions): Promise<void>;
  /** Takes a token reply got elsewhere (sign-up, SSO) through the same decoder as a login's. */
  adopt(tokenReply: object, options?: Pick<LoginOptions, "remember">): Promise<void>;
  /** Reads the store again. Resolves to whether a session is there. */
  restore(): Promise<boolean>;
  /** Signed out locally at once, without waiting; settles when the server's part has. Never rejects for the server. */
  logout(): Promise<LogoutResult>;
  /** The access token, refreshed first where needed. Rejects with `session_ended` when signed out. */
  accessToken(this: void, options?: AccessTokenOptions): Promise<string>;
  /** Renews now. Joins a refresh already running. */
  refresh(options?: { signal?: AbortSignal | undefined }): Promise<void>;
  /**
   * `fetch` with the token, which goes to `use.origins` only: anything else is `blocked_origin`. A refusal that means an expired token
   * renews it and sends the request once more, with the body it had; what cannot be sent again, or was sent for a session that is over, comes
   * back as it was refused. May be called detached, as may `authorize`, `accessToken`, `getSnapshot` and `subscribe`: `const { fetch } = session`.
   */
  fetch(this: void, input: RequestInfo | URL, init?: FetchInit): Promise<Response>;
  /** The request with the token on it, for a client of your own; the same rules as for `fetch`. */
  authorize(this: void, input: RequestInfo | URL, init?: Omit<FetchInit, "retry">): Promise<Request>;
  /** Called with the access token and with each that follows, `null` after the end: for a WebSocket and the like. Returns the way to stop it. */
  onToken(listener: (accessToken: string | null) => void): () => void;
  /** Reads a refused API response (its body is cloned, not used up) into the error it means; `null` for a success. */
  rejection(response: Response): Promise<AuthError | null>;
  /**
   * Stops everything: timers, listeners, requests. Promises still pending reject with `disposed`, but for calls of `fetch` that only wait for
   * the API. Tokens on their way are still stored.
   */
  dispose(): void;

  readonly capabilities: Capabilities;
  /** The last steps of this tab, the oldest first: why it signed out, who refreshed, what it waited for. Holds no secret and no text of the server. */
  explain(): Step[];

  getSnapshot(this: void): Snapshot;
  /** Called after the snapshot changed. Returns the way to stop it. */
  subscribe(this: void, listener: () => void): () => void;
  /** Returns the way to stop it. A listener may call any method; one that throws does not disturb the others. */
  on<E extends SessionEventName>(event: E, listener: (detail: SessionEvents[E]) => void): () => void;

  /** The snapshot. */
  toJSON(): Snapshot;
  [Symbol.dispose](): void;
}
