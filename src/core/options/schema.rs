//! What options look like, as tables: name, kind, and whether one must be there once the defaults are laid
//! under. One walk checks all of them and says precisely what is wrong with one.

use crate::core::dialect::pointer::is_pointer;
use crate::core::dialect::{ClientPlacement, CookiePolicy, Encoding, EndBy, LifetimeUnit, Method, RefreshBy};
use crate::core::error::Phase;
use crate::core::event::StorageKind;
use crate::core::spelling::decimal;
use crate::core::text::{concat, contains, is_one_of, join, replace};
use crate::core::tree::Tree;

use super::nearest::nearest;
use super::{Fault, LONGEST_LIFETIME, LONGEST_TIMEOUT, RefreshMode, invalid};

const OWN_STORAGE: &str = "or an object with getItem, setItem and removeItem";

/// What may stand under a name.
pub(super) enum Kind {
    Text,
    Truth,
    /// From the least to the most.
    Number(f64, f64),
    OneOf(&'static [&'static str]),
    /// RFC 6901.
    Pointer,
    /// RFC 9110 section 5.6.2: a token. Others would trap on their way into the browser.
    HeaderName,
    /// Printable ASCII, so also without line breaks.
    HeaderValue,
    /// Header names and values.
    Headers,
    /// What can stand in a form.
    Scalar,
    Anything,
    /// The named fields and no others.
    Map(&'static [Field]),
    /// Any names.
    MapOf(&'static Kind),
    ListOf(&'static Kind),
    OneOrMore(&'static Kind),
}

/// One entry of a map.
pub(super) struct Field {
    pub(super) name: &'static str,
    kind: Kind,
    required: bool,
}

const fn may(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: false }
}

const fn must(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: true }
}

macro_rules! request_row {
    ($($more:expr),* $(,)?) => {
        &[
            may("url", Kind::Text),
            may("method", Kind::OneOf(Method::NAMES)),
            may("encoding", Kind::OneOf(Encoding::NAMES)),
            may("constants", Kind::MapOf(&Kind::Scalar)),
            may("headers", Kind::Headers),
            may("credentials", Kind::OneOf(CookiePolicy::NAMES)),
            may("client", Kind::OneOf(ClientPlacement::NAMES)),
            $($more),*
        ]
    };
}

const POINTERS: Kind = Kind::OneOrMore(&Kind::Pointer);
const TEXTS: Kind = Kind::MapOf(&Kind::Text);

const GRANT: &[Field] = request_row![may("fields", TEXTS), may("required", Kind::ListOf(&Kind::Text))];

const LIFETIME: &[Field] = &[must("at", Kind::Pointer), must("as", Kind::OneOf(LifetimeUnit::NAMES))];

const REPLY: &[Field] = &[
    may("accessToken", POINTERS),
    may("refreshToken", POINTERS),
    may("tokenType", Kind::Pointer),
    may("scope", Kind::Pointer),
    may("user", Kind::Pointer),
    may("lifetime", Kind::ListOf(&Kind::Map(LIFETIME))),
];

macro_rules! condition {
    ($($more:expr),* $(,)?) => {
        &[
            may("phase", Kind::OneOrMore(&Kind::OneOf(Phase::NAMES))),
            may("status", Kind::OneOrMore(&Kind::Number(100.0, 599.0))),
            may("at", Kind::Pointer),
            may("is", Kind::Anything),
            may("empty", Kind::Truth),
            $($more),*
        ]
    };
}

const RULE: &[Field] = condition![must("code", Kind::OneOf(super::rows::MEANINGS))];
const CONDITION: &[Field] = condition![];

const REJECTION: &[Field] =
    &[may("rules", Kind::ListOf(&Kind::Map(RULE))), may("challenge", POINTERS), may("corsHint", Kind::Text)];

const REFRESH: &[Field] = request_row![
    must("by", Kind::OneOf(RefreshBy::NAMES)),
    may("bearer", Kind::Truth),
    must("field", Kind::Text),
    may("echo", Kind::MapOf(&Kind::Pointer)),
    may("reply", Kind::Map(REPLY)),
];

const END: &[Field] =
    request_row![must("by", Kind::OneOf(EndBy::NAMES)), may("bearer", Kind::Truth), may("field", Kind::Text)];

const USE: &[Field] = &[
    must("header", Kind::HeaderName),
    must("scheme", Kind::HeaderValue),
    must("expired", Kind::ListOf(&Kind::Map(CONDITION))),
    may("origins", Kind::ListOf(&Kind::Text)),
];

const CSRF: &[Field] = &[must("cookie", Kind::Text), must("header", Kind::HeaderName)];

/// Every option.
pub(super) const OPTIONS: &[Field] = &[
    must("baseUrl", Kind::Text),
    may("preset", Kind::Text),
    may("clientId", Kind::Text),
    may("clientSecret", Kind::Text),
    may("scope", Kind::Text),
    may("namespace", Kind::Text),
    must("storage", Kind::OneOf(StorageKind::NAMES)),
    may("storageRequired", Kind::Truth),
    may("isolation", Kind::OneOf(&["none", "worker"])),
    may("allowInsecureHttp", Kind::Truth),
    must("refreshMode", Kind::OneOf(RefreshMode::NAMES)),
    must("refreshMarginMs", Kind::Number(0.0, LONGEST_LIFETIME)),
    must("timeoutMs", Kind::Number(1.0, LONGEST_TIMEOUT)),
    must("logoutTimeoutMs", Kind::Number(1.0, LONGEST_TIMEOUT)),
    may("defaultLifetimeMs", Kind::Number(1.0, LONGEST_LIFETIME)),
    may("idleTimeoutMs", Kind::Number(1_000.0, LONGEST_LIFETIME)),
    may("absoluteTimeoutMs", Kind::Number(1_000.0, LONGEST_LIFETIME)),
    must("maxLifetimeMs", Kind::Number(1.0, LONGEST_LIFETIME)),
    may("request", Kind::MapOf(&Kind::Map(GRANT))),
    must("reply", Kind::Map(REPLY)),
    may("rejection", Kind::Map(REJECTION)),
    must("refresh", Kind::Map(REFRESH)),
    must("end", Kind::Map(END)),
    must("use", Kind::Map(USE)),
    may("csrf", Kind::Map(CSRF)),
];

/// Checks a value, and all within it.
///
/// # Errors
/// `invalid_options` naming the path.
pub(super) fn check(value: &Tree, kind: &Kind, path: &str) -> Result<(), Fault> {
    let expected = match (kind, value) {
        (Kind::Map(fields), Tree::Map(entries)) => return check_map(fields, entries, path),
        (Kind::MapOf(kind), Tree::Map(entries)) => {
            for (name, entry) in entries {
                // `null` has taken the entry away.
                if *entry != Tree::Null {
                    check(entry, kind, &below(path, name))?;
                }
            }
            return Ok(());
        }
        (Kind::Headers, Tree::Map(entries)) => {
            for (name, _) in entries {
                if let Some(fault) = header_fault(name) {
                    return Err(invalid(&below(path, name), fault));
                }
            }
            return check(value, &Kind::MapOf(&Kind::HeaderValue), path);
        }
        (Kind::OneOrMore(kind), Tree::List(elements)) | (Kind::ListOf(kind), Tree::List(elements)) => {
            for element in elements {
                check(element, kind, path)?;
            }
            return Ok(());
        }
        (Kind::OneOrMore(kind), one) => return check(one, kind, path),
        (Kind::OneOf(names), Tree::Text(text)) if names.contains(&text.as_str()) => return Ok(()),
        (Kind::Number(least, most), Tree::Number(number)) if number >= least && number <= most => return Ok(()),
        (Kind::Pointer, Tree::Text(text)) if is_pointer(text) => return Ok(()),
        (Kind::HeaderName, Tree::Text(text)) => match header_fault(text) {
            Some(fault) => fault,
            None => return Ok(()),
        },
        (Kind::HeaderValue, Tree::Text(text)) if is_header_value(text) => return Ok(()),
        (Kind::Scalar, value) if super::scalar_text(value).is_some() => return Ok(()),
        (Kind::Text, Tree::Text(_)) | (Kind::Truth, Tree::Bool(_)) | (Kind::Anything, _) => return Ok(()),
        (Kind::OneOf(names), _) => {
            // What stands for a caller's own storage here, callers give as an object.
            let names = replace(&join(names, ", "), StorageKind::Custom.name(), OWN_STORAGE);
            return Err(invalid(path, &concat(&["must be one of ", &names])));
        }
        (Kind::Number(least, most), _) => {
            let (least, most) = (decimal(*least as i64), decimal(*most as i64));
            return Err(invalid(path, &concat(&["must be a number from ", &least, " to ", &most])));
        }
        (Kind::Map(_) | Kind::MapOf(_) | Kind::Headers, _) => "must be an object",
        (Kind::ListOf(_), _) => "must be a list",
        (Kind::Text, _) => "must be a string",
        (Kind::Truth, _) => "must be true or false",
        (Kind::Pointer, _) => "must be a JSON Pointer (RFC 6901): it begins with /",
        (Kind::HeaderName, _) => NO_HEADER_NAME,
        (Kind::HeaderValue, _) => "must be a header value: printable ASCII only",
        (Kind::Scalar, _) => "must be a string, a whole number, true or false",
    };
    Err(invalid(path, expected))
}

fn check_map(fields: &[Field], entries: &[(String, Tree)], path: &str) -> Result<(), Fault> {
    for (name, _) in entries {
        if fields.iter().all(|field| field.name != name) {
            let known: Vec<&str> = fields.iter().map(|field| field.name).collect();
            return Err(invalid(&below(path, name), &unknown(name, &known)));
        }
    }
    for field in fields {
        let entry = entries.iter().rev().find(|(name, _)| name == field.name).map(|(_, entry)| entry);
        match entry.filter(|entry| **entry != Tree::Null) {
            Some(entry) => check(entry, &field.kind, &below(path, field.name))?,
            None if field.required => return Err(invalid(&below(path, field.name), "is required")),
            None => {}
        }
    }
    Ok(())
}

/// The path of an entry, for an error.
pub(in crate::core) fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { concat(&[path, ".", name]) }
}

const NO_HEADER_NAME: &str = "must be a header name";
/// Fetch standard, "forbidden request-header": the browser leaves it out, and says nothing.
const FORBIDDEN: &str = " accept-charset accept-encoding access-control-request-headers access-control-request-method \
    connection content-length cookie cookie2 date dnt expect host keep-alive origin referer set-cookie te trailer \
    transfer-encoding upgrade via ";

/// What is wrong with the name of a header, if anything is.
fn header_fault(name: &str) -> Option<&'static str> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || is_one_of(byte, b"!#$%&'*+-.^_`|~");
    if name.is_empty() || !name.bytes().all(is_token) {
        return Some(NO_HEADER_NAME);
    }
    let mut name = concat(&[" ", name, " "]);
    name.make_ascii_lowercase();
    let is_forbidden = name.starts_with(" proxy-") || name.starts_with(" sec-") || contains(FORBIDDEN, &name);
    is_forbidden.then_some("is a header that only the browser sets")
}

fn is_header_value(value: &str) -> bool {
    value.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

const LONGEST_NAME: usize = 64;

/// Says that a name is unknown, and which known one is nearest.
#[must_use]
pub(in crate::core) fn unknown(name: &str, known: &[&str]) -> String {
    // To compare takes as long as the name is, for each that is known; and no long name is near one of them.
    let (nearest, distance) = if name.len() > LONGEST_NAME { ("", usize::MAX) } else { nearest(name, known) };
    if known.is_empty() {
        "is not known: none is".to_owned()
    } else if distance <= 1 + name.len() / 3 {
        concat(&["is not known: did you mean ", nearest, "?"])
    } else {
        concat(&["is not known: known are ", &join(known, ", ")])
    }
}
