//! What came back over the wire, or why nothing did. What comes in: what the shell saw; what goes
//! out: an answer to read, or an error that says what it may have been.

use super::dialect::CookiePolicy;
use super::error::{AuthError, Phase};
use super::options::Options;
use super::text::concat;
use super::tree::Tree;
use super::units::Millis;

/// A complete answer.
#[derive(Clone, PartialEq, Debug)]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: String,
    /// `Date`, where the page may read it.
    pub date: Option<String>,
    /// `Retry-After`, where the page may read it.
    pub retry_after: Option<String>,
    /// `WWW-Authenticate`, where the page may read it.
    pub www_authenticate: Option<String>,
    /// The body.
    pub body: ResponseBody,
}

/// A body, as far as it could be made out. The `Content-Type` is not asked: servers mislabel JSON.
#[derive(Clone, PartialEq, Debug)]
pub enum ResponseBody {
    /// Nothing, or white space.
    Empty,
    /// JSON.
    Json(Tree),
    /// Anything else.
    Text(String),
}

impl ResponseBody {
    /// Makes out a body's text.
    #[must_use]
    pub fn read(text: &str, parse_json: fn(&str) -> Option<Tree>) -> Self {
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            return Self::Empty;
        }
        parse_json(text).map_or_else(|| Self::Text(text.to_owned()), Self::Json)
    }
}

/// Why there is no complete answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TransportError {
    /// The browser says it is offline.
    Offline,
    /// No answer, or none that the page may read: the browser does not tell which.
    Failed,
    /// What stands in the place of `fetch` gave back something else than an answer.
    NoResponse,
    /// The deadline passed.
    TimedOut,
    /// The machine itself withdrew the request.
    Cancelled,
    /// The body of an answer with this status is larger than 1 MiB.
    TooLarge(u16),
}

impl TransportError {
    /// The error a caller sees.
    #[must_use]
    pub fn into_error(
        self,
        phase: Phase,
        options: &Options,
        cookies: CookiePolicy,
        url: &str,
        timeout: Millis,
    ) -> AuthError {
        match self {
            Self::TimedOut => AuthError::Timeout { phase, timeout },
            Self::Cancelled => AuthError::Superseded,
            Self::TooLarge(status) => AuthError::InvalidResponse {
                phase,
                status,
                pointer: String::new(),
                expected: "a body of at most 1 MiB",
            },
            Self::Offline => {
                AuthError::Network { phase, causes: &["offline"], hint: "The browser is offline.".to_owned() }
            }
            Self::NoResponse => AuthError::Network { phase, causes: &["unreachable"], hint: NO_RESPONSE.to_owned() },
            Self::Failed => AuthError::Network {
                phase,
                causes: &["unreachable", "cors", "csp", "redirect"],
                hint: hint(options, cookies, url),
            },
        }
    }
}

const NO_RESPONSE: &str = "What the page has put in the place of fetch gave back no Response.";

/// All that can be told from "Failed to fetch".
fn hint(options: &Options, cookies: CookiePolicy, url: &str) -> String {
    let page = options.page_origin.as_deref().unwrap_or("the page's origin");
    let with_cookies: &[&str] = if cookies == CookiePolicy::Include {
        &[", with cookies: Access-Control-Allow-Origin: ", page, " (not *) and Access-Control-Allow-Credentials: true"]
    } else {
        &[]
    };
    let by_row = options.dialect.cors_hint.as_deref();
    concat(&[
        "No readable answer from ",
        url,
        ". If the server is up, it must allow ",
        page,
        " by CORS",
        &concat(with_cookies),
        if by_row.is_some() { ": " } else { "" },
        by_row.unwrap_or_default(),
        ". A Content-Security-Policy of the page must name it in connect-src. Redirects are refused.",
    ])
}
