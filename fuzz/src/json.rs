//! Trees out of bytes: such as a JSON text can say, made of what servers and callers say, so that mutations get past the
//! first look at them.

use arbitrary::{Result, Unstructured};
use wasm_auth_session::core::tree::Tree;

use crate::canary::SPELLINGS;

/// What one kind of tree is made of.
#[derive(Clone, Copy)]
pub struct Vocabulary {
    pub names: &'static [&'static str],
    pub texts: &'static [&'static str],
    pub secrets: &'static [&'static str],
}

/// What servers say.
pub const REPLIES: Vocabulary = Vocabulary {
    names: &[
        "access_token",
        "refresh_token",
        "token_type",
        "expires_in",
        "scope",
        "user",
        "error",
        "error_description",
        "error_uri",
        "detail",
        "message",
        "msg",
        "code",
        "type",
        "title",
        "status",
        "errors",
        "fields",
        "loc",
        "field",
        "path",
        "ctx",
        "input",
        "retry_after",
        "retry_after_ms",
        "attempts_left",
        "data",
        "token",
        "tokens",
        "refresh",
        "expires",
        "ms",
        "until",
        "untilMs",
        "id",
        "a/b",
        "a~b",
        "",
        "0",
        "password",
        "auto_login",
        "device",
        "source",
        "pointer",
        "instance",
        "resource_owner_id",
    ],
    texts: &[
        "",
        "bearer",
        "Bearer",
        "DPoP",
        "invalid_grant",
        "invalid_client",
        "invalid_token",
        "slow_down",
        "about:blank",
        "3600",
        "-1",
        "1e99",
        "2026-11-22T12:00:00Z",
        "2026-11-22",
        "token-1",
        "body",
        "username",
        "a text that says what is wrong",
        "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3MDAwMDM2MDAsImlhdCI6MTcwMDAwMDAwMCwic3ViIjoiYWRhIn0.x",
        "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjF9.x",
    ],
    secrets: SPELLINGS,
};

/// A tree of at most six levels; of names that come twice the last one counts, as in `JSON.parse`.
///
/// # Errors
/// When there are no bytes left.
pub fn tree(bytes: &mut Unstructured<'_>, words: Vocabulary) -> Result<Tree> {
    level(bytes, words, 6)
}

fn level(bytes: &mut Unstructured<'_>, words: Vocabulary, levels: u8) -> Result<Tree> {
    if bytes.is_empty() {
        return Ok(Tree::Null);
    }
    let kinds = if levels == 0 { 8 } else { 14 };
    Ok(match bytes.int_in_range(0..=kinds)? {
        0 => Tree::Null,
        1 => Tree::Bool(bytes.arbitrary()?),
        2 => Tree::Number(f64::from(bytes.arbitrary::<i16>()?)),
        3 => Tree::Number(number(bytes)?),
        4 | 5 => Tree::text(*bytes.choose(words.texts)?),
        6 => Tree::text(*bytes.choose(words.secrets)?),
        7 | 8 => Tree::Text(text(bytes, words)?),
        9 | 10 => {
            let mut elements = Vec::new();
            for _ in 0..bytes.int_in_range(0..=5)? {
                elements.push(level(bytes, words, levels - 1)?);
            }
            Tree::List(elements)
        }
        _ => map(bytes, words, levels)?,
    })
}

fn map(bytes: &mut Unstructured<'_>, words: Vocabulary, levels: u8) -> Result<Tree> {
    let mut map = Tree::Map(Vec::new());
    for _ in 0..bytes.int_in_range(0..=7)? {
        let name = if bytes.ratio(9, 10)? { (*bytes.choose(words.names)?).to_owned() } else { text(bytes, words)? };
        map.set(&name, level(bytes, words, levels - 1)?);
    }
    Ok(map)
}

/// Anything that `JSON.parse` brings forth, infinity among it; often one at the edge of what is exact.
fn number(bytes: &mut Unstructured<'_>) -> Result<f64> {
    const EDGES: &[f64] = &[
        9_007_199_254_740_991.0,
        9_007_199_254_740_992.0,
        9_223_372_036_854_775_808.0,
        -1.0,
        0.5,
        -0.0,
        1e300,
        f64::INFINITY,
    ];
    let number: f64 = bytes.arbitrary()?;
    if number.is_nan() || bytes.ratio(1, 4)? { bytes.choose(EDGES).copied() } else { Ok(number) }
}

/// Words, secrets and any characters, one after the other.
fn text(bytes: &mut Unstructured<'_>, words: Vocabulary) -> Result<String> {
    let mut text = String::new();
    for _ in 0..bytes.int_in_range(1..=3)? {
        match bytes.int_in_range(0..=3)? {
            0 => text.push_str(bytes.choose(words.texts)?),
            1 => text.push_str(bytes.choose(words.secrets)?),
            2 => text.push_str(&bytes.choose(words.names)?.repeat(bytes.int_in_range(1..=40)?)),
            _ => text.push_str(bytes.arbitrary()?),
        }
    }
    Ok(text)
}
