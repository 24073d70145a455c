//! Native: how long a token lasts, and which token replies are believed.
#![cfg(not(target_arch = "wasm32"))]
mod support;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use support::NATIVE;
use wasm_auth_session::core::error::{AuthError, Phase};
use wasm_auth_session::core::event::WarningCode;
use wasm_auth_session::core::jwt;
use wasm_auth_session::core::options::Options;
use wasm_auth_session::core::redact::Secrets;
use wasm_auth_session::core::reply::{self, Exchange};
use wasm_auth_session::core::schedule;
use wasm_auth_session::core::secret::SharedSecret;
use wasm_auth_session::core::token_set::TokenSet;
use wasm_auth_session::core::transport::{HttpResponse, ResponseBody};
use wasm_auth_session::core::tree::Tree;
use wasm_auth_session::core::units::{Millis, UnixMillis};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const TEN_YEARS: i64 = 3_650 * DAY;
/// 2026-11-22T03:00:00Z, by this machine's clock.
const SENT: i64 = 1_795_316_400_000;

type Decoded = Result<(TokenSet, Option<WarningCode>), AuthError>;
type Lifetime = (Option<i64>, Option<WarningCode>);

const UNKNOWN: Lifetime = (None, Some(WarningCode::LifetimeUnknown));

/// An answer of 200, to be varied.
fn answer(body: ResponseBody) -> HttpResponse {
    HttpResponse {
        status: 200,
        content_type: "application/json".to_owned(),
        date: None,
        retry_after: None,
        www_authenticate: None,
        body,
    }
}

fn json_answer(body: &Value) -> HttpResponse {
    answer(ResponseBody::Json(support::tree(body)))
}

fn options(extra: &Value) -> Options {
    let mut given = json!({ "baseUrl": "https://api.example.com" });
    given.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
    support::options(&given)
}

fn decode(response: &HttpResponse, options: &Options, phase: Phase) -> Decoded {
    let secrets = Secrets::default();
    let exchange = Exchange { phase, options, platform: &NATIVE, sent_at: UnixMillis(SENT), secrets: &secrets };
    reply::decode(response, &options.dialect.reply, &exchange)
}

fn read(response: &HttpResponse, options: &Options) -> Lifetime {
    let (tokens, warning) = decode(response, options, Phase::Login).expect("a token set");
    (tokens.lifetime.map(|lifetime| lifetime.0), warning)
}

/// The lifetime of an opaque token beside this `expires_in`.
fn by_expires_in(expires_in: &Value) -> Lifetime {
    read(&json_answer(&json!({ "access_token": "opaque", "expires_in": expires_in })), &options(&json!({})))
}

fn jwt_of(claims: &Value) -> String {
    jwt_of_text(&claims.to_string())
}

fn jwt_of_text(payload: &str) -> String {
    format!("eyJhbGciOiJIUzI1NiJ9.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(payload))
}

fn by_jwt(claims: &Value) -> Lifetime {
    read(&json_answer(&json!({ "access_token": jwt_of(claims) })), &options(&json!({})))
}

#[test]
fn f01_a_lifetime_in_a_text_is_the_number_it_spells() {
    for text in ["3600", " 3600 ", "3600.0", "3.6e3"] {
        assert_eq!(by_expires_in(&json!(text)), (Some(HOUR), None), "{text}");
    }
}

#[test]
fn f02_a_fraction_of_a_second_is_kept_down_to_the_millisecond() {
    assert_eq!(by_expires_in(&json!(3599.7)), (Some(3_599_700), None));
    assert_eq!(by_expires_in(&json!(0.0015)), (Some(1), None));
    assert_eq!(by_expires_in(&json!(3.6e3)), (Some(HOUR), None));
}

#[test]
fn f03_f04_zero_and_less_are_unknown_and_neither_now_nor_never() {
    for value in [json!(0), json!("0"), json!(-1), json!("-3600"), json!(-1e308), json!(0.0004)] {
        assert_eq!(by_expires_in(&value), UNKNOWN, "{value}");
    }
}

#[test]
fn f05_what_is_no_number_is_unknown() {
    for value in [
        json!("abc"),
        json!("NaN"),
        json!("0x10"),
        json!("1h"),
        json!(true),
        json!({}),
        json!([]),
        json!([3600]),
        json!(""),
    ] {
        assert_eq!(by_expires_in(&value), UNKNOWN, "{value}");
    }
    let nan = Tree::map([("access_token", Tree::text("opaque")), ("expires_in", Tree::Number(f64::NAN))]);
    assert_eq!(read(&answer(ResponseBody::Json(nan)), &options(&json!({}))), UNKNOWN);
}

#[test]
fn f06_without_a_stated_lifetime_a_jwt_tells_it_as_a_duration_of_its_own_clock() {
    for skew in [-DAY / 1000, 0, DAY / 1000] {
        let issued = SENT / 1000 + skew;
        assert_eq!(by_jwt(&json!({ "iat": issued, "exp": issued + 900 })), (Some(900_000), None), "{skew}");
    }
    let beside_null = json!({ "access_token": jwt_of(&json!({ "iat": 10, "exp": 910 })), "expires_in": null });
    assert_eq!(read(&json_answer(&beside_null), &options(&json!({}))), (Some(900_000), None));
    assert_eq!(by_expires_in(&Value::Null), UNKNOWN);
}

#[test]
fn f06_a_bare_exp_is_measured_from_the_servers_date_where_it_can_be_read() {
    let mut response = json_answer(&json!({ "access_token": jwt_of(&json!({ "exp": SENT / 1000 + 900 })) }));
    assert_eq!(read(&response, &options(&json!({}))), (Some(900_000), None));
    response.date = Some("Sun, 22 Nov 2026 03:10:00 GMT".to_owned());
    assert_eq!(read(&response, &options(&json!({}))), (Some(300_000), None));
    response.date = Some("yesterday".to_owned());
    assert_eq!(read(&response, &options(&json!({}))), (Some(900_000), None));
}

#[test]
fn f06_a_bare_exp_that_makes_no_sense_is_unknown() {
    for exp in [SENT / 1000, SENT / 1000 - 1, 0, -5, (SENT + TEN_YEARS) / 1000 + 1] {
        assert_eq!(by_jwt(&json!({ "exp": exp })), UNKNOWN, "{exp}");
    }
    assert_eq!(by_jwt(&json!({ "exp": (SENT + TEN_YEARS) / 1000 })), (Some(TEN_YEARS), None));
    let short = options(&json!({ "maxLifetimeMs": 60_000 }));
    let response = json_answer(&json!({ "access_token": jwt_of(&json!({ "exp": SENT / 1000 + 61 })) }));
    assert_eq!(read(&response, &short), UNKNOWN);
}

#[test]
fn f06_an_iat_after_exp_does_not_make_the_token_expired_at_once() {
    let issued_late = json!({ "iat": SENT / 1000 + 5_000, "exp": SENT / 1000 + 900 });
    assert_eq!(by_jwt(&issued_late), (Some(900_000), None));
}

#[test]
fn f07_an_overlong_lifetime_is_cut_with_a_warning_and_never_wraps() {
    let cut = (Some(TEN_YEARS), Some(WarningCode::LifetimeClamped));
    for value in [json!(1e308), json!(9_007_199_254_740_993_i64), json!("1e300"), json!(TEN_YEARS / 1000 + 1)] {
        assert_eq!(by_expires_in(&value), cut, "{value}");
    }
    let infinite = Tree::map([("access_token", Tree::text("opaque")), ("expires_in", Tree::Number(f64::INFINITY))]);
    assert_eq!(read(&answer(ResponseBody::Json(infinite)), &options(&json!({}))), cut);
    assert_eq!(by_expires_in(&json!(TEN_YEARS / 1000)), (Some(TEN_YEARS), None));
    for claims in [json!({ "iat": 0, "exp": 1e308 }), json!({ "iat": -1e308, "exp": 1e308 })] {
        assert_eq!(by_jwt(&claims), cut, "{claims}");
    }
    let a_minute = options(&json!({ "maxLifetimeMs": 60_000 }));
    let response = json_answer(&json!({ "access_token": "opaque", "expires_in": 3600 }));
    assert_eq!(read(&response, &a_minute), (Some(60_000), Some(WarningCode::LifetimeClamped)));
}

#[test]
fn f08_a_lifetime_beyond_the_longest_browser_timer_is_kept_whole() {
    assert_eq!(by_expires_in(&json!(30 * DAY / 1000)), (Some(30 * DAY), None));
}

#[test]
fn f09_the_margin_is_at_most_a_fifth_of_a_short_lifetime() {
    for (lifetime, at_most) in [(1_000, 220), (50_000, 11_000), (60_000, 13_200), (HOUR, 66_000)] {
        for chance in [0, 500, 999] {
            let margin = schedule::margin(Millis(lifetime), Millis(60_000), chance).0;
            assert!(margin <= at_most && margin > 0, "{lifetime}: {margin}");
        }
    }
}

#[test]
fn f10_milliseconds_sent_as_seconds_are_found_out_by_the_jwt() {
    let token = jwt_of(&json!({ "iat": SENT / 1000, "exp": SENT / 1000 + 3600 }));
    let response = json_answer(&json!({ "access_token": token, "expires_in": 3_600_000 }));
    assert_eq!(read(&response, &options(&json!({}))), (Some(HOUR), None));
    assert_eq!(by_expires_in(&json!(3_600_000)), (Some(3_600_000_000), None));
}

#[test]
fn f10_a_jwt_that_outlives_the_stated_lifetime_does_not_stretch_it() {
    let token = jwt_of(&json!({ "iat": SENT / 1000, "exp": SENT / 1000 + 7200 }));
    let response = json_answer(&json!({ "access_token": token, "expires_in": 3600 }));
    assert_eq!(read(&response, &options(&json!({}))), (Some(HOUR), None));
}

#[test]
fn f11_a_duration_wins_over_an_instant_of_another_clock() {
    let both = json!({ "reply": { "lifetime": [
        { "at": "/expires_in", "as": "seconds" }, { "at": "/expires_at", "as": "unixSeconds" },
    ] } });
    for skew in [-DAY, DAY] {
        let expires_at = (SENT + skew) / 1000 + 3600;
        let body = json!({ "access_token": "opaque", "expires_in": 3600, "expires_at": expires_at });
        assert_eq!(read(&json_answer(&body), &options(&both)), (Some(HOUR), None));
        // Alone, the instant counts from the token's own iat, which is of the same clock.
        let token = jwt_of(&json!({ "iat": (SENT + skew) / 1000 }));
        let body = json!({ "access_token": token, "expires_at": expires_at });
        assert_eq!(read(&json_answer(&body), &options(&both)), (Some(HOUR), None), "{skew}");
    }
}

#[test]
fn every_unit_is_read_as_what_it_is() {
    let cases = [
        ("seconds", json!(900), 900_000),
        ("seconds", json!("900"), 900_000),
        ("milliseconds", json!(900_000), 900_000),
        ("milliseconds", json!("900000"), 900_000),
        ("iso8601", json!("2026-11-22T03:15:00Z"), 900_000),
        ("iso8601", json!("2026-11-22T04:15:00.000+01:00"), 900_000),
        ("iso8601", json!("2026-11-22T03:15:00"), 900_000),
        ("iso8601", json!("2026-11-22 03:15:00.000123"), 900_000),
        ("iso8601", json!("2026-11-21T22:15:00-05:00"), 900_000),
        ("iso8601", json!("2026-11-23"), 21 * HOUR),
        ("unixSeconds", json!(SENT / 1000 + 900), 900_000),
        ("unixSeconds", json!((SENT / 1000 + 900).to_string()), 900_000),
        ("unixMillis", json!(SENT + 900_000), 900_000),
        ("unixMillis", json!((SENT + 900_000).to_string()), 900_000),
    ];
    for (unit, value, expected) in cases {
        let row = options(&json!({ "reply": { "lifetime": [{ "at": "/data/until", "as": unit }] } }));
        let response = json_answer(&json!({ "access_token": "opaque", "data": { "until": value } }));
        assert_eq!(read(&response, &row), (Some(expected), None), "{unit} {value}");
    }
}

#[test]
fn an_instant_is_measured_from_the_servers_date_where_it_can_be_read() {
    let row = options(&json!({ "reply": { "lifetime": [{ "at": "/until", "as": "iso8601" }] } }));
    let mut response = json_answer(&json!({ "access_token": "opaque", "until": "2026-11-22T03:15:00Z" }));
    response.date = Some("Sun, 22 Nov 2026 03:10:00 GMT".to_owned());
    assert_eq!(read(&response, &row), (Some(300_000), None));
}

#[test]
fn an_instant_that_is_none_is_unknown() {
    let cases = [
        ("iso8601", json!("07-17T14:58:20.109-04:00")),
        ("iso8601", json!("tomorrow")),
        ("iso8601", json!("3600")),
        ("iso8601", json!(1_795_316_400)),
        ("iso8601", json!("2026-13-45T99:99:99Z")),
        ("unixSeconds", json!("2026-11-22T03:15:00Z")),
        ("unixSeconds", json!(SENT)),
        ("unixMillis", json!(SENT / 1000)),
        ("unixMillis", json!({})),
    ];
    for (unit, value) in cases {
        let row = options(&json!({ "reply": { "lifetime": [{ "at": "/until", "as": unit }] } }));
        let response = json_answer(&json!({ "access_token": "opaque", "until": value }));
        assert_eq!(read(&response, &row), UNKNOWN, "{unit} {value}");
    }
}

#[test]
fn the_first_source_that_is_there_counts() {
    let row = options(
        &json!({ "reply": { "lifetime": [{ "at": "/ttl_ms", "as": "milliseconds" }, { "at": "/ttl", "as": "seconds" }] } }),
    );
    let lifetime = |body: &Value| read(&json_answer(body), &row);
    assert_eq!(lifetime(&json!({ "access_token": "a", "ttl_ms": 5_000, "ttl": 60 })), (Some(5_000), None));
    assert_eq!(lifetime(&json!({ "access_token": "a", "ttl_ms": null, "ttl": 60 })), (Some(60_000), None));
    assert_eq!(lifetime(&json!({ "access_token": "a", "ttl": 60 })), (Some(60_000), None));
}

#[test]
fn the_default_stands_in_wherever_nothing_believable_tells() {
    let row = options(&json!({ "defaultLifetimeMs": 600_000 }));
    let bare = jwt_of(&json!({ "exp": 5 }));
    for body in [
        json!({ "access_token": "opaque" }),
        json!({ "access_token": "opaque", "expires_in": "soon" }),
        json!({ "access_token": "opaque", "expires_in": 0 }),
        json!({ "access_token": bare }),
    ] {
        assert_eq!(read(&json_answer(&body), &row), (Some(600_000), None), "{body}");
    }
    let stated = json!({ "access_token": "opaque", "expires_in": 60 });
    assert_eq!(read(&json_answer(&stated), &row), (Some(60_000), None));
}

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
fn a_look_into_hostile_tokens_finds_nothing_and_never_fails() {
    let huge = format!("a.{}.b", "A".repeat(16 * 1024));
    let nothing = [
        "",
        ".",
        "..",
        "...",
        "a.b",
        "a.b.c",
        "a..c",
        ".e30.c",
        "a.e30.c.d",
        "a.e30.c.d.e",
        "a.!!!.c",
        "a.e30=.c=.",
        "a.bnVsbA==x.c",
        "a.gICA.c",
        huge.as_str(),
    ];
    for token in nothing {
        assert!(jwt::peek_unverified(token, NATIVE.parse_json).is_none(), "{token:.40}");
    }
    let hostile_claims = [
        "null",
        "[]",
        "5",
        "\"text\"",
        "{}",
        r#"{"exp":"5","iat":"4","sub":5.5}"#,
        r#"{"exp":null,"iat":{},"sub":[]}"#,
        r#"{"exp":true}"#,
        r#"{"__proto__":{"exp":5}}"#,
    ];
    for payload in hostile_claims {
        let claims = jwt::peek_unverified(&jwt_of_text(payload), NATIVE.parse_json).expect("JSON");
        assert_eq!((claims.exp, claims.iat, claims.sub), (None, None, None), "{payload}");
    }
    let padded = format!("a.{}.", "eyJleHAiOjV9====");
    assert_eq!(jwt::peek_unverified(&padded, NATIVE.parse_json).and_then(|claims| claims.exp), Some(5.0));
}

#[test]
fn any_bytes_between_two_dots_are_survived() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..20_000 {
        let mut token = String::from("h.");
        for _ in 0..(state % 40) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            token.push(char::from(b'!' + (state % 94) as u8));
        }
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        token.push_str(".s");
        let _ = jwt::peek_unverified(&token, NATIVE.parse_json);
    }
}
