//! The rows. Each is a text of options such as a caller could have given, laid under the caller's own.
//! Adding a backend adds a row here and a folder of fixtures, and touches nothing else.

/// Name and row, in the order in which they are documented.
pub const PRESETS: &[(&str, &str)] = &[
    ("oauth2-form", OAUTH2_FORM),
    ("oauth2-json", OAUTH2_JSON),
    ("fastapi", FASTAPI),
    ("langflow", LANGFLOW),
    ("geolens", GEOLENS),
    ("geolens-cookie", GEOLENS_COOKIE),
    ("zype", ZYPE),
    ("dreadnode", DREADNODE),
];

/// RFC 6749 section 4.3 (password), section 6 (refresh), and RFC 7009 (revocation); Doorkeeper's paths.
const OAUTH2_FORM: &str = r#"{
  "request": { "password": { "url": "/oauth/token", "encoding": "form", "constants": { "grant_type": "password" },
    "fields": { "username": "username", "password": "password" } } },
  "refresh": { "by": "grant" },
  "end": { "by": "revocation", "url": "/oauth/revoke" }
}"#;

/// The same exchange with JSON bodies, which some servers ask for. Revocation stays a form, as RFC 7009 has it.
const OAUTH2_JSON: &str = r#"{
  "request": { "password": { "url": "/oauth/token", "encoding": "json", "constants": { "grant_type": "password" },
    "fields": { "username": "username", "password": "password" } } },
  "refresh": { "by": "grant" },
  "end": { "by": "revocation", "url": "/oauth/revoke", "encoding": "form" }
}"#;

/// FastAPI's security tutorial: a form, one token, its lifetime only in the JWT. Refusals are HTTPException's `detail`.
const FASTAPI: &str = r#"{
  "request": { "password": { "url": "/token", "encoding": "form", "constants": { "grant_type": "password" },
    "fields": { "username": "username", "password": "password" } } },
  "rejection": { "rules": [ { "phase": "login", "status": 400, "code": "invalid_credentials" } ] },
  "refresh": { "by": "never" },
  "end": { "by": "none" }
}"#;

/// Langflow 1.5 to 1.13: refresh and logout work by HttpOnly cookie alone; the refresh token in the reply is of no use.
const LANGFLOW: &str = r#"{
  "request": {
    "password": { "url": "/api/v1/login", "encoding": "form", "credentials": "include",
      "constants": { "grant_type": "password" }, "fields": { "username": "username", "password": "password" } },
    "auto": { "url": "/api/v1/auto_login", "method": "GET", "encoding": "none", "credentials": "include" }
  },
  "rejection": {
    "rules": [
      { "phase": "login", "at": "/detail/auto_login", "is": false, "code": "forbidden" },
      { "phase": "login", "status": 400, "at": "/detail", "is": "Waiting for approval", "code": "forbidden" }
    ],
    "corsHint": "set LANGFLOW_CORS_ORIGINS to a list that names this origin: its default \"*\" does not allow cookies"
  },
  "refresh": { "by": "cookie", "url": "/api/v1/refresh", "encoding": "none" },
  "end": { "by": "endpoint", "url": "/api/v1/logout", "encoding": "none", "credentials": "include" },
  "use": { "expired": [ { "status": 401 } ] }
}"#;

/// GeoLens in token mode: rotating refresh tokens, RFC 9457 refusals; refresh and logout end in a slash, login does not.
const GEOLENS: &str = r#"{
  "request": { "password": { "url": "/auth/login", "encoding": "form", "constants": { "grant_type": "password" },
    "fields": { "username": "username", "password": "password" } } },
  "refresh": { "by": "endpoint", "url": "/auth/refresh/", "encoding": "json" },
  "end": { "by": "endpoint", "url": "/auth/logout/", "encoding": "json", "bearer": true, "field": "refresh_token" }
}"#;

/// GeoLens in cookie mode: the refresh token stays in an HttpOnly cookie, guarded by a double-submit cookie.
const GEOLENS_COOKIE: &str = r#"{
  "request": { "password": { "url": "/auth/login", "encoding": "form", "constants": { "grant_type": "password" },
    "fields": { "username": "username", "password": "password" },
    "headers": { "X-GeoLens-Auth-Mode": "cookie" }, "credentials": "include" } },
  "refresh": { "by": "cookie", "url": "/auth/refresh/", "encoding": "none", "headers": { "X-GeoLens-Auth-Mode": "cookie" } },
  "end": { "by": "endpoint", "url": "/auth/logout/", "encoding": "none", "bearer": true, "credentials": "include" },
  "csrf": { "cookie": "geolens_csrf", "header": "X-CSRF-Token" }
}"#;

/// Zype: JSON at the token endpoint, with a client secret that is public in a browser; the reply names the refresh grant.
const ZYPE: &str = r#"{
  "request": {
    "password": { "url": "/oauth/token", "encoding": "json", "constants": { "grant_type": "password" },
      "fields": { "username": "username", "password": "password" } },
    "device": { "url": "/oauth/token", "encoding": "json", "constants": { "grant_type": "password" },
      "fields": { "linkedDeviceId": "linked_device_id", "pin": "pin", "username": "username" },
      "required": ["linkedDeviceId", "pin"] }
  },
  "rejection": { "rules": [ { "phase": "login", "status": 401, "at": "/error", "is": "invalid_grant", "code": "invalid_credentials" } ] },
  "refresh": { "by": "grant", "echo": { "grant_type": "/grant_type" } },
  "end": { "by": "none" }
}"#;

/// Dreadnode: one token and nothing to renew it; refusals in an envelope whose `type` is a stable code.
const DREADNODE: &str = r#"{
  "request": { "password": { "url": "/api/v1/auth/login", "encoding": "form", "constants": { "grant_type": "password" },
    "fields": { "username": "username", "password": "password" } } },
  "refresh": { "by": "never" },
  "end": { "by": "none" }
}"#;
