// A backend as data.
import type { Phase } from "./errors.js";

/** A JSON Pointer (RFC 6901) into a JSON body, for example `/data/access_token`. */
export type JsonPointer = "" | `/${string}`;

/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** How a request is put together: shared by login, refresh and logout. */
export interface RequestRow {
  /** Path below `baseUrl`, or an absolute URL. Redirects are refused: be exact about trailing slashes. */
  url?: string;
  /** Default `"POST"`. With `"GET"` no field is ever sent: nothing secret goes into a URL. */
  method?: "POST" | "GET" | "PUT" | "DELETE";
  /**
   * `"form"`: WHATWG `application/x-www-form-urlencoded`; `"json"`; `"none"`: no body. Default: `"form"`, and `"none"` with `"GET"` and
   * `"DELETE"`; at refresh by `"grant"` that of the login, by `"endpoint"` `"json"` (with `"GET"` say `"none"`), by `"cookie"` and
   * `"access-token"` `"none"`; at a logout `"endpoint"` `"none"`. A `field`, `fields` or `echo` that only a body could carry is refused without one.
   */
  encoding?: "form" | "json" | "none";
  /** Fields sent unchanged with every request, by wire name, for example `{ grant_type: "password" }`. */
  constants?: { readonly [wireName: string]: string | number | boolean | null };
  /**
   * Headers sent unchanged with every request, also in the place of `Accept` and `Content-Type`. A refresh by `"grant"` sends the login's.
   * None that only the browser sets (Fetch standard, "forbidden request-header"), such as `Cookie`, `Origin` and `Host`.
   */
  headers?: { readonly [name: string]: string | null };
  /** Whether cookies go along. Default `"omit"`, and `"include"` where the row refreshes by cookie. */
  credentials?: "omit" | "same-origin" | "include";
  /**
   * Where `clientId` and `clientSecret` go (RFC 6749 section 2.3.1). Default: `"body"`; at refresh by `"grant"` and at `"revocation"` as at
   * the login, at every other refresh and logout `"none"`. Not `"basic"` beside a token that is sent in the header `Authorization`, too.
   */
  client?: "body" | "basic" | "none";
}

/** How one grant asks for tokens. */
export interface GrantRow extends RequestRow {
  /**
   * Credential name to wire name. A wire name that starts with `/` is a JSON Pointer into a JSON body:
   * `{ username: "/user/email", password: "/user/password" }`. What is sent is taken for secret, and left out where an answer repeats it,
   * but for the credentials `username`, `email`, `login`, `identifier` and `phone`.
   */
  fields?: { readonly [credential: string]: string | null };
  /** Credentials without which nothing is sent. Default: every name in `fields`. */
  required?: readonly string[];
}

/** Where a lifetime stands in the reply, and what its number or text means. An `iso8601` time without a zone is UTC. */
export interface LifetimeSource {
  at: JsonPointer;
  as: "seconds" | "milliseconds" | "iso8601" | "unixSeconds" | "unixMillis";
}

/** Where the token set stands in a successful reply. Lists are tried in order; the first that is there, of a lifetime that can be read, counts. */
export interface ReplyRow {
  /** Default `/access_token`. A token that stands there behind the scheme of `use` (`"Bearer …"`) is taken without it. */
  accessToken?: JsonPointer | readonly JsonPointer[];
  /** Default `/refresh_token`; `null` where none is to be read. */
  refreshToken?: JsonPointer | readonly JsonPointer[] | null;
  /** Default `/token_type`. With the scheme `Bearer`, a reply that names another type is refused (RFC 6749 section 7.1). */
  tokenType?: JsonPointer | null;
  /** Default `/scope`. */
  scope?: JsonPointer | null;
  /**
   * Who is signed in, as the reply says it; without it the JWT's unverified `sub` is used, else its `user_id`, `userId` or
   * `nameid`. Another one at a refresh ends the session (`identity_changed`): better an id than an e-mail address, which its owner may change.
   */
  user?: JsonPointer;
  /** Sources of the lifetime, before the access token's own `exp`. Default `/expires_in` in seconds. */
  lifetime?: readonly LifetimeSource[];
}

/** One rule: when all that is named here holds, the answer means `code`. The first rule that holds counts. */
export interface RejectionRule {
  /** Which request was answered. Default: any. A refresh ends the session by itself with 401, `invalid_grant` and `invalid_token` alone. */
  phase?: Phase | readonly Phase[];
  status?: number | readonly number[];
  /** The value at `at` equals `is`, or one of its list; without `is`, something but `null` stands there; without `at`, it is the whole body. */
  at?: JsonPointer;
  is?: string | number | boolean | null | readonly (string | number | boolean | null)[];
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
  /**
   * What a refused login hands over for its next step, such as `/mfa_token`: the error has it whole as `challenge`, which neither `toJSON`
   * nor a console shows, and is `rejected` unless a rule says otherwise. All else that is named like a secret is left out.
   */
  challenge?: JsonPointer | readonly JsonPointer[];
  /** What to change when the browser refuses the answer for its CORS headers: added to a `network` error's `hint`. */
  corsHint?: string;
}

/** How to renew the access token. */
export interface RefreshRow extends RequestRow {
  /**
   * `"grant"`: RFC 6749 section 6 at the token endpoint. `"endpoint"`: the refresh token to its own URL.
   * `"cookie"`: an HttpOnly cookie carries it and the page never sees it. `"access-token"`: the access token renews itself.
   * `"never"`: the session ends with its access token. Default `"grant"`; without `url`, to the URL of the login.
   */
  by?: "grant" | "endpoint" | "cookie" | "access-token" | "never";
  /** Send the refresh token as the access token is sent, in the header that `use` names, and not in the body. Not by `"cookie"`. */
  bearer?: boolean;
  /** Wire name (or JSON Pointer) of the refresh token in the body. Default `refresh_token`. */
  field?: string;
  /**
   * Fields of the last reply sent along, wire name to pointer, for example `{ grant_type: "/grant_type" }`. The pointer of
   * `reply.accessToken` sends the access token itself. Nothing else whose pointer says `token`, `secret`, `password`, `cookie` or `jwt`, or
   * that looks like a JWT, is kept to be sent.
   */
  echo?: { readonly [wireName: string]: JsonPointer | null };
  /** The refresh reply, where it differs from the login reply. */
  reply?: ReplyRow;
}

/** How to log out at the server. */
export interface EndRow extends RequestRow {
  /** `"revocation"`: RFC 7009. `"endpoint"`: a logout URL. `"none"`, the default: the server has no part in it. To be said where `url` is. */
  by?: "revocation" | "endpoint" | "none";
  /** Send the access token along. Default `true` for `"endpoint"`. */
  bearer?: boolean;
  /**
   * Wire name (or JSON Pointer) of the refresh token in the body; `null` sends none. Default `token` for `"revocation"`, none for
   * `"endpoint"`.
   */
  field?: string | null;
}

/** How the access token is used, and which API answers mean that it has expired. */
export interface UseRow {
  /** Default `Authorization`. */
  header?: string;
  /** Default `Bearer`, without the space behind it; the empty string sends the bare token. */
  scheme?: string;
  /**
   * Where `session.fetch` may send the token: URLs, each for its whole origin, or for what is below its path. Default: the
   * origin of the login URL.
   */
  origins?: readonly string[];
  /** Default: status 401. */
  expired?: readonly {
    phase?: Phase | readonly Phase[];
    status?: number | readonly number[];
    at?: JsonPointer;
    is?: string | number | boolean | null | readonly (string | number | boolean | null)[];
    empty?: boolean;
  }[];
}

/** Double submit in cookie mode: a readable cookie comes back as a header at refresh and logout, percent-decoded where it can be. */
export interface CsrfRow {
  cookie: string;
  header: string;
}

/** A backend as data. A preset is such a row; options given beside `preset` are laid over it, `null` taking an entry away. */
export interface BackendRow {
  /** By grant name: `password` is what `login({ username, password })` uses. */
  request?: { readonly [grant: string]: GrantRow | null };
  reply?: ReplyRow;
  rejection?: RejectionRow;
  refresh?: RefreshRow;
  end?: EndRow;
  use?: UseRow;
  csrf?: CsrfRow | null;
}
