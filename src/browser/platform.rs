//! The browser's own parsers, handed to the core.

use web_sys::Url as WebUrl;

use super::clock::of_global;
use super::value;
use crate::core::platform::{Platform, Url};
use crate::core::tree::Tree;
use crate::core::units::UnixMillis;

/// URL, JSON and dates, as this browser reads them.
pub const BROWSER: Platform = Platform { parse_url, parse_json, parse_date };

/// The URL of the page, where there is one.
#[must_use]
pub fn page_url() -> Option<Url> {
    parse_url(&of_global("location", "href")?.as_string()?)
}

fn parse_url(text: &str) -> Option<Url> {
    let url = WebUrl::new(text).ok()?;
    Some(Url {
        href: url.href(),
        protocol: url.protocol(),
        hostname: url.hostname(),
        origin: url.origin(),
        has_userinfo: !url.username().is_empty() || !url.password().is_empty(),
        has_query_or_fragment: !url.search().is_empty() || !url.hash().is_empty(),
    })
}

fn parse_json(text: &str) -> Option<Tree> {
    value::to_tree(&js_sys::JSON::parse(text).ok()?)
}

fn parse_date(text: &str) -> Option<UnixMillis> {
    let instant = js_sys::Date::parse(text);
    if instant.is_nan() { None } else { Some(UnixMillis(instant as i64)) }
}
