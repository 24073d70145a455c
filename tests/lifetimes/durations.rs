//! A lifetime as a reply states it: in every unit, in a text, too short, too long, or not at all.

use serde_json::{Value, json};
use wasm_auth_session::core::event::WarningCode;
use wasm_auth_session::core::schedule;
use wasm_auth_session::core::transport::ResponseBody;
use wasm_auth_session::core::tree::Tree;
use wasm_auth_session::core::units::Millis;

use super::answers::{
    DAY, HOUR, SENT, TEN_YEARS, UNKNOWN, answer, by_expires_in, by_jwt, json_answer, jwt_of, options, read,
};

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
fn f05_a_lifetime_that_cannot_be_read_leaves_it_to_the_next_source_and_to_the_token() {
    // As many a tutorial of NestJS and Express has it.
    let token = jwt_of(&json!({ "iat": 1_000, "exp": 4_600 }));
    let by_token = json_answer(&json!({ "access_token": token, "expires_in": "1h" }));
    assert_eq!(read(&by_token, &options(&json!({}))), (Some(HOUR), None));
    let row = options(
        &json!({ "reply": { "lifetime": [{ "at": "/expires_in", "as": "seconds" }, { "at": "/ttl", "as": "seconds" }] } }),
    );
    let by_next = json_answer(&json!({ "access_token": "opaque", "expires_in": "1h", "ttl": 3600 }));
    assert_eq!(read(&by_next, &row), (Some(HOUR), None));
    let by_none = json_answer(&json!({ "access_token": token, "expires_in": 0 }));
    assert_eq!(read(&by_none, &options(&json!({}))), UNKNOWN, "none at all is a lifetime that was read");
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
