// What a session can be told.
import type { BackendRow } from "./row.js";

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
 * text or `null` is a `storage` error. It is asked one thing at a time, each when the one before is through. A copy of the record is kept in IndexedDB, where tabs agree on which is the newest.
 */
export interface OwnStorage {
  getItem(key: string): string | null | undefined | PromiseLike<string | null | undefined>;
  setItem(key: string, text: string): unknown;
  removeItem(key: string): unknown;
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
   * It is kept in that worker's memory and ends with the page: `storage` can only be `"memory"`. For `AuthSession.open()` in a page only. A worker
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
  /** End the session, here and at the server, when nobody has used the page in any tab for this long, at least 1 000. Default: none. */
  idleTimeoutMs?: number;
  /** End the session, here and at the server, this long after the login, at least 1 000. Default: none. */
  absoluteTimeoutMs?: number;
  /** A longer duration is cut to this; an instant (an `expires_at`, a bare JWT `exp`) further away is not believed. Default ten years. */
  maxLifetimeMs?: number;
}
