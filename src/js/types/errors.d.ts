// What can go wrong.
import type { Json } from "./row.js";

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
  /**
   * What the row's `rejection.challenge` names, in the body's own shape, for the next step of a login: a secret as long as it is good for
   * something, so it is not enumerable, and not in `toJSON`.
   */
  readonly challenge?: { readonly [key: string]: Json };
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
