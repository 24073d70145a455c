//! A look at a JWT's payload (RFC 7519 section 4.1), unverified: for a lifetime and a name to show,
//! never for a decision about access. What comes in: an access token that may be a JWT; what goes
//! out: three claims, if it is one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::options::scalar_text;
use super::text::{contains, cut};
use super::tree::Tree;

const LONGEST: usize = 16 * 1024;
/// Who it is: RFC 7519 section 4.1.2; SimpleJWT's name for it, and its like; .NET's.
const SUBJECTS: [&str; 4] = ["sub", "user_id", "userId", "nameid"];

/// Claims nobody has checked.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct UnverifiedClaims {
    /// `exp`, seconds since 1970.
    pub exp: Option<f64>,
    /// `iat`, seconds since 1970.
    pub iat: Option<f64>,
    /// `sub`, or what servers have in its place: a text, or the number that they put there.
    pub sub: Option<String>,
}

/// Reads the claims of something that looks like a signed JWT of at most 16 KiB.
#[must_use]
pub fn peek_unverified(token: &str, parse_json: fn(&str) -> Option<Tree>) -> Option<UnverifiedClaims> {
    if token.len() > LONGEST {
        return None;
    }
    let (header, rest) = cut(token, ".")?;
    let (payload, signature) = cut(rest, ".")?;
    if header.is_empty() || contains(signature, ".") {
        return None;
    }
    // RFC 7515 leaves padding out; some servers leave it in.
    let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    let claims = parse_json(std::str::from_utf8(&bytes).ok()?)?;
    let number = |name: &str| claims.get(name).and_then(Tree::as_number);
    Some(UnverifiedClaims {
        exp: number("exp"),
        iat: number("iat"),
        sub: SUBJECTS.iter().find_map(|name| claims.get(name).and_then(scalar_text)),
    })
}
