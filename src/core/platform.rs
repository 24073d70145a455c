//! What the platform parses for us. A browser has a URL, a JSON and a date parser in it; carrying
//! second ones would weigh more than the rest of the package and could disagree with the first.
//! All three are pure functions of their text, so the core stays without clock or browser.

use super::tree::Tree;
use super::units::UnixMillis;

/// The parsers handed to the core. Native tests hand in `url`, `serde_json` and `jiff`.
#[derive(Clone, Copy)]
pub struct Platform {
    /// WHATWG URL parser.
    pub parse_url: fn(&str) -> Option<Url>,
    /// `JSON.parse` into a tree; `None` when the text is not JSON or is nested too deep.
    pub parse_json: fn(&str) -> Option<Tree>,
    /// `Date.parse`: ISO 8601 and the dates of HTTP.
    pub parse_date: fn(&str) -> Option<UnixMillis>,
}

/// A parsed URL, as the platform's own parser sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Url {
    /// The whole URL, normalised.
    pub href: String,
    /// With the colon: `https:`.
    pub protocol: String,
    /// Without port.
    pub hostname: String,
    /// Scheme, host and port; `null` where there is none.
    pub origin: String,
    /// Whether a user name or password stands in it.
    pub has_userinfo: bool,
    /// Whether a query or fragment stands in it.
    pub has_query_or_fragment: bool,
}

impl Url {
    /// Whether the host is this machine itself (RFC 8252 section 8.3).
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = self.hostname.as_str();
        // A parser makes four numbers of what ends in one; "127..." it leaves alone, as a name that anybody may own.
        let is_v4 = host.starts_with("127.")
            && host.ends_with(|last: char| last.is_ascii_digit())
            && host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        is_v4 || host == "[::1]" || host == "localhost" || host.ends_with(".localhost")
    }

    /// Whether secrets may travel there: encrypted, or not leaving the machine.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.protocol == "https:" || (self.protocol == "http:" && self.is_loopback())
    }
}
