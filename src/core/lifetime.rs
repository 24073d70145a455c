//! How long a token lasts, as a duration from when it was asked for. What comes in: the reply, the
//! token's unverified claims and two clocks; what goes out: a duration, or nothing when nothing
//! believable tells. A wrong clock on either side never makes a token "expired at once" or "eternal".

use super::dialect::{LifetimeSource, LifetimeUnit};
use super::event::WarningCode;
use super::jwt::UnverifiedClaims;
use super::platform::Platform;
use super::text::{concat, is_one_of};
use super::tree::Tree;
use super::units::{Millis, UnixMillis};

/// What there is to tell a lifetime from.
#[derive(Clone, Copy)]
pub struct Evidence<'a> {
    /// The reply's body.
    pub body: &'a Tree,
    /// The row's sources, in order.
    pub sources: &'a [LifetimeSource],
    /// The access token's claims, if it is a JWT.
    pub claims: Option<&'a UnverifiedClaims>,
    /// The reply's `Date`, or when the request was sent.
    pub reference: UnixMillis,
    /// Lifetime when nothing tells.
    pub default: Option<Millis>,
    /// Longest lifetime that is believed.
    pub longest: Millis,
}

/// A lifetime, and what to warn of.
pub type Resolved = (Option<Millis>, Option<WarningCode>);

/// The row's sources, the first that can be read, then `exp - iat`, then a bare `exp`, then the default, then unknown.
#[must_use]
pub fn resolve(evidence: &Evidence<'_>, platform: &Platform) -> Resolved {
    let issued = evidence.claims.and_then(|claims| claims.iat).map(instant);
    let expires = evidence.claims.and_then(|claims| claims.exp).map(instant);
    let by_claims =
        expires.zip(issued).map(|(expires, issued)| expires.since(issued)).filter(|one| *one > Millis::ZERO);

    let stated = evidence.sources.iter().find_map(|source| {
        read(evidence.body.at(&source.at)?, source.unit, issued.unwrap_or(evidence.reference), platform)
    });
    let (lifetime, warning) = match (stated, by_claims, expires) {
        // A duration is believed up to the longest; a JWT beside it may show that it was in milliseconds.
        (Some(Stated::Duration(stated)), by_claims, _) if stated > Millis::ZERO => {
            clamped(by_claims.map_or(stated, |by_claims| by_claims.min(stated)), evidence.longest)
        }
        (Some(Stated::UntilInstant(left)), _, _) => believable(left, evidence.longest),
        (Some(_), _, _) => UNKNOWN,
        (None, Some(by_claims), _) => clamped(by_claims, evidence.longest),
        (None, None, Some(expires)) => believable(expires.since(evidence.reference), evidence.longest),
        (None, None, None) => UNKNOWN,
    };
    match evidence.default {
        Some(default) if lifetime.is_none() => (Some(default), None),
        Some(_) | None => (lifetime, warning),
    }
}

const UNKNOWN: Resolved = (None, Some(WarningCode::LifetimeUnknown));

enum Stated {
    Duration(Millis),
    UntilInstant(Millis),
}

fn clamped(lifetime: Millis, longest: Millis) -> Resolved {
    if lifetime > longest { (Some(longest), Some(WarningCode::LifetimeClamped)) } else { (Some(lifetime), None) }
}

/// What depends on two clocks is believed only where it makes sense.
fn believable(left: Millis, longest: Millis) -> Resolved {
    if left > Millis::ZERO && left <= longest { (Some(left), None) } else { UNKNOWN }
}

fn instant(seconds: f64) -> UnixMillis {
    UnixMillis(Millis::from_seconds(seconds).0)
}

/// `None` when something stands there that says no lifetime at all.
fn read(value: &Tree, unit: LifetimeUnit, reference: UnixMillis, platform: &Platform) -> Option<Stated> {
    let until = |instant: UnixMillis| Stated::UntilInstant(instant.since(reference));
    match unit {
        LifetimeUnit::Seconds => Some(Stated::Duration(Millis::from_seconds(number(value, platform)?))),
        LifetimeUnit::Milliseconds => Some(Stated::Duration(Millis(number(value, platform)? as i64))),
        LifetimeUnit::UnixSeconds => Some(until(instant(number(value, platform)?))),
        LifetimeUnit::UnixMillis => Some(until(UnixMillis(number(value, platform)? as i64))),
        LifetimeUnit::Iso8601 => Some(until(iso8601(value.as_text()?, platform)?)),
    }
}

/// A number, or a text that is one in JSON's spelling.
pub(super) fn number(value: &Tree, platform: &Platform) -> Option<f64> {
    let number = match value {
        Tree::Number(number) => Some(*number),
        Tree::Text(text) => (platform.parse_json)(text.trim()).as_ref().and_then(Tree::as_number),
        Tree::Null | Tree::Bool(_) | Tree::List(_) | Tree::Map(_) => None,
    };
    number.filter(|number| !number.is_nan())
}

/// Date parsers guess at anything; only what begins with a year, month and day is let through to them. Without a zone they
/// take a time for the page's own, which a server cannot have meant: it is UTC.
pub(super) fn iso8601(text: &str, platform: &Platform) -> Option<UnixMillis> {
    if !begins_with_date(text) {
        return None;
    }
    let time = text.get(DATE.len()..)?;
    let has_zone = !time.bytes().all(|byte| byte.is_ascii_digit() || is_one_of(byte, b"T :."));
    (platform.parse_date)(&concat(&[text, if time.is_empty() || has_zone { "" } else { "Z" }]))
}

const DATE: &[u8] = b"0000-00-00";

/// Whether the text begins with a year, month and day.
pub(super) fn begins_with_date(text: &str) -> bool {
    let fits = |(byte, place): (u8, &u8)| if *place == b'0' { byte.is_ascii_digit() } else { byte == *place };
    text.len() >= DATE.len() && text.bytes().zip(DATE).all(fits)
}
