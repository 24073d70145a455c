//! Stage three: the reply. What comes in: an answer of the token endpoint; what goes out: a token set,
//! or the error it means. It never puts any of the body's text into an error of its own.

use super::dialect::{ReplyShape, pointer};
use super::error::{AuthError, Phase};
use super::event::WarningCode;
use super::jwt;
use super::lifetime::{self, Evidence, begins_with_date};
use super::options::{Options, scalar_text};
use super::platform::Platform;
use super::redact::{Secrets, holds_jwt};
use super::rejection;
use super::secret::SharedSecret;
use super::text::{concat, contains, cut};
use super::token_set::{TokenSet, is_token};
use super::transport::{HttpResponse, ResponseBody};
use super::tree::Tree;
use super::units::UnixMillis;

/// What an answer is an answer to.
#[derive(Clone, Copy)]
pub struct Exchange<'a> {
    /// Login or refresh.
    pub phase: Phase,
    /// The session's options.
    pub options: &'a Options,
    /// The platform's parsers.
    pub platform: &'a Platform,
    /// When the request was sent.
    pub sent_at: UnixMillis,
    /// What the answer must not echo.
    pub secrets: &'a Secrets,
}

/// Reads a reply.
///
/// # Errors
/// What the server refused with; `invalid_response` when it is neither a refusal nor what the row describes.
pub fn decode(
    response: &HttpResponse,
    shape: &ReplyShape,
    exchange: &Exchange<'_>,
) -> Result<(TokenSet, Option<WarningCode>), AuthError> {
    if !(200..300).contains(&response.status) {
        return Err(rejection::decode(response, exchange));
    }
    let (body, has_token) = match &response.body {
        ResponseBody::Json(body) => (body, first(body, &shape.access_token).is_some()),
        ResponseBody::Text(_) | ResponseBody::Empty => (&Tree::Null, false),
    };
    if !has_token && (says_error(&response.body) || rejection::has_rule(response, exchange)) {
        return Err(rejection::decode(response, exchange));
    }
    // Half an answer (206) is none.
    if !matches!(response.body, ResponseBody::Json(_)) || response.status == 206 {
        return Err(invalid(response, exchange, "", "a JSON object"));
    }
    grant(body, response.date.as_deref(), shape, exchange)
        .map_err(|(at, expected)| invalid(response, exchange, at, expected))
}

/// Where an envelope says whether there is something in it.
const STATES: [&str; 5] = ["success", "ok", "status", "code", "statusCode"];

/// Some servers refuse with 200 and an OAuth error, or GraphQL's errors, or a status of their own.
pub(in crate::core) fn says_error(body: &ResponseBody) -> bool {
    let ResponseBody::Json(body) = body else { return false };
    let is_failure = |state: &Tree| match state {
        Tree::Bool(is_success) => !is_success,
        Tree::Number(status) => (400.0..600.0).contains(status),
        Tree::Text(status) => ["error", "fail"].contains(&status.as_str()),
        Tree::Null | Tree::List(_) | Tree::Map(_) => false,
    };
    let is_error = |error: &Tree| match error {
        Tree::Text(text) => !text.is_empty(),
        Tree::Number(number) => *number != 0.0,
        Tree::Bool(is_error) => *is_error,
        Tree::Null | Tree::List(_) | Tree::Map(_) => !error.is_empty(),
    };
    STATES.iter().filter_map(|name| body.get(name)).any(is_failure)
        || ["error", "errors"].iter().filter_map(|name| body.get(name)).any(is_error)
}

/// Reads a token reply that was got elsewhere, through the same decoder.
///
/// # Errors
/// `invalid_options` naming what is missing.
pub fn adopt(body: &Tree, exchange: &Exchange<'_>) -> Result<(TokenSet, Option<WarningCode>), AuthError> {
    grant(body, None, &exchange.options.dialect.reply, exchange)
        .map_err(|(at, expected)| AuthError::invalid(concat(&["tokenReply", at]), concat(&["must be ", expected])))
}

type Fault<'a> = (&'a str, &'static str);

fn grant<'a>(
    body: &Tree,
    date: Option<&str>,
    shape: &'a ReplyShape,
    exchange: &Exchange<'_>,
) -> Result<(TokenSet, Option<WarningCode>), Fault<'a>> {
    const A_TOKEN: &str = "a token: printable ASCII without spaces, at most 16 KiB";
    let access_at = shape.access_token.first().map_or("", String::as_str);
    let scheme = exchange.options.dialect.usage.scheme.as_str();
    let access_token = match first(body, &shape.access_token) {
        Some((_, Tree::Text(text))) if is_token(bare(text, scheme)) => bare(text, scheme),
        Some((at, _)) => return Err((at, A_TOKEN)),
        None => return Err((access_at, A_TOKEN)),
    };
    let refresh_token = match first(body, &shape.refresh_token) {
        Some((_, Tree::Text(text))) if is_token(bare(text, scheme)) => Some(bare(text, scheme)),
        Some((at, _)) => return Err((at, A_TOKEN)),
        None => None,
    };
    // What can be read of the session repeats neither what was sent nor what is granted.
    let mut secrets = exchange.secrets.clone();
    let granted = shape.access_token.iter().chain(&shape.refresh_token).chain(&shape.withheld);
    granted.filter_map(|at| body.at(at)?.as_text()).for_each(|token| secrets.add(bare(token, scheme)));
    let shown = |text: &String| !text.is_empty() && !secrets.are_in(text);
    let text_at = |at: &Option<String>| match body.at(at.as_deref()?)? {
        Tree::Text(text) => Some(text.clone()).filter(shown),
        Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::List(_) | Tree::Map(_) => None,
    };
    let token_type = text_at(&shape.token_type);
    let wants_bearer = scheme.eq_ignore_ascii_case("bearer");
    // RFC 6749 section 7.1: a token of a type that is not understood must not be used.
    if wants_bearer && token_type.as_deref().is_some_and(|given| !given.eq_ignore_ascii_case("bearer")) {
        return Err((shape.token_type.as_deref().unwrap_or_default(), "Bearer: no other token type is supported"));
    }

    let claims = jwt::peek_unverified(access_token, exchange.platform.parse_json);
    let evidence = Evidence {
        body,
        sources: &shape.lifetime,
        claims: claims.as_ref(),
        reference: date.and_then(exchange.platform.parse_date).unwrap_or(exchange.sent_at),
        default: exchange.options.default_lifetime,
        longest: exchange.options.max_lifetime,
    };
    let (lifetime, warning) = lifetime::resolve(&evidence, exchange.platform);
    // Where the row names the user, `sub` may be another name for the same: a reply that leaves it out says nothing.
    let user = match &shape.user {
        Some(at) => body.at(at).and_then(scalar_text),
        None => claims.and_then(|claims| claims.sub),
    }
    .filter(shown);
    let tokens = TokenSet {
        access_token: Some(SharedSecret::new(access_token.to_owned())),
        refresh_token: refresh_token.map(|text| SharedSecret::new(text.to_owned())),
        token_type,
        scope: text_at(&shape.scope),
        user,
        lifetime,
        extra: extra(body, shape, exchange, &secrets),
    };
    Ok((tokens, warning))
}

/// The first pointer under which something is said: `null` and the empty text say nothing.
fn first<'a, 'b>(body: &'a Tree, pointers: &'b [String]) -> Option<(&'b str, &'a Tree)> {
    pointers.iter().find_map(|at| {
        let value = body.at(at).filter(|value| **value != Tree::Null && value.as_text() != Some(""))?;
        Some((at.as_str(), value))
    })
}

/// The token alone: some servers hand it over as it is to stand in the header, behind the scheme.
fn bare<'a>(text: &'a str, scheme: &str) -> &'a str {
    match cut(text, " ") {
        Some((word, token)) if !word.is_empty() && word.eq_ignore_ascii_case(scheme) => token,
        Some(_) | None => text,
    }
}

/// Words in the name of a field that is taken for a secret, and left out of what can be read.
const SECRET_WORDS: [&str; 5] = ["token", "secret", "password", "cookie", "jwt"];
/// Words in the name of a field whose texts are: a number or a date beside them says how many, or until when.
const CREDENTIAL_WORDS: [&str; 4] = ["refresh", "bearer", "credential", "session"];
/// How such names end, too.
const CREDENTIAL_ENDS: [&str; 9] = ["key", "sid", "auth", "authorization", "hash", "salt", "pwd", "passwd", "pin"];

fn extra(body: &Tree, shape: &ReplyShape, exchange: &Exchange<'_>, secrets: &Secrets) -> Tree {
    let Tree::Map(_) = body else { return Tree::Map(Vec::new()) };
    let mut extra = body.clone();
    let lifetimes = shape.lifetime.iter().map(|source| &source.at);
    let read = shape
        .access_token
        .iter()
        .chain(&shape.refresh_token)
        .chain(&shape.withheld)
        .chain(&shape.token_type)
        .chain(&shape.scope)
        .chain(lifetimes);
    read.for_each(|at| pointer::remove(&mut extra, at));
    without_secrets(&mut extra, false, secrets);
    // What the next refresh sends back must be kept for it.
    let echo = exchange.options.dialect.refresh.as_ref().map_or(&[][..], |refresh| &refresh.echo);
    for (_, at) in echo {
        if let Some(value @ Tree::Text(text)) = body.at(at)
            && !is_secret(at)
            && !holds_secret(text, secrets)
        {
            pointer::place(&mut extra, at, value.clone());
        }
    }
    extra
}

/// `is_credential`: whether the tree's own texts are, by its name.
fn without_secrets(tree: &mut Tree, is_credential: bool, secrets: &Secrets) {
    let is_shown = |value: &Tree, is_credential: bool| match value {
        Tree::Text(text) => !holds_secret(text, secrets) && (!is_credential || begins_with_date(text)),
        Tree::Number(number) => !secrets.holds(*number),
        Tree::Null | Tree::Bool(_) | Tree::List(_) | Tree::Map(_) => true,
    };
    match tree {
        Tree::Map(entries) => entries.retain_mut(|(key, value)| {
            let is_named = names_credential(key);
            without_secrets(value, is_named, secrets);
            !is_secret(key) && !secrets.are_in(key) && is_shown(value, is_named || is_credential)
        }),
        Tree::List(elements) => elements.retain_mut(|value| {
            without_secrets(value, is_credential, secrets);
            is_shown(value, is_credential)
        }),
        Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) => {}
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| contains(&name, word))
}

fn names_credential(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    // "key" alone is rather the name of a thing.
    name == "access"
        || CREDENTIAL_WORDS.iter().any(|word| contains(&name, word))
        || name != "key" && CREDENTIAL_ENDS.iter().any(|end| name.ends_with(end))
}

/// Whether a text is a secret by itself: one of the exchange, or a token.
fn holds_secret(text: &str, secrets: &Secrets) -> bool {
    holds_jwt(text) || secrets.are_in(text)
}

fn invalid(response: &HttpResponse, exchange: &Exchange<'_>, at: &str, expected: &'static str) -> AuthError {
    AuthError::InvalidResponse { phase: exchange.phase, status: response.status, pointer: at.to_owned(), expected }
}
