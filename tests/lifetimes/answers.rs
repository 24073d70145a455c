//! Answers of 200 to be varied, and what is read of them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use wasm_auth_session::core::error::{AuthError, Phase};
use wasm_auth_session::core::event::WarningCode;
use wasm_auth_session::core::options::Options;
use wasm_auth_session::core::redact::Secrets;
use wasm_auth_session::core::reply::{self, Exchange};
use wasm_auth_session::core::token_set::TokenSet;
use wasm_auth_session::core::transport::{HttpResponse, ResponseBody};
use wasm_auth_session::core::units::UnixMillis;

use crate::support::{self, NATIVE};

pub(super) const HOUR: i64 = 3_600_000;
pub(super) const DAY: i64 = 24 * HOUR;
pub(super) const TEN_YEARS: i64 = 3_650 * DAY;
/// 2026-11-22T03:00:00Z, by this machine's clock.
pub(super) const SENT: i64 = 1_795_316_400_000;

pub(super) type Decoded = Result<(TokenSet, Option<WarningCode>), AuthError>;
pub(super) type Lifetime = (Option<i64>, Option<WarningCode>);

pub(super) const UNKNOWN: Lifetime = (None, Some(WarningCode::LifetimeUnknown));

/// An answer of 200, to be varied.
pub(super) fn answer(body: ResponseBody) -> HttpResponse {
    HttpResponse {
        status: 200,
        content_type: "application/json".to_owned(),
        date: None,
        retry_after: None,
        www_authenticate: None,
        body,
    }
}

pub(super) fn json_answer(body: &Value) -> HttpResponse {
    answer(ResponseBody::Json(support::tree(body)))
}

pub(super) fn options(extra: &Value) -> Options {
    let mut given = json!({ "baseUrl": "https://api.example.com" });
    given.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
    support::options(&given)
}

pub(super) fn decode(response: &HttpResponse, options: &Options, phase: Phase) -> Decoded {
    let secrets = Secrets::default();
    let exchange = Exchange { phase, options, platform: &NATIVE, sent_at: UnixMillis(SENT), secrets: &secrets };
    reply::decode(response, &options.dialect.reply, &exchange)
}

pub(super) fn read(response: &HttpResponse, options: &Options) -> Lifetime {
    let (tokens, warning) = decode(response, options, Phase::Login).expect("a token set");
    (tokens.lifetime.map(|lifetime| lifetime.0), warning)
}

/// The lifetime of an opaque token beside this `expires_in`.
pub(super) fn by_expires_in(expires_in: &Value) -> Lifetime {
    read(&json_answer(&json!({ "access_token": "opaque", "expires_in": expires_in })), &options(&json!({})))
}

pub(super) fn jwt_of(claims: &Value) -> String {
    jwt_of_text(&claims.to_string())
}

pub(super) fn jwt_of_text(payload: &str) -> String {
    format!("eyJhbGciOiJIUzI1NiJ9.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(payload))
}

pub(super) fn by_jwt(claims: &Value) -> Lifetime {
    read(&json_answer(&json!({ "access_token": jwt_of(claims) })), &options(&json!({})))
}
