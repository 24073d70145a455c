//! Which refusal means what: the row's rules first, then these tables.

use super::{ServerSaid, holds};
use crate::core::error::{ErrorCode, Phase};
use crate::core::reply::Exchange;
use crate::core::transport::HttpResponse;

/// What RFC 6749 section 5.2, RFC 6750 section 3.1 and RFC 8628 section 3.5 call it, and in which exchange.
const BY_ERROR: &[(&str, Option<Phase>, ErrorCode)] = &[
    ("invalid_grant", Some(Phase::Login), ErrorCode::InvalidCredentials),
    ("invalid_grant", Some(Phase::Refresh), ErrorCode::SessionEnded),
    ("invalid_token", Some(Phase::Refresh), ErrorCode::SessionEnded),
    ("invalid_client", None, ErrorCode::Misconfigured),
    ("unauthorized_client", None, ErrorCode::Misconfigured),
    ("unsupported_grant_type", None, ErrorCode::Misconfigured),
    ("unsupported_token_type", None, ErrorCode::Misconfigured),
    ("invalid_scope", None, ErrorCode::Misconfigured),
    ("invalid_request", Some(Phase::Api), ErrorCode::Rejected),
    ("invalid_request", None, ErrorCode::Misconfigured),
    ("access_denied", None, ErrorCode::Forbidden),
    ("insufficient_scope", None, ErrorCode::Forbidden),
    ("temporarily_unavailable", None, ErrorCode::Server),
    ("server_error", None, ErrorCode::Server),
    ("slow_down", None, ErrorCode::RateLimited),
];

/// What HTTP calls it (RFC 9110 section 15), and in which exchange.
const BY_STATUS: &[(u16, u16, Option<Phase>, ErrorCode)] = &[
    (401, 401, Some(Phase::Login), ErrorCode::InvalidCredentials),
    (401, 401, Some(Phase::Refresh), ErrorCode::SessionEnded),
    (403, 403, None, ErrorCode::Forbidden),
    // At an API these speak of the call, not of the set-up.
    (404, 405, Some(Phase::Api), ErrorCode::Rejected),
    (415, 415, Some(Phase::Api), ErrorCode::Rejected),
    (404, 405, None, ErrorCode::Misconfigured),
    (408, 408, None, ErrorCode::Server),
    (415, 415, None, ErrorCode::Misconfigured),
    (422, 422, None, ErrorCode::Validation),
    (423, 423, None, ErrorCode::Forbidden),
    (425, 425, None, ErrorCode::Server),
    (426, 426, None, ErrorCode::Misconfigured),
    (500, 599, None, ErrorCode::Server),
];

pub(super) fn of(response: &HttpResponse, exchange: &Exchange<'_>, said: &ServerSaid) -> ErrorCode {
    let phase = exchange.phase;
    let applies = |only: Option<Phase>| only.is_none_or(|only| only == phase);
    let by_rule =
        exchange.options.dialect.rules.iter().find(|rule| holds(&rule.when, response, phase)).map(|rule| rule.code);
    let by_error = || {
        // RFC 6749 section 5.2 knows 401 of clients alone; Laravel Passport refuses a dead refresh token so.
        let error = said.error.as_deref().filter(|error| (*error, said.status) != ("invalid_request", 401))?;
        BY_ERROR.iter().find(|(name, only, _)| *name == error && applies(*only)).map(|(_, _, code)| *code)
    };
    let by_fields = || (said.status == 400 && !said.fields.is_empty()).then_some(ErrorCode::Validation);
    let by_status = || {
        let row = BY_STATUS.iter().find(|(from, to, only, _)| (*from..=*to).contains(&said.status) && applies(*only));
        row.map(|(_, _, _, code)| *code)
    };
    // Too many requests is that, whatever the body calls it.
    let by_limit = || (said.status == 429).then_some(ErrorCode::RateLimited);
    // Whoever is asked for the next step had the password right.
    let by_challenge = || (!said.challenge.is_empty()).then_some(ErrorCode::Rejected);
    let by_answer = by_rule.or_else(by_limit).or_else(by_challenge).or_else(by_error).or_else(by_fields);
    by_answer.or_else(by_status).unwrap_or(ErrorCode::Rejected)
}
