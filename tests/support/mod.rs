//! What native tests share: the platform's parsers from kept libraries, and trees from JSON.
#![allow(dead_code, reason = "each test crate uses its share")]

use serde_json::Value;
use wasm_auth_session::core::options::Options;
use wasm_auth_session::core::platform::{Platform, Url};
use wasm_auth_session::core::transport::{HttpResponse, ResponseBody};
use wasm_auth_session::core::tree::Tree;
use wasm_auth_session::core::units::UnixMillis;

/// The parsers a browser brings along, as native libraries.
pub const NATIVE: Platform = Platform { parse_url, parse_json, parse_date };

fn parse_url(text: &str) -> Option<Url> {
    let url = url::Url::parse(text).ok()?;
    Some(Url {
        href: url.to_string(),
        protocol: format!("{}:", url.scheme()),
        hostname: url.host_str().unwrap_or_default().to_owned(),
        origin: url.origin().ascii_serialization(),
        has_userinfo: !url.username().is_empty() || url.password().is_some(),
        has_query_or_fragment: url.query().is_some() || url.fragment().is_some(),
    })
}

fn parse_json(text: &str) -> Option<Tree> {
    serde_json::from_str(text).ok().as_ref().map(tree)
}

fn parse_date(text: &str) -> Option<UnixMillis> {
    let iso = || text.parse::<jiff::Timestamp>().ok();
    let day = || Some(text.parse::<jiff::civil::Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp());
    let http = || jiff::fmt::rfc2822::parse(text).ok().map(|zoned| zoned.timestamp());
    iso().or_else(http).or_else(day).map(|timestamp| UnixMillis(timestamp.as_millisecond()))
}

/// JSON as a tree.
pub fn tree(value: &Value) -> Tree {
    match value {
        Value::Null => Tree::Null,
        Value::Bool(value) => Tree::Bool(*value),
        Value::Number(number) => Tree::Number(number.as_f64().unwrap_or(f64::NAN)),
        Value::String(text) => Tree::Text(text.clone()),
        Value::Array(elements) => Tree::List(elements.iter().map(tree).collect()),
        Value::Object(entries) => Tree::Map(entries.iter().map(|(key, value)| (key.clone(), tree(value))).collect()),
    }
}

/// A tree as JSON; whole numbers without a fraction.
pub fn json(tree: &Tree) -> Value {
    match tree {
        Tree::Null => Value::Null,
        Tree::Bool(value) => Value::Bool(*value),
        Tree::Number(number) if *number == (*number as i64) as f64 => Value::from(*number as i64),
        Tree::Number(number) => Value::from(*number),
        Tree::Text(text) => Value::String(text.clone()),
        Tree::List(elements) => elements.iter().map(json).collect(),
        Tree::Map(entries) => Value::Object(entries.iter().map(|(key, value)| (key.clone(), json(value))).collect()),
    }
}

/// An answer with a JSON body.
pub fn answer(status: u16, body: Tree) -> HttpResponse {
    HttpResponse {
        status,
        content_type: "application/json".to_owned(),
        date: None,
        retry_after: None,
        www_authenticate: None,
        body: ResponseBody::Json(body),
    }
}

/// Options, as a caller would give them.
pub fn options(given: &Value) -> Options {
    Options::parse(&tree(given), &NATIVE, None).expect("these options are valid")
}
