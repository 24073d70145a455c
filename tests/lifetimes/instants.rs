//! What a JWT and an instant tell of a lifetime, by whichever clock, and that a hostile JWT tells nothing.

use serde_json::{Value, json};
use wasm_auth_session::core::jwt;

use super::answers::{
    DAY, HOUR, SENT, TEN_YEARS, UNKNOWN, by_expires_in, by_jwt, json_answer, jwt_of, jwt_of_text, options, read,
};
use crate::support::NATIVE;

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
