//! Native: refusals and failures that no recorded server has sent yet.
#![cfg(not(target_arch = "wasm32"))]
mod support;

mod refusals {
    mod fields;
}

use serde_json::{Value, json};
use support::NATIVE;
use wasm_auth_session::core::dialect::CookiePolicy;
use wasm_auth_session::core::error::{AuthError, Phase, SessionEndReason, StorageOperation};
use wasm_auth_session::core::options::Options;
use wasm_auth_session::core::redact::Secrets;
use wasm_auth_session::core::rejection;
use wasm_auth_session::core::reply::Exchange;
use wasm_auth_session::core::transport::{HttpResponse, ResponseBody, TransportError};
use wasm_auth_session::core::units::{Millis, UnixMillis};

fn options(over: Value) -> Options {
    let mut given = json!({ "baseUrl": "https://api.example.com" });
    given.as_object_mut().expect("an object").extend(over.as_object().expect("an object").clone());
    support::options(&given)
}

fn answer(status: u16, body: ResponseBody) -> HttpResponse {
    HttpResponse { status, content_type: String::new(), date: None, retry_after: None, www_authenticate: None, body }
}

fn said(options: &Options, response: &HttpResponse) -> Value {
    said_in(Phase::Login, options, response)
}

fn said_in(phase: Phase, options: &Options, response: &HttpResponse) -> Value {
    let secrets = Secrets::default();
    let sent_at = UnixMillis(1_795_348_800_000);
    let exchange = Exchange { phase, options, platform: &NATIVE, sent_at, secrets: &secrets };
    support::json(&rejection::decode(response, &exchange).to_tree())
}

fn refused(status: u16, body: &Value) -> Value {
    said(&options(json!({})), &answer(status, ResponseBody::Json(support::tree(body))))
}

#[test]
fn a_bare_text_is_the_servers_message() {
    let error = refused(400, &json!("no such user"));
    assert_eq!([&error["code"], &error["serverMessage"]], ["rejected", "no such user"]);
    assert_eq!(error.get("extra"), None);
}

#[test]
fn what_a_row_calls_a_challenge_is_handed_over_whole_when_a_login_is_refused_and_only_then() {
    let token = "a".repeat(300);
    let row = options(json!({ "rejection": { "challenge": ["/mfa_token", "/next/state", "/none"] } }));
    let body = json!({ "error": "mfa_required", "mfa_token": token, "reset_token": token, "next": { "state": "handle", "step": 2 } });
    let response = answer(403, ResponseBody::Json(support::tree(&body)));
    let read = |phase, sent: &str| {
        let mut secrets = Secrets::default();
        secrets.add(sent);
        let exchange = Exchange { phase, options: &row, platform: &NATIVE, sent_at: UnixMillis(0), secrets: &secrets };
        let error = support::json(&rejection::decode(&response, &exchange).to_tree());
        ["challenge", "extra"].map(|name| error[name].clone())
    };
    let handed = json!({ "mfa_token": token, "next": { "state": "handle" } });
    assert_eq!(read(Phase::Login, "password"), [handed, json!({ "next": { "step": 2 } })]);
    assert_eq!(read(Phase::Refresh, "password"), [Value::Null, json!({ "next": { "state": "handle", "step": 2 } })]);
    let held_back = json!({ "next": { "state": "[redacted]", "step": 2 } });
    assert_eq!(
        read(Phase::Login, "handle"),
        [json!({ "mfa_token": token }), held_back],
        "what was sent is not handed back"
    );
}

#[test]
fn a_login_that_goes_on_with_a_challenge_is_neither_a_wrong_password_nor_a_locked_account() {
    // PocketBase asks with 401, Auth0 with 403.
    let row = |rules: Value| options(json!({ "rejection": { "challenge": "/mfaId", "rules": rules } }));
    let code = |row: &Options, phase, status, body: Value| {
        said_in(phase, row, &answer(status, ResponseBody::Json(support::tree(&body))))["code"].clone()
    };
    let silent = row(json!([]));
    for status in [400, 401, 403] {
        assert_eq!(code(&silent, Phase::Login, status, json!({ "mfaId": "x1y2" })), "rejected", "{status}");
    }
    assert_eq!(
        code(&silent, Phase::Login, 401, json!({ "mfaId": null })),
        "invalid_credentials",
        "nothing to go on with"
    );
    assert_eq!(code(&silent, Phase::Login, 429, json!({ "mfaId": "x1y2" })), "rate_limited");
    assert_eq!(code(&silent, Phase::Refresh, 401, json!({ "mfaId": "x1y2" })), "session_ended");
    let ruled = row(json!([{ "at": "/mfaId", "code": "forbidden" }]));
    assert_eq!(code(&ruled, Phase::Login, 401, json!({ "mfaId": "x1y2" })), "forbidden", "the row knows best");
}

#[test]
fn a_session_or_credential_in_a_refusal_is_not_shown_and_what_is_said_about_one_is() {
    // Cognito's and Firebase's handles for a second factor, where the row does not name them as a challenge.
    let body = json!({
        "ChallengeName": "SMS_MFA", "Session": "AYABeC1", "mfaPendingCredential": "AMSYmQ", "auth_session": "ce6772f5",
        "session": { "active": false, "expired_at": "2026-11-22" }, "message": "Invalid session",
    });
    let error = refused(400, &body);
    assert_eq!(error["serverMessage"], "Invalid session");
    let shown = json!({ "ChallengeName": "SMS_MFA", "session": { "active": false, "expired_at": "2026-11-22" } });
    assert_eq!(error["extra"], shown);
}

#[test]
fn a_code_is_found_where_graphql_and_aws_put_it() {
    let graphql = json!({ "errors": [{ "message": "No.", "extensions": { "code": "INVALID_CREDENTIALS" } }] });
    assert_eq!(refused(401, &graphql)["serverCode"], "INVALID_CREDENTIALS");
    let aws = refused(400, &json!({ "__type": "NotAuthorizedException", "message": "No." }));
    assert_eq!((&aws["serverCode"], aws.get("extra")), (&json!("NotAuthorizedException"), None));
}

#[test]
fn a_list_of_errors_or_messages_names_no_field_and_its_first_is_the_message() {
    let cases = [
        (json!({ "errors": ["Wrong password.", "Try again."] }), json!(null)),
        (json!({ "message": ["Wrong password."], "error": "Bad Request", "statusCode": 400 }), json!(null)),
        (json!(["Wrong password."]), json!(null)),
        (json!({ "errors": [{ "message": "Wrong password.", "code": "wrong" }] }), json!("wrong")),
        (
            json!({ "errors": [{ "detail": "Wrong password.", "title": "Unauthorized", "code": "wrong" }] }),
            json!("wrong"),
        ),
    ];
    for (body, code) in cases {
        let error = refused(400, &body);
        assert_eq!([&error["code"], &error["serverMessage"]], ["rejected", "Wrong password."], "{body}");
        assert_eq!((&error["fields"], &error["serverCode"]), (&Value::Null, &code), "{body}");
        assert!(error["extra"].to_string().contains("Wrong password."), "a list is kept whole: {error}");
    }
}

#[test]
fn a_message_and_a_code_are_found_where_well_known_servers_put_them() {
    let cases = [
        ("Phoenix", json!({ "errors": { "detail": "No." } }), json!(null)),
        ("Okta", json!({ "errorCode": "E1", "errorSummary": "No." }), json!("E1")),
        ("Java", json!({ "errorCode": "E1", "errorMessage": "No." }), json!("E1")),
        ("Auth0", json!({ "code": "E1", "description": "No." }), json!("E1")),
        ("ASP.NET Identity", json!([{ "code": "E1", "description": "No." }]), json!("E1")),
        ("ASP.NET Identity", json!({ "errors": [{ "code": "E1", "description": "No." }] }), json!("E1")),
        ("ASP.NET Web API, AWS", json!({ "Message": "No." }), json!(null)),
        ("Salesforce", json!([{ "errorCode": "E1", "message": "No." }]), json!("E1")),
        ("JSend", json!({ "status": "fail", "data": { "message": "No." } }), json!(null)),
        ("Django REST framework", json!({ "detail": ["No."] }), json!(null)),
        ("Express", json!({ "message": ["No."] }), json!(null)),
        ("Express", json!({ "error": ["No."] }), json!(null)),
        ("Express", json!({ "messages": ["No."] }), json!(null)),
        ("Express", json!({ "error": "Bad Request", "msg": "No." }), json!(null)),
    ];
    for (server, body, code) in cases {
        let error = refused(400, &body);
        assert_eq!([&error["code"], &error["serverMessage"]], ["rejected", "No."], "{server}: {error}");
        assert_eq!(error["serverCode"], code, "{server}");
    }
    let error = refused(429, &json!({ "retryAfterSeconds": 2, "remainingAttempts": 3 }));
    assert_eq!((&error["retryAfterMs"], &error["attemptsLeft"]), (&json!(2000), &json!(3)));
    assert_eq!(error.get("extra"), None);
}

#[test]
fn a_token_in_a_refusal_is_not_shown_whatever_its_name() {
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln-_";
    let body = json!({ "message": jwt, "challenge": jwt, "list": [jwt], "next": "mfa" });
    let shown = refused(403, &body);
    assert!(!shown.to_string().contains("eyJ"), "{shown}");
    assert_eq!(shown["extra"]["next"], "mfa");
}

#[test]
fn a_token_within_a_sentence_of_a_refusal_is_not_shown() {
    // Spring Security OAuth names the token that is over, which may be an older one than the session has.
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln-_";
    let says = |text: &str| {
        refused(401, &json!({ "error": "invalid_token", "error_description": text }))["errorDescription"].clone()
    };
    assert_eq!(says(&format!("Access token expired: {jwt}")), "Access token expired: [redacted]");
    assert_eq!(says(&format!("\"{jwt}\", \"{jwt}\"")), "\"[redacted]\", \"[redacted]\"");
    assert_eq!(says("eyJh.b is none, nor is eyJh. b. c"), "eyJh.b is none, nor is eyJh. b. c");
    let whole = said(&options(json!({})), &answer(400, ResponseBody::Text(jwt.to_owned())));
    assert_eq!([&whole["serverMessage"], &refused(400, &json!(jwt))["serverMessage"]], ["[redacted]", "[redacted]"]);
}

#[test]
fn an_empty_message_is_none() {
    // Spring Boot, as it is set up.
    let body = json!({ "status": 401, "error": "Unauthorized", "message": "", "path": "/login" });
    assert_eq!(refused(401, &body)["serverMessage"], "Unauthorized");
}

#[test]
fn f23_a_refresh_that_is_refused_with_401_and_invalid_request_ends_the_session() {
    // Laravel Passport says so of a refresh token that is over or revoked; RFC 6749 section 5.2 knows 401 of clients alone.
    let body = json!({ "error": "invalid_request", "error_description": "The refresh token is invalid.", "hint": "Token has been revoked" });
    let options = options(json!({}));
    let code = |phase: Phase, status: u16| {
        let response = answer(status, ResponseBody::Json(support::tree(&body)));
        said_in(phase, &options, &response)["code"].clone()
    };
    assert_eq!(code(Phase::Refresh, 401), "session_ended");
    assert_eq!(code(Phase::Login, 401), "invalid_credentials");
    assert_eq!([code(Phase::Refresh, 400), code(Phase::Login, 400)], ["misconfigured", "misconfigured"]);
}

#[test]
fn a_rule_that_asks_only_that_something_stands_there_is_kept_to_bodies_that_can_hold_it() {
    let row = options(json!({ "rejection": { "rules": [{ "at": "/locked_until", "code": "forbidden" }] } }));
    let code = |body| said(&row, &answer(400, body))["code"].clone();
    assert_eq!(code(ResponseBody::Json(support::tree(&json!({ "locked_until": 5 })))), "forbidden");
    assert_eq!(code(ResponseBody::Json(support::tree(&json!({ "locked": true })))), "rejected");
    assert_eq!(
        code(ResponseBody::Json(support::tree(&json!({ "locked_until": null })))),
        "rejected",
        "nothing is said"
    );
    assert_eq!(code(ResponseBody::Text("/locked_until".to_owned())), "rejected");
}

#[test]
fn a_rule_that_names_a_value_and_no_place_speaks_of_the_whole_body() {
    let row = options(json!({ "rejection": { "rules": [{ "is": "inactive", "code": "forbidden" }] } }));
    let code = |body: Value| said(&row, &answer(400, ResponseBody::Json(support::tree(&body))))["code"].clone();
    assert_eq!([code(json!("inactive")), code(json!("wrong"))], ["forbidden", "rejected"]);
}

#[test]
fn a_rule_that_lists_values_means_each_of_them() {
    let row = options(
        json!({ "rejection": { "rules": [{ "at": "/code", "is": ["LOCKED", 7, null], "code": "forbidden" }] } }),
    );
    let code = |body: Value| said(&row, &answer(400, ResponseBody::Json(support::tree(&body))))["code"].clone();
    for one in [json!("LOCKED"), json!(7), json!(null), json!(["LOCKED", 7, null])] {
        assert_eq!(code(json!({ "code": one })), "forbidden", "{one}");
    }
    assert_eq!([code(json!({ "code": 8 })), code(json!({}))], ["rejected"; 2]);
}

#[test]
fn f39_a_wait_until_a_date_counts_from_the_servers_own_clock_where_it_can_be_read() {
    let row = options(json!({}));
    let wait = |date: Option<&str>, until: &str| {
        let mut response = answer(429, ResponseBody::Empty);
        (response.date, response.retry_after) = (date.map(str::to_owned), Some(until.to_owned()));
        said(&row, &response)["retryAfterMs"].clone()
    };
    assert_eq!(wait(Some("Sun, 22 Nov 2026 10:00:00 GMT"), "Sun, 22 Nov 2026 10:00:30 GMT"), 30_000);
    assert_eq!(wait(None, "Sun, 22 Nov 2026 12:00:07 GMT"), 7_000);
    assert_eq!(wait(None, "Sun, 22 Nov 2020 12:00:07 GMT"), 0, "a date that is over is no wait");
    assert_eq!(wait(None, "Sun, 22 Nov 2099 12:00:07 GMT"), 3_600_000, "an hour at most");
    assert_eq!(wait(None, "tomorrow"), Value::Null);
    let in_body = json!({ "retry_after": "2026-11-22T12:00:09.5" });
    assert_eq!(refused(429, &in_body)["retryAfterMs"], 9_500, "an ISO time without a zone is UTC, as everywhere");
}

#[test]
fn a_failure_that_the_browser_hides_names_what_may_have_been_the_cause() {
    let row = options(json!({ "preset": "langflow" }));
    let failed = |why: TransportError| {
        let url = "https://api.example.com/api/v1/login";
        support::json(&why.into_error(Phase::Login, &row, CookiePolicy::Include, url, Millis(10_000)).to_tree())
    };
    let hint = failed(TransportError::Failed)["hint"].to_string();
    for part in ["Access-Control-Allow-Credentials: true", "LANGFLOW_CORS_ORIGINS", "connect-src"] {
        assert!(hint.contains(part), "{hint}");
    }
    let no_response = failed(TransportError::NoResponse);
    assert_eq!(no_response["code"], "network");
    assert_eq!(no_response["hint"], "What the page has put in the place of fetch gave back no Response.");
    assert_eq!(failed(TransportError::Offline)["causes"], json!(["offline"]));
    assert_eq!(failed(TransportError::TimedOut)["timeoutMs"], 10_000);
    assert_eq!(failed(TransportError::Cancelled)["code"], "superseded");
}

#[test]
fn f30_a_body_beyond_a_mebibyte_is_no_answer() {
    let row = options(json!({}));
    let error = TransportError::TooLarge(502).into_error(Phase::Refresh, &row, CookiePolicy::Omit, "", Millis(1));
    assert!(matches!(
        error,
        AuthError::InvalidResponse { phase: Phase::Refresh, status: 502, expected: "a body of at most 1 MiB", .. }
    ));
}

#[test]
fn a_message_says_what_a_console_would_otherwise_not_show() {
    let message = |error: AuthError| support::json(&error.to_tree())["message"].as_str().expect("a text").to_owned();
    let row = options(json!({}));
    let failed = TransportError::Failed.into_error(
        Phase::Login,
        &row,
        CookiePolicy::Omit,
        "https://api.example.com/token",
        Millis(1),
    );
    assert!(
        message(failed)
            .starts_with("no answer that the page may read: No readable answer from https://api.example.com/token.")
    );
    let cases = [
        (
            AuthError::Timeout { phase: Phase::Refresh, timeout: Millis(10_000) },
            "no complete answer before the deadline: refresh, 10000 ms",
        ),
        (
            AuthError::InvalidResponse {
                phase: Phase::Login,
                status: 200,
                pointer: "/data/token".to_owned(),
                expected: "a token",
            },
            "the answer is not what the options describe: login, status 200: /data/token must be a token",
        ),
        (
            AuthError::InvalidResponse {
                phase: Phase::Login,
                status: 200,
                pointer: String::new(),
                expected: "a JSON object",
            },
            "the answer is not what the options describe: login, status 200: the body must be a JSON object",
        ),
        (AuthError::ended(SessionEndReason::Expired), "there is no session: log in (expired)"),
        (
            AuthError::InsecureUrl { option: "baseUrl".to_owned(), origin: "http://api.example.com".to_owned() },
            "baseUrl: this URL would send secrets unencrypted: http://api.example.com. Use https:, or allowInsecureHttp where that is meant",
        ),
        (AuthError::Storage(StorageOperation::Write), "the session cannot be kept in storage (write)"),
        (AuthError::LockTimeout, "another tab is busy with this session"),
    ];
    for (error, text) in cases {
        assert_eq!(message(error), text);
    }
}
