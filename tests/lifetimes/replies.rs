//! Which token replies are believed, and what is kept of them.

use serde_json::{Value, json};
use wasm_auth_session::core::error::{AuthError, Phase};
use wasm_auth_session::core::options::Options;
use wasm_auth_session::core::secret::SharedSecret;
use wasm_auth_session::core::token_set::TokenSet;
use wasm_auth_session::core::transport::ResponseBody;
use wasm_auth_session::core::tree::Tree;

use super::answers::{Decoded, answer, decode, json_answer, jwt_of, options, read};
use crate::support::{self, NATIVE};

#[test]
fn f13_f14_a_refresh_reply_without_a_refresh_token_keeps_the_old_one() {
    let before = TokenSet {
        refresh_token: Some(SharedSecret::new("old-refresh".to_owned())),
        scope: Some("public".to_owned()),
        user: Some("alice".to_owned()),
        extra: support::tree(&json!({ "orgs": ["acme"] })),
        ..TokenSet::default()
    };
    for body in [
        json!({ "access_token": "new" }),
        json!({ "access_token": "new", "refresh_token": null }),
        json!({ "access_token": "new", "refresh_token": "" }),
    ] {
        let (tokens, _) = decode(&json_answer(&body), &options(&json!({})), Phase::Refresh).expect("a token set");
        let renewed = tokens.continuing(&before);
        assert_eq!(renewed.refresh_token.as_ref().map(SharedSecret::expose), Some("old-refresh"), "{body}");
        assert_eq!(renewed.access_token.as_ref().map(SharedSecret::expose), Some("new"));
        assert_eq!((renewed.scope.as_deref(), renewed.user.as_deref()), (Some("public"), Some("alice")));
        assert_eq!(support::json(&renewed.extra), json!({ "orgs": ["acme"] }));
    }
    let body = json!({ "access_token": "new", "refresh_token": "new-refresh", "scope": "write" });
    let (tokens, _) = decode(&json_answer(&body), &options(&json!({})), Phase::Refresh).expect("a token set");
    let renewed = tokens.continuing(&before);
    assert_eq!(renewed.refresh_token.as_ref().map(SharedSecret::expose), Some("new-refresh"));
    assert_eq!(renewed.scope.as_deref(), Some("write"));
}

fn assert_invalid(decoded: &Decoded, at: &str, case: &str) {
    match decoded {
        Err(AuthError::InvalidResponse { pointer, .. }) => assert_eq!(pointer, at, "{case}"),
        other => panic!("{case}: {other:?}"),
    }
}

#[test]
fn f15_a_reply_without_an_access_token_is_an_invalid_response_that_says_where() {
    for body in [
        json!({}),
        json!({ "access_token": null }),
        json!({ "access_token": "" }),
        json!({ "access_token": 5 }),
        json!([]),
        Value::Null,
    ] {
        for phase in [Phase::Login, Phase::Refresh] {
            assert_invalid(
                &decode(&json_answer(&body), &options(&json!({})), phase),
                "/access_token",
                &body.to_string(),
            );
        }
    }
}

#[test]
fn f18_any_spelling_of_bearer_and_none_at_all_is_taken() {
    for token_type in [json!("bearer"), json!("BEARER"), json!("Bearer"), json!(""), json!(null)] {
        let body = json!({ "access_token": "opaque", "token_type": token_type, "expires_in": 60 });
        assert_eq!(read(&json_answer(&body), &options(&json!({}))), (Some(60_000), None), "{token_type}");
    }
}

#[test]
fn f19_a_token_type_that_is_not_understood_is_refused_and_never_used_as_bearer() {
    for token_type in ["DPoP", "mac", "N_A"] {
        let body = json!({ "access_token": "opaque", "token_type": token_type });
        assert_invalid(&decode(&json_answer(&body), &options(&json!({})), Phase::Login), "/token_type", token_type);
        let by_another_header = options(&json!({ "use": { "header": "X-Auth", "scheme": "" } }));
        assert!(decode(&json_answer(&body), &by_another_header, Phase::Login).is_ok(), "{token_type}");
    }
}

#[test]
fn f21_a_text_that_cannot_stand_in_a_header_is_no_token() {
    let too_long = "a".repeat(16 * 1024 + 1);
    let hostile = ["a\r\nX-Evil: 1", "a\0b", "a b", "tökén", "\u{feff}a", "a\u{7f}", too_long.as_str()];
    for token in hostile {
        let at_access = json!({ "access_token": token });
        assert_invalid(&decode(&json_answer(&at_access), &options(&json!({})), Phase::Login), "/access_token", token);
        let at_refresh = json!({ "access_token": "a", "refresh_token": token });
        assert_invalid(&decode(&json_answer(&at_refresh), &options(&json!({})), Phase::Login), "/refresh_token", token);
    }
    let longest = json!({ "access_token": "a".repeat(16 * 1024) });
    assert!(decode(&json_answer(&longest), &options(&json!({})), Phase::Login).is_ok());
}

#[test]
fn f22_an_oauth_error_under_status_200_is_that_error() {
    let body = json!({ "error": "invalid_grant", "error_description": "Bad." });
    let refused =
        |phase| decode(&json_answer(&body), &options(&json!({})), phase).expect_err("a refusal").code().row().name;
    assert_eq!(refused(Phase::Login), "invalid_credentials");
    assert_eq!(refused(Phase::Refresh), "session_ended");
}

#[test]
fn f22_a_row_can_say_how_a_server_refuses_under_status_200() {
    let row = options(&json!({ "rejection": { "rules": [
        { "phase": "login", "status": 200, "at": "/success", "is": false, "code": "invalid_credentials" },
    ] } }));
    let body = json!({ "success": false, "message": "Wrong password" });
    let error = decode(&json_answer(&body), &row, Phase::Login).expect_err("a refusal");
    assert_eq!(error.code().row().name, "invalid_credentials");
    assert_eq!(support::json(&error.to_tree())["serverMessage"], "Wrong password");
    assert!(decode(&json_answer(&json!({ "success": false, "access_token": "a" })), &row, Phase::Login).is_ok());
}

#[test]
fn f22_an_envelope_that_says_there_is_no_error_is_no_refusal() {
    for none in [json!(false), json!(null), json!(0), json!(""), json!([]), json!({})] {
        let body = json!({ "error": none, "data": { "jwt": "a" } });
        assert_invalid(&decode(&json_answer(&body), &options(&json!({})), Phase::Login), "/access_token", "no error");
    }
    for some in [json!(true), json!(5), json!("no"), json!(["no"]), json!({ "code": "no" })] {
        let refused = decode(&json_answer(&json!({ "error": some })), &options(&json!({})), Phase::Login);
        assert_eq!(refused.expect_err("a refusal").code().row().name, "rejected", "{some}");
    }
}

#[test]
fn f22_what_is_said_to_be_no_success_is_a_refusal_with_the_servers_words() {
    for name in ["success", "ok"] {
        let said = |is: Value| {
            decode(&json_answer(&json!({ name: is, "message": "No." })), &options(&json!({})), Phase::Login)
        };
        let error = support::json(&said(json!(false)).expect_err("a refusal").to_tree());
        assert_eq!([&error["code"], &error["serverMessage"]], ["rejected", "No."]);
        assert_invalid(&said(json!(true)), "/access_token", "a success");
    }
}

#[test]
fn f22_a_status_of_its_own_under_status_200_is_a_refusal_with_the_servers_words() {
    let said = |name: &str, is: &Value| {
        decode(&json_answer(&json!({ name: is, "msg": "No." })), &options(&json!({})), Phase::Login)
    };
    for (name, is) in [
        ("code", json!(500)),
        ("code", json!(401)),
        ("statusCode", json!(400)),
        ("status", json!(599)),
        ("status", json!(false)),
        ("status", json!("error")),
        ("status", json!("fail")),
    ] {
        let error = support::json(&said(name, &is).expect_err("a refusal").to_tree());
        assert_eq!([&error["code"], &error["serverMessage"]], ["rejected", "No."], "{name} {is}");
    }
    for is in [json!(200), json!(0), json!(20_000), json!(true), json!("ok"), json!("pending"), json!(null)] {
        assert_invalid(&said("status", &is), "/access_token", "a success");
    }
    let granted = json!({ "code": 500, "access_token": "a" });
    assert!(decode(&json_answer(&granted), &options(&json!({})), Phase::Login).is_ok());
}

#[test]
fn f22_errors_beside_no_token_are_a_refusal_with_the_servers_words() {
    // GraphQL answers with 200 whatever comes of it.
    let fault =
        json!([{ "message": "Wrong password.", "path": ["login"], "extensions": { "code": "UNAUTHENTICATED" } }]);
    let row = options(&json!({ "reply": { "accessToken": "/data/login/token" } }));
    let body = json!({ "data": null, "errors": fault });
    let error = decode(&json_answer(&body), &row, Phase::Login).expect_err("a refusal");
    let error = support::json(&error.to_tree());
    let told = [&error["code"], &error["serverMessage"], &error["serverCode"], &error["fields"]];
    assert_eq!(told, [&json!("rejected"), &json!("Wrong password."), &json!("UNAUTHENTICATED"), &Value::Null]);
    for none in [json!([]), json!(null)] {
        let body = json!({ "data": { "login": null }, "errors": none });
        assert_invalid(&decode(&json_answer(&body), &row, Phase::Login), "/data/login/token", "no error");
    }
    let both = json!({ "data": { "login": { "token": "a" } }, "errors": fault });
    assert!(decode(&json_answer(&both), &row, Phase::Login).is_ok(), "a fault of another field");
}

#[test]
fn f26_f27_text_and_html_are_no_token_reply() {
    for text in ["<!doctype html><title>Wi-Fi login</title>", "OK", ""] {
        let response = answer(ResponseBody::read(text, NATIVE.parse_json));
        assert_invalid(&decode(&response, &options(&json!({})), Phase::Refresh), "", text);
    }
    let mut html = answer(ResponseBody::read("<h1>Bad gateway: alice-password</h1>", NATIVE.parse_json));
    html.status = 502;
    let error = decode(&html, &options(&json!({})), Phase::Refresh).expect_err("a refusal");
    assert_eq!(
        support::json(&error.to_tree()),
        json!({
            "code": "server", "message": "the server failed", "retryable": true, "phase": "refresh", "status": 502,
        })
    );
}

#[test]
fn f29_doubled_keys_a_byte_order_mark_and_deep_nesting_are_survived() {
    let bom = answer(ResponseBody::read("\u{feff} {\"access_token\":\"a\",\"expires_in\":60}", NATIVE.parse_json));
    assert_eq!(read(&bom, &options(&json!({}))), (Some(60_000), None));
    let doubled = Tree::map([("access_token", Tree::text("first")), ("access_token", Tree::text("last"))]);
    let (tokens, _) =
        decode(&answer(ResponseBody::Json(doubled)), &options(&json!({})), Phase::Login).expect("a token set");
    assert_eq!(tokens.access_token.as_ref().map(SharedSecret::expose), Some("last"));
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let response = answer(ResponseBody::read(&deep, NATIVE.parse_json));
    assert_invalid(&decode(&response, &options(&json!({})), Phase::Login), "", "too deep to parse");
}

#[test]
fn f31_a_token_reply_may_be_201_and_a_partial_or_empty_one_is_none() {
    let tokens = json!({ "access_token": "a", "expires_in": 60 });
    let mut created = json_answer(&tokens);
    created.status = 201;
    assert_eq!(read(&created, &options(&json!({}))), (Some(60_000), None));
    let mut partial = json_answer(&tokens);
    partial.status = 206;
    assert_invalid(&decode(&partial, &options(&json!({})), Phase::Login), "", "206");
    for status in [204, 205] {
        let mut empty = answer(ResponseBody::Empty);
        empty.status = status;
        assert_invalid(&decode(&empty, &options(&json!({})), Phase::Login), "", "empty");
    }
}

#[test]
fn fields_that_are_neither_tokens_nor_lifetimes_are_kept_and_secret_ones_are_not() {
    let body = json!({
        "access_token": "a-token", "refresh_token": "r-token", "id_token": "i-token", "token_type": "bearer", "expires_in": 60,
        "scope": "x", "orgs": [{ "key": "acme", "api_secret": "s" }], "user": { "name": "Alice", "password_hash": "h" }, "mfa": false,
    });
    let (tokens, _) = decode(&json_answer(&body), &options(&json!({})), Phase::Login).expect("a token set");
    assert_eq!(
        support::json(&tokens.extra),
        json!({ "orgs": [{ "key": "acme" }], "user": { "name": "Alice" }, "mfa": false })
    );
}

#[test]
fn the_user_is_who_the_row_points_at_and_else_the_tokens_sub() {
    let token = jwt_of(&json!({ "sub": "by-token" }));
    let pointed = options(&json!({ "reply": { "user": "/user/id" } }));
    let user = |body: Value, row: &Options| decode(&json_answer(&body), row, Phase::Login).expect("a token set").0.user;
    assert_eq!(
        user(json!({ "access_token": token, "user": { "id": "by-reply" } }), &pointed).as_deref(),
        Some("by-reply")
    );
    assert_eq!(user(json!({ "access_token": token, "user": { "id": 7 } }), &pointed).as_deref(), Some("7"));
    assert_eq!(user(json!({ "access_token": token, "user": { "id": null } }), &pointed), None);
    assert_eq!(user(json!({ "access_token": token }), &options(&json!({}))).as_deref(), Some("by-token"));
    assert_eq!(user(json!({ "access_token": "opaque" }), &options(&json!({}))), None);
    // RFC 7519 asks for a text; who hands an account's number to a JWT library gets a number.
    let numbered = jwt_of(&json!({ "sub": 42 }));
    assert_eq!(user(json!({ "access_token": numbered }), &options(&json!({}))).as_deref(), Some("42"));
    // SimpleJWT, tutorials of Express, .NET.
    for name in ["user_id", "userId", "nameid"] {
        let token = jwt_of(&json!({ "sub": null, name: 42 }));
        assert_eq!(user(json!({ "access_token": token }), &options(&json!({}))).as_deref(), Some("42"), "{name}");
        let token = jwt_of(&json!({ name: 42, "sub": "by-token" }));
        assert_eq!(user(json!({ "access_token": token }), &options(&json!({}))).as_deref(), Some("by-token"), "{name}");
    }
}

#[test]
fn tokens_are_found_under_other_names_and_at_other_depths() {
    let row = options(&json!({ "reply": { "accessToken": ["/data/token", "/jwt"], "refreshToken": "/data/renewal" } }));
    let tokens = |body: Value| decode(&json_answer(&body), &row, Phase::Login).expect("a token set").0;
    let nested = tokens(json!({ "data": { "token": "deep", "renewal": "r" } }));
    assert_eq!(nested.access_token.as_ref().map(SharedSecret::expose), Some("deep"));
    assert_eq!(nested.refresh_token.as_ref().map(SharedSecret::expose), Some("r"));
    assert_eq!(support::json(&nested.extra), json!({}));
    assert_eq!(tokens(json!({ "jwt": "flat" })).access_token.as_ref().map(SharedSecret::expose), Some("flat"));
}

#[test]
fn a_token_that_comes_with_the_scheme_of_its_header_is_taken_without_it() {
    // As tutorials of passport-jwt and Spring have it.
    let token = jwt_of(&json!({ "sub": "alice", "iat": 1_000, "exp": 1_060 }));
    for (scheme, prefix) in [("Bearer", "Bearer "), ("Bearer", "bearer "), ("Token", "Token ")] {
        let row = options(&json!({ "use": { "scheme": scheme } }));
        let body = json!({ "access_token": format!("{prefix}{token}"), "refresh_token": format!("{prefix}r-1"), "copy": token });
        let (tokens, _) = decode(&json_answer(&body), &row, Phase::Login).expect("a token set");
        let texts = [&tokens.access_token, &tokens.refresh_token].map(|one| one.as_ref().map(SharedSecret::expose));
        assert_eq!(texts, [Some(token.as_str()), Some("r-1")], "{prefix}");
        assert_eq!((tokens.user.as_deref(), tokens.lifetime.map(|one| one.0)), (Some("alice"), Some(60_000)));
        assert_eq!(support::json(&tokens.extra), json!({}));
    }
    for (scheme, text) in
        [("Bearer", "Token a"), ("", "Bearer a"), ("", " a"), ("Bearer", "Bearer "), ("Bearer", "Bearer a b")]
    {
        let row = options(&json!({ "use": { "scheme": scheme } }));
        assert_invalid(
            &decode(&json_answer(&json!({ "access_token": text })), &row, Phase::Login),
            "/access_token",
            text,
        );
    }
}
