//! A logout: what is handed back, and that no echo of any request holds a secret.

use serde_json::json;
use wasm_auth_session::core::dialect::{CookiePolicy, Method};
use wasm_auth_session::core::request::{self, Body, Revoked};
use wasm_auth_session::core::token_set::TokenSet;

use super::written::{alice, form, header, held, json_body, login, options, refresh};

#[test]
fn a_revocation_hands_back_the_refresh_token_and_else_the_access_token() {
    let options = options(&json!({ "clientId": "c" }));
    let end = |held: &TokenSet| request::encode_end(&options, held).expect("options that can be written");
    let (request, revoked) = end(&held(Some("a"), Some("r"), &json!({}))).expect("a request");
    assert_eq!(request.url, "https://api.example.com/base/oauth/revoke");
    assert_eq!(form(&request), "token=r&token_type_hint=refresh_token&client_id=c");
    assert_eq!(revoked, Some(Revoked::RefreshToken));
    let (request, revoked) = end(&held(Some("a"), None, &json!({}))).expect("a request");
    assert_eq!(form(&request), "token=a&token_type_hint=access_token&client_id=c");
    assert_eq!(revoked, Some(Revoked::AccessToken));
    assert!(end(&held(None, None, &json!({}))).is_none(), "nothing to hand back");
}

#[test]
fn a_logout_endpoint_gets_the_access_token_and_what_its_row_names() {
    let geolens = options(&json!({ "preset": "geolens" }));
    let (request, revoked) =
        request::encode_end(&geolens, &held(Some("a"), Some("r"), &json!({}))).expect("a request").expect("one");
    assert_eq!(request.url, "https://api.example.com/base/auth/logout/");
    assert_eq!(header(&request, "Authorization"), Some("Bearer a"));
    assert_eq!(json_body(&request), json!({ "refresh_token": "r" }));
    assert_eq!(revoked, Some(Revoked::RefreshToken));

    let bare = options(&json!({ "end": { "by": "endpoint", "url": "/logout", "encoding": "none", "bearer": false } }));
    let (request, revoked) =
        request::encode_end(&bare, &held(Some("a"), Some("r"), &json!({}))).expect("a request").expect("one");
    assert_eq!((header(&request, "Authorization"), &request.body, revoked), (None, &Body::Empty, None));
}

#[test]
fn a_session_that_is_a_resource_is_deleted() {
    let row = options(&json!({ "end": { "by": "endpoint", "url": "/session", "method": "DELETE" } }));
    let (request, _) = request::encode_end(&row, &held(Some("a"), None, &json!({}))).expect("a request").expect("one");
    assert_eq!((request.method, &request.body), (Method::Delete, &Body::Empty));
    assert_eq!(header(&request, "Authorization"), Some("Bearer a"));
}

#[test]
fn a_logout_by_cookie_sends_the_cookie_and_its_guard() {
    let options = options(&json!({ "preset": "geolens-cookie" }));
    let (request, revoked) =
        request::encode_end(&options, &held(None, None, &json!({}))).expect("a request").expect("one");
    assert_eq!(request.cookies, CookiePolicy::Include);
    assert_eq!(
        request.csrf.map(|csrf| (csrf.cookie, csrf.header)),
        Some(("geolens_csrf".to_owned(), "X-CSRF-Token".to_owned()))
    );
    assert_eq!(revoked, Some(Revoked::Cookie));
}

#[test]
fn a_server_without_a_part_in_the_logout_is_told_nothing() {
    let options = options(&json!({ "end": { "by": "none" } }));
    assert!(request::encode_end(&options, &held(Some("a"), Some("r"), &json!({}))).expect("no fault").is_none());
}

#[test]
fn all_that_is_sent_in_secret_is_taken_out_of_an_echo() {
    let options = options(&json!({ "clientId": "c", "clientSecret": "client-canary" }));
    let tokens = held(Some("access-canary"), Some("refresh-canary"), &json!({}));
    let (end, _) = request::encode_end(&options, &tokens).expect("a request").expect("one");
    let sent = [
        (login(&options, &alice("login-canary")).expect("a request"), "login-canary client-canary"),
        (refresh(&options, &tokens).expect("a request"), "refresh-canary client-canary"),
        (end, "refresh-canary client-canary"),
    ];
    for (request, echo) in sent {
        assert_eq!(request.secrets.redact(echo), "[redacted] [redacted]");
        assert!(!format!("{request:?}").contains("canary"));
    }
}
