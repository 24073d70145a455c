//! Native: what of a token reply can be read in `extra`, and what is left out of it.
#![cfg(not(target_arch = "wasm32"))]
mod support;

use serde_json::{Value, json};
use support::NATIVE;
use wasm_auth_session::core::error::Phase;
use wasm_auth_session::core::redact::Secrets;
use wasm_auth_session::core::reply::{self, Exchange};
use wasm_auth_session::core::token_set::TokenSet;
use wasm_auth_session::core::units::UnixMillis;

/// A look-alike: header, payload and signature say nothing.
const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJ0eXAiOiJyIn0.c2ln-_";

/// What a reply to a login grants, by this row; taken over from elsewhere it must grant the same.
fn granted(body: &Value, row: &Value) -> TokenSet {
    let mut given = json!({ "baseUrl": "https://api.example.com" });
    given.as_object_mut().expect("an object").extend(row.as_object().expect("an object").clone());
    let options = support::options(&given);
    let secrets = Secrets::default();
    let sent_at = UnixMillis(1_795_316_400_000);
    let exchange = Exchange { phase: Phase::Login, options: &options, platform: &NATIVE, sent_at, secrets: &secrets };
    let response = support::answer(200, support::tree(body));
    let (tokens, _) = reply::decode(&response, &options.dialect.reply, &exchange).expect("a token set");
    let (adopted, _) = reply::adopt(&support::tree(body), &exchange).expect("a token set");
    assert_eq!(tokens, adopted);
    tokens
}

fn extra(body: &Value, row: &Value) -> Value {
    support::json(&granted(body, row).extra)
}

#[test]
fn a_refresh_token_that_is_declared_can_be_read_nowhere_whatever_renews() {
    for by in ["grant", "endpoint", "cookie", "access-token", "never"] {
        let row = json!({
            "reply": { "accessToken": "/access", "refreshToken": ["/refresh", "/data/renewal"], "user": "/who", "scope": "/what" },
            "refresh": { "by": by, "url": "/renew" },
        });
        let body = json!({
            "access": "access-1", "refresh": "renewal-1", "data": { "renewal": "renewal-2", "plan": "free" },
            "who": "renewal-1", "what": "renewal-2", "copies": ["renewal-1", "a=renewal-2"],
        });
        let tokens = granted(&body, &row);
        assert_eq!(tokens.refresh_token.is_some(), matches!(by, "grant" | "endpoint"), "{by}");
        assert_eq!(support::json(&tokens.extra), json!({ "data": { "plan": "free" }, "copies": [] }), "{by}");
        assert_eq!((tokens.user, tokens.scope), (None, None), "{by}");
    }
}

#[test]
fn a_text_under_the_name_of_a_credential_is_left_out_though_no_row_declares_it() {
    let body = json!({
        "access_token": "a-token", "access": "x", "refresh": "x", "Bearer": "x", "credentials": ["x", { "value": "x" }, ["x"]],
        "refreshKey": "x", "connect.sid": "x", "sessionId": "x", "api_key": "x", "authorization": "x",
        "auth": { "value": "x", "user": { "name": "Alice", "hash": "x", "salt": "x", "userPwd": "x", "passwd": "x", "pin": "x" } },
    });
    assert_eq!(extra(&body, &json!({})), json!({ "credentials": [{}, []], "auth": { "user": { "name": "Alice" } } }));
}

#[test]
fn a_text_that_looks_like_a_jwt_is_left_out_whatever_its_name() {
    let body = json!({
        "access_token": "a-token", "renewal": JWT, "list": [JWT, "a"], "encrypted": "eyJh.b.c.d.e", "version": "1.2.3", "half": "eyJh.b",
        "sentence": "eyJh is not. a. token", "next": format!("https://app.example.com/?t={JWT}"), "header": format!("Bearer {JWT}"),
    });
    let kept = json!({ "list": ["a"], "version": "1.2.3", "half": "eyJh.b", "sentence": "eyJh is not. a. token" });
    assert_eq!(extra(&body, &json!({})), kept);
}

#[test]
fn numbers_dates_and_words_that_only_sound_like_a_credential_are_kept() {
    let harmless = json!({
        "refresh_expires_in": 1800, "refresh_until": "2026-11-22T03:15:00Z", "session_count": 2, "is_authenticated": true,
        "orgs": [{ "key": "acme", "author": "Bob", "authorities": ["read"] }], "accessible": "yes", "created_at": "2026-11-22", "side": "left", "hashtag": "a", "pinned": "b",
    });
    let mut body = harmless.clone();
    body["access_token"] = json!("a-token");
    assert_eq!(extra(&body, &json!({})), harmless);
}

#[test]
fn what_a_row_sends_back_is_kept_though_it_is_named_like_a_credential() {
    let echo = json!({ "sid": "/session/id", "copy": "/refresh", "old": "/old_token", "jwt": "/auth" });
    let row = json!({ "refresh": { "by": "cookie", "url": "/renew", "encoding": "json", "echo": echo } });
    let body = json!({
        "access_token": "a-token", "session": { "id": "s-1", "other": "s-2" }, "refresh": "a-token", "old_token": "o", "auth": JWT,
    });
    assert_eq!(extra(&body, &row), json!({ "session": { "id": "s-1" } }));
}

#[test]
fn a_pin_is_left_out_of_extra_as_a_number_too() {
    let options = support::options(&json!({ "baseUrl": "https://api.example.com" }));
    let mut secrets = Secrets::default();
    secrets.add("246810");
    let sent_at = UnixMillis(1_795_316_400_000);
    let exchange = Exchange { phase: Phase::Login, options: &options, platform: &NATIVE, sent_at, secrets: &secrets };
    let body =
        json!({ "access_token": "a-token", "device": { "code": 246_810, "tries": 3 }, "codes": [246_810, 246_811] });
    let (tokens, _) = reply::adopt(&support::tree(&body), &exchange).expect("a token set");
    assert_eq!(support::json(&tokens.extra), json!({ "device": { "tries": 3 }, "codes": [246_811] }));
}
