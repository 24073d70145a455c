//! Native: the largest and most awkward of what servers and callers can send. Each of these takes a moment; the limit is
//! what tells work that grows with the square of the input from work that does not, on however slow a machine.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::disallowed_methods, reason = "what is asked here is how long it takes")]
mod support;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::NATIVE;
use wasm_auth_session::core::challenge;
use wasm_auth_session::core::error::{AuthError, Phase};
use wasm_auth_session::core::options::Options;
use wasm_auth_session::core::redact::Secrets;
use wasm_auth_session::core::rejection;
use wasm_auth_session::core::reply::{self, Exchange};
use wasm_auth_session::core::request;
use wasm_auth_session::core::transport::{HttpResponse, ResponseBody};
use wasm_auth_session::core::units::UnixMillis;

/// The largest body that is read.
const MEBIBYTE: usize = 1024 * 1024;
const LONG: Duration = Duration::from_secs(10);

fn in_time<T>(what: &str, act: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = act();
    assert!(start.elapsed() < LONG, "{what} took {:?}", start.elapsed());
    done
}

fn login<'a>(options: &'a Options, secrets: &'a Secrets) -> Exchange<'a> {
    Exchange { phase: Phase::Login, options, platform: &NATIVE, sent_at: UnixMillis(0), secrets }
}

fn refusal(body: ResponseBody, secrets: &Secrets) -> AuthError {
    let options = support::options(&json!({ "baseUrl": "https://api.example.com" }));
    let exchange = login(&options, secrets);
    let www_authenticate = Some("Bearer error=\"x\", ".repeat(5_000));
    let response = HttpResponse {
        status: 400,
        content_type: String::new(),
        date: None,
        retry_after: None,
        www_authenticate,
        body,
    };
    rejection::decode(&response, &exchange)
}

#[test]
fn f29_a_body_that_is_nearly_a_secret_everywhere_is_searched_no_further_than_it_is_shown() {
    let mut secrets = Secrets::default();
    let nearly = "a".repeat(16 * 1024 - 3);
    (0..80).for_each(|number| secrets.add(&format!("{nearly}b{number}")));
    let text = "a".repeat(MEBIBYTE);
    assert_eq!(in_time("redacting", || secrets.redact(&text)), "a".repeat(200));
    in_time("reading a refusal", || refusal(ResponseBody::Text(text), &secrets));
}

#[test]
fn f29_a_body_that_is_nearly_an_escaped_secret_everywhere_is_searched_in_time() {
    let mut secrets = Secrets::default();
    (0..8).for_each(|number| secrets.add(&format!("{}b{number}", "a/".repeat(8 * 1024 - 2))));
    for escaped in ["a\\/", "a%2f", "a&#x2f;"] {
        let text = escaped.repeat(MEBIBYTE / escaped.len());
        in_time("redacting", || secrets.redact(&text));
        in_time("looking", || secrets.are_in(&text));
    }
}

#[test]
fn a_reply_that_repeats_secrets_shows_none_of_them() {
    let row =
        json!({ "user": "/user", "scope": "/scope", "accessToken": "/access_token", "refreshToken": "/refresh_token" });
    let options = support::options(&json!({ "baseUrl": "https://api.example.com", "reply": row }));
    let credentials = json!({ "username": "ada", "password": "hunter2 & more" });
    let grant = options.dialect.grant("password").expect("a grant");
    let request = request::encode_grant(&options, grant, &support::tree(&credentials)).expect("a request");
    let exchange = login(&options, &request.secrets);
    let body = json!({
        "access_token": "access-1", "refresh_token": "refresh-1", "user": "hunter2 & more", "scope": "read access-1",
        "echo": "password=hunter2+%26+more", "list": ["a", "refresh-1"], "deep": { "access-1": 1, "kept": "a" }, "plan": "free"
    });
    let (tokens, _) = reply::adopt(&support::tree(&body), &exchange).expect("it grants tokens");
    assert_eq!((&tokens.user, &tokens.scope), (&None, &None));
    assert_eq!(support::json(&tokens.extra), json!({ "list": ["a"], "deep": { "kept": "a" }, "plan": "free" }));
}

#[test]
fn f29_a_reply_that_is_nearly_its_own_token_everywhere_is_read_in_time() {
    let options = support::options(&json!({ "baseUrl": "https://api.example.com" }));
    let secrets = Secrets::default();
    let exchange = login(&options, &secrets);
    let token = "a".repeat(16 * 1024);
    let body = json!({ "access_token": token, "refresh_token": format!("{}b", &token[1..]), "text": format!("{}c", &token[1..]).repeat(60) });
    assert!(in_time("a reply", || reply::adopt(&support::tree(&body), &exchange)).is_ok());
}

#[test]
fn a_field_nested_deeper_than_any_value_is_refused_and_does_not_exhaust_the_stack() {
    let row = json!({ "password": { "url": "/login", "encoding": "json", "fields": { "password": "password" } } });
    let options = support::options(&json!({ "baseUrl": "https://api.example.com", "request": row }));
    let grant = options.dialect.grant("password").expect("a grant");
    let login = |depth: usize| {
        let name = "/a".repeat(depth);
        request::encode_grant(
            &options,
            grant,
            &support::tree(&json!({ "password": "hunter2", "extraFields": { name: 1 } })),
        )
    };
    assert!(login(64).is_ok());
    for depth in [65, 500_000] {
        assert!(matches!(in_time("a deep field", || login(depth)), Err(AuthError::InvalidOptions { .. })), "{depth}");
    }
}

#[test]
fn an_unknown_name_of_any_length_is_told_so_at_once() {
    let name = "x".repeat(48 * MEBIBYTE);
    let given = support::tree(&json!({ "baseUrl": "https://api.example.com", name: true }));
    let error = in_time("an unknown option", || Options::parse(&given, &NATIVE, None).expect_err("it is unknown"));
    assert!(
        matches!(error, AuthError::InvalidOptions { reason, .. } if reason.starts_with("is not known: known are "))
    );
}

#[test]
fn a_wide_body_is_read_as_far_as_it_is_shown() {
    let wide: Value = (0..60_000)
        .map(|number| (format!("field{number}"), json!(["is wrong"])))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let error = in_time("a wide refusal", || refusal(ResponseBody::Json(support::tree(&wide)), &Secrets::default()));
    let AuthError::Refused(_, said) = error else { panic!("{error:?}") };
    assert_eq!(said.fields.len(), 64);

    let options = support::options(&json!({ "baseUrl": "https://api.example.com" }));
    let secrets = Secrets::default();
    let exchange = login(&options, &secrets);
    let mut granted = wide;
    granted["access_token"] = json!("token-1");
    assert!(in_time("a wide reply", || reply::adopt(&support::tree(&granted), &exchange)).is_ok());
}

#[test]
fn a_long_challenge_is_read_once() {
    for header in ["\"", "=", ",", "a=\"\\", "Bearer x=", "Bearer a=b,", "\u{e4}"] {
        let header = header.repeat(MEBIBYTE / header.len());
        in_time("a challenge", || challenge::bearer(&header));
    }
}
