//! The options by name and kind: which are known, what each may be, and what it is when left out.

use serde_json::json;
use wasm_auth_session::core::dialect::{ClientPlacement, CookiePolicy, Encoding};
use wasm_auth_session::core::event::StorageKind;
use wasm_auth_session::core::options::{RefreshMode, option_names};
use wasm_auth_session::core::units::Millis;

use super::given::{fault, parse, with};
use crate::support;

#[test]
fn an_isolated_session_is_in_memory() {
    for given in [json!({ "isolation": "worker" }), json!({ "isolation": "worker", "storage": "memory" })] {
        assert_eq!(parse(&with(&given)).expect("valid options").storage, StorageKind::Memory, "{given}");
    }
    assert_eq!(parse(&with(&json!({ "isolation": "none" }))).expect("valid options").storage, StorageKind::Local);
}

#[test]
fn what_is_left_out_has_a_default() {
    let options = parse(&with(&json!({}))).expect("valid options");
    assert_eq!(options.storage, StorageKind::Local);
    assert_eq!(options.refresh_mode, RefreshMode::Background);
    assert_eq!(
        (options.refresh_margin, options.timeout, options.logout_timeout),
        (Millis(60_000), Millis(10_000), Millis(5_000))
    );
    assert_eq!((options.default_lifetime, options.max_lifetime), (None, Millis(315_360_000_000)));
    assert!(
        !options.storage_required
            && options.client.id.is_none()
            && options.namespace.is_empty()
            && options.warnings.is_empty()
    );
    assert_eq!(options.dialect.usage.header, "Authorization");
    assert_eq!(options.dialect.usage.scheme, "Bearer");
    let grant = options.dialect.grant("password").expect("the grant of every preset");
    assert_eq!(
        (grant.request.encoding, grant.request.cookies, grant.request.client),
        (Encoding::Form, CookiePolicy::Omit, ClientPlacement::Body)
    );
}

#[test]
fn null_counts_as_left_out() {
    for name in option_names().filter(|name| *name != "baseUrl" && *name != "request") {
        assert!(
            parse(&with(&json!({ name: null, "refresh": { "by": "never" }, "end": { "by": "none" } }))).is_ok(),
            "{name}"
        );
    }
}

#[test]
fn an_unknown_option_is_named_with_the_nearest_known_one() {
    let cases = [
        (json!({ "refreshMarginMS": 1 }), "refreshMarginMS", "is not known: did you mean refreshMarginMs?"),
        (json!({ "timeout": 1 }), "timeout", "is not known: did you mean timeoutMs?"),
        (json!({ "clientID": "x" }), "clientID", "is not known: did you mean clientId?"),
        (json!({ "preset": "langflwo" }), "preset", "is not known: did you mean langflow?"),
        (json!({ "refresh": { "By": "never" } }), "refresh.By", "is not known: did you mean by?"),
        (
            json!({ "request": { "password": { "uri": "/x" } } }),
            "request.password.uri",
            "is not known: did you mean url?",
        ),
        (json!({ "reply": { "access_token": "/x" } }), "reply.access_token", "is not known: did you mean accessToken?"),
        (json!({ "end": { "bearers": true } }), "end.bearers", "is not known: did you mean bearer?"),
        (json!({ "use": { "schema": "x" } }), "use.schema", "is not known: did you mean scheme?"),
        (json!({ "csrf": { "cookie": "c", "headers": "h" } }), "csrf.headers", "is not known: did you mean header?"),
        (json!({ "rejection": { "rule": [] } }), "rejection.rule", "is not known: did you mean rules?"),
        (
            json!({ "rejection": { "rules": [{ "stat": 400, "code": "server" }] } }),
            "rejection.rules.stat",
            "is not known: did you mean status?",
        ),
    ];
    for (given, option, reason) in cases {
        let found = fault(&with(&given));
        assert_eq!((found.0.as_str(), found.1.as_str()), (option, reason), "{given}");
    }
    let far = fault(&with(&json!({ "zzzzzzzzzz": 1 }))).1;
    assert!(far.starts_with("is not known: known are baseUrl, preset, "), "{far}");
}

#[test]
fn a_value_of_the_wrong_kind_or_size_is_named_by_its_path() {
    let cases = [
        (json!({ "baseUrl": null }), "baseUrl"),
        (json!({ "baseUrl": 5 }), "baseUrl"),
        (json!({ "baseUrl": "api.example.com" }), "baseUrl"),
        (json!({ "baseUrl": "/api" }), "baseUrl"),
        (json!({ "preset": 5 }), "preset"),
        (json!({ "clientId": 5 }), "clientId"),
        (json!({ "clientSecret": ["s"] }), "clientSecret"),
        (json!({ "clientSecret": "s" }), "clientId"),
        (json!({ "scope": ["a", "b"] }), "scope"),
        (json!({ "namespace": {} }), "namespace"),
        (json!({ "storage": "cookie" }), "storage"),
        (json!({ "storage": true }), "storage"),
        (json!({ "isolation": "iframe" }), "isolation"),
        (json!({ "isolation": "worker", "storage": "local" }), "storage"),
        (json!({ "isolation": "worker", "preset": "geolens-cookie" }), "isolation"),
        (json!({ "storageRequired": "yes" }), "storageRequired"),
        (json!({ "allowInsecureHttp": 1 }), "allowInsecureHttp"),
        (json!({ "refreshMode": "lazy" }), "refreshMode"),
        (json!({ "refreshMarginMs": -1 }), "refreshMarginMs"),
        (json!({ "refreshMarginMs": "60000" }), "refreshMarginMs"),
        (json!({ "timeoutMs": 0 }), "timeoutMs"),
        (json!({ "timeoutMs": 120_001 }), "timeoutMs"),
        (json!({ "logoutTimeoutMs": 1e9 }), "logoutTimeoutMs"),
        (json!({ "defaultLifetimeMs": 0 }), "defaultLifetimeMs"),
        (json!({ "maxLifetimeMs": 1e300 }), "maxLifetimeMs"),
        (json!({ "request": [] }), "request"),
        (json!({ "request": { "password": "x" } }), "request.password"),
        (json!({ "request": { "password": { "url": 5 } } }), "request.password.url"),
        (json!({ "request": { "password": { "url": "token" } } }), "request.password.url"),
        (json!({ "request": { "password": { "url": "//evil.example" } } }), "request.password.url"),
        (json!({ "request": { "password": { "url": "https://" } } }), "request.password.url"),
        (json!({ "request": { "password": { "url": "https://u:p@api.example.com/" } } }), "request.password.url"),
        (json!({ "request": { "other": {} } }), "request.other.url"),
        (json!({ "request": { "password": { "method": "PATCH" } } }), "request.password.method"),
        (json!({ "request": { "password": { "method": "GET", "encoding": "form" } } }), "request.password.encoding"),
        (json!({ "request": { "password": { "method": "GET", "encoding": "none" } } }), "request.password.fields"),
        (json!({ "request": { "password": { "encoding": "xml" } } }), "request.password.encoding"),
        (json!({ "request": { "password": { "credentials": "yes" } } }), "request.password.credentials"),
        (json!({ "request": { "password": { "client": "header" } } }), "request.password.client"),
        (json!({ "request": { "password": { "constants": [] } } }), "request.password.constants"),
        (json!({ "request": { "password": { "constants": { "a": 1.5 } } } }), "request.password.constants.a"),
        (json!({ "request": { "password": { "constants": { "a": {} } } } }), "request.password.constants.a"),
        (json!({ "request": { "password": { "headers": { "X-A": 5 } } } }), "request.password.headers.X-A"),
        (json!({ "request": { "password": { "fields": { "username": 5 } } } }), "request.password.fields.username"),
        (json!({ "request": { "password": { "required": "username" } } }), "request.password.required"),
        (json!({ "request": { "password": { "required": ["user"] } } }), "request.password.required"),
        (json!({ "request": { "password": { "required": [5] } } }), "request.password.required"),
        (json!({ "reply": { "accessToken": "access_token" } }), "reply.accessToken"),
        (json!({ "reply": { "accessToken": ["/a", "b"] } }), "reply.accessToken"),
        (json!({ "reply": { "refreshToken": 5 } }), "reply.refreshToken"),
        (json!({ "reply": { "user": "sub" } }), "reply.user"),
        (json!({ "reply": { "lifetime": { "at": "/a", "as": "seconds" } } }), "reply.lifetime"),
        (json!({ "reply": { "lifetime": ["/expires_in"] } }), "reply.lifetime"),
        (json!({ "reply": { "lifetime": [{ "at": "/expires_in" }] } }), "reply.lifetime.as"),
        (json!({ "reply": { "lifetime": [{ "as": "seconds" }] } }), "reply.lifetime.at"),
        (json!({ "reply": { "lifetime": [{ "at": "/expires_in", "as": "hours" }] } }), "reply.lifetime.as"),
        (json!({ "rejection": { "rules": ["x"] } }), "rejection.rules"),
        (json!({ "rejection": { "rules": [{ "status": 400 }] } }), "rejection.rules.code"),
        (json!({ "rejection": { "rules": [{ "status": 400, "code": "network" }] } }), "rejection.rules.code"),
        (json!({ "rejection": { "rules": [{ "status": 99, "code": "server" }] } }), "rejection.rules.status"),
        (json!({ "rejection": { "rules": [{ "status": ["400"], "code": "server" }] } }), "rejection.rules.status"),
        (json!({ "rejection": { "rules": [{ "phase": "signup", "code": "server" }] } }), "rejection.rules.phase"),
        (json!({ "rejection": { "rules": [{ "at": "detail", "code": "server" }] } }), "rejection.rules.at"),
        (json!({ "rejection": { "rules": [{ "empty": "yes", "code": "server" }] } }), "rejection.rules.empty"),
        (json!({ "rejection": { "corsHint": 5 } }), "rejection.corsHint"),
        (json!({ "refresh": "never" }), "refresh"),
        (json!({ "refresh": { "by": "token" } }), "refresh.by"),
        (json!({ "refresh": { "by": "endpoint" } }), "refresh.url"),
        (json!({ "refresh": { "by": "cookie" } }), "refresh.url"),
        (json!({ "refresh": { "field": 5 } }), "refresh.field"),
        (json!({ "refresh": { "echo": ["/a"] } }), "refresh.echo"),
        (json!({ "refresh": { "echo": { "a": "b" } } }), "refresh.echo.a"),
        (json!({ "refresh": { "reply": { "accessToken": "x" } } }), "refresh.reply.accessToken"),
        (json!({ "end": { "by": "logout" } }), "end.by"),
        (json!({ "end": { "by": "endpoint", "url": null } }), "end.url"),
        (json!({ "end": { "bearer": "yes" } }), "end.bearer"),
        (json!({ "end": { "field": 5 } }), "end.field"),
        (json!({ "use": { "header": "X Auth" } }), "use.header"),
        (json!({ "use": { "scheme": "Bear\ner" } }), "use.scheme"),
        (json!({ "use": { "expired": [{ "status": "401" }] } }), "use.expired.status"),
        (json!({ "use": { "expired": [401] } }), "use.expired"),
        (json!({ "csrf": "csrf" }), "csrf"),
        (json!({ "csrf": { "cookie": "c" } }), "csrf.header"),
        (json!({ "csrf": { "header": "h" } }), "csrf.cookie"),
        (json!({ "csrf": { "cookie": "c", "header": "a:b" } }), "csrf.header"),
    ];
    for (given, option) in cases {
        assert_eq!(fault(&with(&given)).0, option, "{given}");
    }
}

#[test]
fn an_unknown_storage_is_answered_with_what_can_be_given() {
    let reason = "must be one of local, session, memory, indexeddb, or an object with getItem, setItem and removeItem";
    assert_eq!(fault(&with(&json!({ "storage": "cookie" }))), ("storage".to_owned(), reason.to_owned()));
}

#[test]
fn options_that_are_no_object_are_refused() {
    for given in [json!(null), json!("https://api.example.com"), json!([]), json!(5)] {
        assert_eq!(fault(&given), ("options".to_owned(), "must be an object".to_owned()));
    }
}

#[test]
fn an_option_error_never_repeats_a_value() {
    for given in [
        json!({ "clientSecret": ["canary"] }),
        json!({ "baseUrl": "https://user:canary@api.example.com" }),
        json!({ "request": { "password": { "headers": { "X-Key": "canary\n" } } } }),
        json!({ "request": { "password": { "constants": { "key": ["canary"] } } } }),
    ] {
        let error = parse(&with(&given)).expect_err("a fault");
        assert!(!format!("{error:?} {}", support::json(&error.to_tree())).contains("canary"), "{given}");
    }
}

#[test]
fn every_option_in_the_public_declaration_is_known_and_the_other_way_round() {
    let declaration =
        concat!(include_str!("../../src/js/types/options.d.ts"), include_str!("../../src/js/types/row.d.ts"));
    let members_of = |interface: &str| -> Vec<String> {
        let (_, rest) = declaration.split_once(&format!("export interface {interface} ")).expect("the interface");
        let (body, _) = rest.split_once("\n}").expect("its end");
        let names =
            body.lines().filter_map(|line| line.strip_prefix("  ")?.split_once([':', '?']).map(|(name, _)| name));
        names.filter(|name| name.chars().all(char::is_alphanumeric)).map(str::to_owned).collect()
    };
    let mut declared = [members_of("AuthSessionOptions"), members_of("BackendRow")].concat();
    let mut known: Vec<String> = option_names().map(str::to_owned).collect();
    declared.sort();
    known.sort();
    assert_eq!(declared, known);
}
