//! A backend as data. What comes in: rows of [`presets`] and of the caller, already checked by
//! [`super::options`]; what goes out: shapes that request, reply and rejection are read with.
//! Nothing below this module knows the name of a backend.

pub mod pointer;
pub mod presets;

use super::error::{ErrorCode, Phase, named};
use super::platform::Url;
use super::tree::{Tree, map};

named! {
    /// How the fields of a request are written.
    Encoding {
        /// `application/x-www-form-urlencoded`, by the rules of the WHATWG URL standard.
        Form = "form",
        /// `application/json`.
        Json = "json",
        /// No body.
        None = "none",
    }
}

named! {
    /// The method of a request.
    Method {
        /// Fields go into the body.
        Post = "POST",
        /// No field is sent: nothing secret goes into a URL.
        Get = "GET",
        /// As `POST`.
        Put = "PUT",
        /// As `POST`, for a session that is a resource of its own. Without a body where the row is silent.
        Delete = "DELETE",
    }
}

named! {
    /// Whether cookies go along (Fetch standard, credentials mode).
    CookiePolicy {
        /// Never.
        Omit = "omit",
        /// To the page's own origin.
        SameOrigin = "same-origin",
        /// Always.
        Include = "include",
    }
}

named! {
    /// Where client id and secret stand (RFC 6749 section 2.3.1).
    ClientPlacement {
        /// As fields `client_id` and `client_secret`.
        Body = "body",
        /// As HTTP Basic authentication.
        Basic = "basic",
        /// Nowhere.
        None = "none",
    }
}

/// How a request is put together, whatever it asks for.
#[derive(Clone, PartialEq, Debug)]
pub struct RequestShape {
    /// Where to.
    pub url: Url,
    /// With which method.
    pub method: Method,
    /// How the fields are written.
    pub encoding: Encoding,
    /// Fields sent unchanged, by wire name; `null` sends none.
    pub constants: Tree,
    /// Headers sent unchanged, by name; `null` sends none.
    pub headers: Tree,
    /// Whether cookies go along.
    pub cookies: CookiePolicy,
    /// Where the client stands.
    pub client: ClientPlacement,
}

/// How one grant asks for tokens.
#[derive(Clone, PartialEq, Debug)]
pub struct GrantShape {
    /// The grant's name, as `login({ grant })` gives it.
    pub name: String,
    /// The request.
    pub request: RequestShape,
    /// Credential name to wire name.
    pub fields: Vec<(String, String)>,
    /// Credentials without which nothing is sent.
    pub required: Vec<String>,
}

named! {
    /// What a lifetime's number or text means.
    LifetimeUnit {
        /// A duration in seconds (RFC 6749 section 5.1).
        Seconds = "seconds",
        /// A duration in milliseconds.
        Milliseconds = "milliseconds",
        /// An instant, ISO 8601.
        Iso8601 = "iso8601",
        /// An instant, seconds since 1970.
        UnixSeconds = "unixSeconds",
        /// An instant, milliseconds since 1970.
        UnixMillis = "unixMillis",
    }
}

/// Where a lifetime stands, and in which unit.
#[derive(Clone, PartialEq, Debug)]
pub struct LifetimeSource {
    /// JSON Pointer into the reply.
    pub at: String,
    /// What stands there.
    pub unit: LifetimeUnit,
}

/// Where the token set stands in a successful reply. Of several pointers the first that points at something counts.
#[derive(Clone, PartialEq, Debug)]
pub struct ReplyShape {
    /// The access token.
    pub access_token: Vec<String>,
    /// The refresh token; empty when the page is not to see it.
    pub refresh_token: Vec<String>,
    /// Where one stands that the page is not to see.
    pub withheld: Vec<String>,
    /// `token_type`.
    pub token_type: Option<String>,
    /// `scope`.
    pub scope: Option<String>,
    /// Who is signed in.
    pub user: Option<String>,
    /// Sources of the lifetime, in order.
    pub lifetime: Vec<LifetimeSource>,
}

/// When an answer is meant. Each part that is given must hold.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Condition {
    /// Of one of these exchanges; any if empty.
    pub phases: Vec<Phase>,
    /// With one of these statuses; any if empty.
    pub status: Vec<u16>,
    /// Something stands here in the body.
    pub at: Option<String>,
    /// And it is this, or one of these.
    pub is: Option<Tree>,
    /// The body is empty.
    pub empty: Option<bool>,
}

impl Condition {
    /// As JavaScript sees it: the statuses, and whether they say it all, so that no body need be read.
    fn status_to_tree(&self) -> Tree {
        let statuses = self.status.iter().map(|status| Tree::integer(i64::from(*status))).collect();
        let is_all = self.at.is_none() && self.empty.is_none() && self.phases.is_empty();
        map! { "statuses": Tree::List(statuses), "isAll": Tree::Bool(is_all) }
    }
}

/// One rule of rejection: what an answer means.
#[derive(Clone, PartialEq, Debug)]
pub struct Rule {
    /// When.
    pub when: Condition,
    /// What.
    pub code: ErrorCode,
}

named! {
    /// What renews an access token.
    RefreshBy {
        /// RFC 6749 section 6, at the token endpoint.
        Grant = "grant",
        /// The refresh token, to a URL of its own.
        Endpoint = "endpoint",
        /// An HttpOnly cookie the page never sees.
        Cookie = "cookie",
        /// The access token itself.
        AccessToken = "access-token",
        /// Nothing.
        Never = "never",
    }
}

/// How to renew the access token.
#[derive(Clone, PartialEq, Debug)]
pub struct RefreshShape {
    /// What renews it.
    pub by: RefreshBy,
    /// The request.
    pub request: RequestShape,
    /// Whether the refresh token goes along as the access token would, and not in the body.
    pub bearer: bool,
    /// Wire name of the refresh token in the body.
    pub field: String,
    /// Wire name to pointer into the last reply: sent along.
    pub echo: Vec<(String, String)>,
    /// The reply.
    pub reply: ReplyShape,
}

named! {
    /// What a logout tells the server.
    EndBy {
        /// RFC 7009.
        Revocation = "revocation",
        /// A logout URL.
        Endpoint = "endpoint",
        /// Nothing.
        None = "none",
    }
}

/// How to log out at the server.
#[derive(Clone, PartialEq, Debug)]
pub struct EndShape {
    /// What it is told.
    pub by: EndBy,
    /// The request.
    pub request: RequestShape,
    /// Whether the access token goes along.
    pub bearer: bool,
    /// Wire name of the refresh token in the body.
    pub field: Option<String>,
}

/// How the access token is used.
#[derive(Clone, PartialEq, Debug)]
pub struct UseShape {
    /// The header that carries it.
    pub header: String,
    /// What stands before it; the header's value is the bare token when empty.
    pub scheme: String,
    /// Which answers mean that it has expired.
    pub expired: Vec<Condition>,
    /// Where it may go: URLs, each for its whole origin, or for what is below its path.
    pub origins: Vec<String>,
}

impl UseShape {
    /// As JavaScript sees it.
    #[must_use]
    pub fn to_tree(&self) -> Tree {
        map! {
            "header": Tree::text(self.header.as_str()),
            "scheme": Tree::text(self.scheme.as_str()),
            "origins": Tree::List(self.origins.iter().map(|origin| Tree::text(origin.as_str())).collect()),
            "expired": Tree::List(self.expired.iter().map(Condition::status_to_tree).collect()),
        }
    }
}

/// Double submit: a readable cookie comes back as a header.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CsrfShape {
    /// Name of the cookie.
    pub cookie: String,
    /// Name of the header.
    pub header: String,
}

/// A backend.
#[derive(Clone, PartialEq, Debug)]
pub struct Dialect {
    /// Its grants.
    pub grants: Vec<GrantShape>,
    /// Its token reply.
    pub reply: ReplyShape,
    /// Its refusals, before the general rules.
    pub rules: Vec<Rule>,
    /// What a refused login hands over for its next step.
    pub challenge: Vec<String>,
    /// What to change at the server when the browser hides an answer.
    pub cors_hint: Option<String>,
    /// Its refresh; `None` when the session ends with its access token.
    pub refresh: Option<RefreshShape>,
    /// Its logout; `None` when the server has no part in it.
    pub end: Option<EndShape>,
    /// Its API.
    pub usage: UseShape,
    /// Its double submit.
    pub csrf: Option<CsrfShape>,
}

impl Dialect {
    /// The grant of that name.
    #[must_use]
    pub fn grant(&self, name: &str) -> Option<&GrantShape> {
        self.grants.iter().find(|grant| grant.name == name)
    }

    /// Whether a cookie renews the session: then no token is ever stored.
    #[must_use]
    pub fn is_cookie_mode(&self) -> bool {
        self.refresh.as_ref().is_some_and(|refresh| refresh.by == RefreshBy::Cookie)
    }
}
