//! Native: what a session may be told, and what exactly is wrong with the rest.
#![cfg(not(target_arch = "wasm32"))]
mod support;

use std::collections::HashMap;

use serde_json::{Value, json};
use support::NATIVE;
use wasm_auth_session::core::dialect::presets::PRESETS;
use wasm_auth_session::core::dialect::{ClientPlacement, CookiePolicy, Encoding, RefreshBy};
use wasm_auth_session::core::error::AuthError;
use wasm_auth_session::core::event::{StorageKind, WarningCode};
use wasm_auth_session::core::options::{Options, RefreshMode, option_names};
use wasm_auth_session::core::units::Millis;

fn parse(given: &Value) -> Result<Options, AuthError> {
    Options::parse(&support::tree(given), &NATIVE, None)
}

/// Options that are valid but for what is laid over them.
fn with(extra: &Value) -> Value {
    let mut given = json!({ "baseUrl": "https://api.example.com" });
    given.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
    given
}

/// The option and the reason of an `invalid_options` error.
fn fault(given: &Value) -> (String, String) {
    match parse(given) {
        Err(AuthError::InvalidOptions { option, reason }) => (option, reason),
        other => panic!("{given}: {other:?}"),
    }
}

fn in_page(given: &Value, page: &str) -> Options {
    let page = (NATIVE.parse_url)(page).expect("a URL");
    Options::parse(&support::tree(given), &NATIVE, Some(&page)).expect("valid options")
}

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
fn f48_secrets_travel_over_https_or_stay_on_this_machine() {
    let loopback = [
        "http://localhost:7860",
        "http://127.0.0.1:7860/api",
        "http://127.8.9.1",
        "http://[::1]:80",
        "http://app.localhost",
        "https://x.example",
    ];
    for base in loopback {
        assert!(parse(&json!({ "baseUrl": base })).is_ok(), "{base}");
    }
    let refused = [
        "http://api.example.com",
        "http://192.168.1.5:7860",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://evil-localhost",
        "http://0.0.0.0",
        "ftp://localhost",
        "ws://localhost",
        "wss://x.example",
        "file:///etc",
        "data:text/plain,x",
        "blob:https://x.example/1",
        "javascript:alert(1)",
    ];
    for base in refused {
        match parse(&json!({ "baseUrl": base })) {
            Err(AuthError::InsecureUrl { option, .. }) => assert_eq!(option, "baseUrl", "{base}"),
            other => panic!("{base}: {other:?}"),
        }
    }
}

#[test]
fn f48_plain_http_on_a_local_network_must_be_asked_for() {
    let allowed = |base: &str| parse(&json!({ "baseUrl": base, "allowInsecureHttp": true }));
    assert!(allowed("http://192.168.1.5:7860").is_ok());
    assert!(allowed("http://langflow.lan").is_ok());
    assert!(allowed("ftp://192.168.1.5").is_err() && allowed("ws://192.168.1.5").is_err());
}

#[test]
fn f48_an_absolute_url_in_a_row_is_held_to_the_same() {
    for (column, row) in [
        ("request.password.url", json!({ "request": { "password": { "url": "http://api.example.com/token" } } })),
        ("refresh.url", json!({ "refresh": { "by": "endpoint", "url": "http://api.example.com/renew" } })),
        ("end.url", json!({ "end": { "url": "http://api.example.com/revoke" } })),
    ] {
        match parse(&with(&row)) {
            Err(AuthError::InsecureUrl { option, origin }) => {
                assert_eq!((option.as_str(), origin.as_str()), (column, "http://api.example.com"));
            }
            other => panic!("{column}: {other:?}"),
        }
    }
}

#[test]
fn f133_a_base_url_holds_no_credentials_query_or_fragment() {
    let cases = [
        ("https://user@api.example.com", "may not hold a user name or password"),
        ("https://:pass@api.example.com", "may not hold a user name or password"),
        ("https://api.example.com/?tenant=1", "may not hold a query or fragment"),
        ("https://api.example.com/#x", "may not hold a query or fragment"),
        ("//api.example.com", "is not an absolute URL"),
        ("https://", "is not an absolute URL"),
        ("", "is not an absolute URL"),
    ];
    for (base, reason) in cases {
        assert_eq!(fault(&json!({ "baseUrl": base })), ("baseUrl".to_owned(), reason.to_owned()), "{base}");
    }
}

#[test]
fn a_path_of_the_base_url_is_kept() {
    let login_url = |base: &str| {
        let options = parse(&json!({ "preset": "geolens", "baseUrl": base })).expect("valid options");
        options.dialect.grant("password").expect("a grant").request.url.href.clone()
    };
    assert_eq!(login_url("https://example.com"), "https://example.com/auth/login");
    assert_eq!(login_url("https://example.com/"), "https://example.com/auth/login");
    assert_eq!(login_url("https://example.com/api"), "https://example.com/api/auth/login");
    assert_eq!(login_url("https://example.com/api/"), "https://example.com/api/auth/login");
    assert_eq!(login_url("https://EXAMPLE.com:443/api"), "https://example.com/api/auth/login");
}

#[test]
fn an_absolute_url_in_a_row_stands_for_itself() {
    let row =
        json!({ "preset": "oauth2-form", "request": { "password": { "url": "https://login.example.com/token" } } });
    let options = parse(&with(&row)).expect("valid options");
    assert_eq!(options.dialect.grant("password").expect("a grant").request.url.href, "https://login.example.com/token");
    let refresh = options.dialect.refresh.expect("a refresh");
    assert_eq!(
        refresh.request.url.href, "https://login.example.com/token",
        "the refresh grant follows the token endpoint"
    );
}

#[test]
fn a_row_that_names_a_url_and_no_credentials_is_refused_at_once() {
    let row = json!({ "request": { "password": { "url": "/login" } } });
    let reason = "is empty: name the credentials, or a preset to start from".to_owned();
    assert_eq!(fault(&with(&row)), ("request.password.fields".to_owned(), reason));
    for said in [
        json!({ "constants": { "guest": true } }),
        json!({ "headers": { "X-Key": "k" } }),
        json!({ "encoding": "none" }),
    ] {
        let mut row = row.clone();
        row["request"]["password"].as_object_mut().expect("a row").extend(said.as_object().expect("an object").clone());
        parse(&with(&row)).expect("something is sent, or nothing is meant to be");
    }
}

#[test]
fn what_only_a_body_can_carry_is_refused_where_there_is_none() {
    let reason = "cannot be sent without a body".to_owned();
    for (row, option) in [
        (json!({ "end": { "by": "endpoint", "url": "/logout", "field": "refresh" } }), "end.field"),
        (json!({ "refresh": { "by": "endpoint", "url": "/renew", "encoding": "none" } }), "refresh.field"),
        (json!({ "refresh": { "by": "cookie", "url": "/renew", "echo": { "sid": "/sid" } } }), "refresh.echo"),
    ] {
        assert_eq!(fault(&with(&row)), (option.to_owned(), reason.clone()));
    }
    let in_header = json!({ "refresh": { "by": "endpoint", "url": "/renew", "encoding": "none", "bearer": true } });
    parse(&with(&in_header)).expect("a refresh token in a header needs no body");
}

#[test]
fn a_field_by_pointer_is_refused_in_a_form() {
    let row = json!({ "request": { "password": { "url": "/login", "fields": { "password": "/user/password" } } } });
    let reason = "holds a JSON Pointer, which needs encoding json".to_owned();
    assert_eq!(fault(&with(&row)), ("request.password.fields".to_owned(), reason));
}

#[test]
fn a_callers_row_is_laid_over_its_preset() {
    let given = with(
        &json!({ "preset": "langflow", "request": { "password": { "headers": { "X-Team": "a" } } }, "refresh": { "url": "/renew" } }),
    );
    let options = parse(&given).expect("valid options");
    let grant = options.dialect.grant("password").expect("a grant");
    assert_eq!(grant.request.url.href, "https://api.example.com/api/v1/login", "the preset's");
    assert_eq!(support::json(&grant.request.headers), json!({ "X-Team": "a" }), "the caller's");
    let refresh = options.dialect.refresh.expect("a refresh");
    assert_eq!((refresh.by, refresh.request.url.href.as_str()), (RefreshBy::Cookie, "https://api.example.com/renew"));
}

#[test]
fn null_takes_an_entry_of_the_preset_away() {
    let parsed = |extra: &Value| parse(&with(extra)).unwrap_or_else(|error| panic!("{extra}: {error:?}")).dialect;
    let langflow = parsed(&json!({ "preset": "langflow", "request": { "auto": null } }));
    assert!(langflow.grant("auto").is_none() && langflow.grant("password").is_some());
    let constants = json!({ "request": { "password": { "constants": { "grant_type": null } } } });
    assert!(parsed(&constants).grant("password").expect("a grant").request.constants.is_empty());
    let by_refresh = parsed(&json!({ "refresh": { "constants": { "grant_type": null } } })).refresh.expect("a refresh");
    assert!(by_refresh.request.constants.is_empty());
    let fields = json!({ "request": { "password": { "fields": { "username": null, "email": "email" } } } });
    let fields = parsed(&fields).grant("password").expect("a grant").fields.clone();
    assert_eq!(fields.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["password", "email"]);
    let headers = json!({ "preset": "geolens-cookie", "request": { "password": { "headers": { "X-GeoLens-Auth-Mode": null } } } });
    assert!(parsed(&headers).grant("password").expect("a grant").request.headers.is_empty());
    assert!(parsed(&json!({ "preset": "geolens-cookie", "csrf": null })).csrf.is_none());
    let no_field = parsed(&json!({ "preset": "geolens", "end": { "field": null } })).end.expect("an end");
    assert_eq!(no_field.field, None);
    assert!(parsed(&json!({ "reply": { "refreshToken": null } })).reply.refresh_token.is_empty());
}

#[test]
fn a_preset_is_a_row_anybody_could_have_written() {
    for (name, row) in PRESETS {
        let mut written: Value = serde_json::from_str(row).expect("JSON");
        written["baseUrl"] = json!("https://api.example.com");
        let by_hand = parse(&written).expect("a valid row").dialect;
        let by_name = parse(&with(&json!({ "preset": name }))).expect("valid options").dialect;
        // What the default preset has beside it is laid under a row that does not name its own.
        assert_eq!(by_hand.refresh.as_ref().map(|it| it.by), by_name.refresh.as_ref().map(|it| it.by), "{name}");
        assert_eq!(by_hand.grants.len(), by_name.grants.len(), "{name}");
    }
}

#[test]
fn only_what_a_browser_takes_as_a_header_is_a_header() {
    let header =
        |name: &str, value: &str| parse(&with(&json!({ "request": { "password": { "headers": { name: value } } } })));
    for name in ["X-A", "x", "!#$%&'*+-.^_`|~09"] {
        assert!(header(name, "value with spaces ~").is_ok(), "{name}");
    }
    for name in ["", "X A", "X:A", "X\nA", "X-Ä", "X\0", "(x)", "a,b", "\"x\"", "[x]"] {
        assert!(header(name, "v").is_err(), "{name:?}");
    }
    for value in ["a\nb", "a\r\nX-Evil: 1", "a\0", "ä", "\u{7f}", "a\tb"] {
        assert_eq!(
            fault(&with(&json!({ "request": { "password": { "headers": { "X-A": value } } } }))),
            ("request.password.headers.X-A".to_owned(), "must be a header value: printable ASCII only".to_owned()),
        );
    }
}

#[test]
fn a_refresh_token_nobody_uses_is_not_even_read() {
    let reply = |by: &str| {
        let row = json!({ "refresh": { "by": by, "url": "/renew" }, "reply": { "refreshToken": "/r" } });
        parse(&with(&row)).expect("valid options").dialect.reply.refresh_token
    };
    for by in ["grant", "endpoint"] {
        assert_eq!(reply(by), ["/r"], "{by}");
    }
    for by in ["cookie", "access-token", "never"] {
        assert!(reply(by).is_empty(), "{by}");
    }
}

#[test]
fn cookies_go_along_where_a_cookie_refreshes() {
    let row = json!({ "refresh": { "by": "cookie", "url": "/renew" }, "end": { "by": "endpoint", "url": "/logout" } });
    let dialect = parse(&with(&row)).expect("valid options").dialect;
    assert_eq!(dialect.grant("password").expect("a grant").request.cookies, CookiePolicy::Include);
    assert_eq!(dialect.refresh.expect("a refresh").request.cookies, CookiePolicy::Include);
    assert_eq!(dialect.end.expect("an end").request.cookies, CookiePolicy::Include);
}

/// Texts that a joined key would mix up: separators, lengths and encodings of every kind, at every border.
fn tricky_texts() -> Vec<String> {
    let pieces = ["", "a", "b", "|", ":", "/", ",", "\0", "\n", "%7C", "\u{1}", "1", "é", "\"", "\\"];
    pieces.iter().flat_map(|one| pieces.iter().map(move |other| format!("{one}{other}"))).collect()
}

#[test]
fn f105_no_two_configurations_share_a_storage_key() {
    let mut texts = tricky_texts();
    texts.sort();
    texts.dedup();
    let mut options = parse(&with(&json!({}))).expect("valid options");
    let mut seen: HashMap<String, (String, String, String)> = HashMap::new();
    let bases = ["https://a.example/", "https://a.example/b", "https://a.example/|", "https://a.example:8443/"];
    for base in bases {
        options.base.href = base.to_owned();
        for client in &texts {
            options.client.id = Some(client.clone());
            for namespace in &texts {
                options.namespace.clone_from(namespace);
                let configuration = (base.to_owned(), client.clone(), namespace.clone());
                if let Some(other) = seen.insert(options.storage_key(), configuration.clone()) {
                    panic!("{configuration:?} and {other:?} share a key");
                }
            }
        }
    }
    assert!(seen.len() > 100_000, "{}", seen.len());
}

#[test]
fn f105_a_storage_key_says_nothing_in_clear_and_stays_the_same() {
    let given = with(&json!({ "clientId": "my-client", "namespace": "alice@example.com" }));
    let key = parse(&given).expect("valid options").storage_key();
    assert_eq!(key, parse(&given).expect("valid options").storage_key());
    assert!(key.starts_with("was.1.") && key.len() == 38 && !key.contains("alice") && !key.contains("client"), "{key}");
    // Where the session is kept and how it is renewed are no part of who it belongs to.
    let other = with(
        &json!({ "clientId": "my-client", "namespace": "alice@example.com", "storage": "session", "timeoutMs": 1, "preset": "geolens" }),
    );
    assert_eq!(parse(&other).expect("valid options").storage_key(), key);
}

#[test]
fn a_cookie_that_will_not_be_kept_is_warned_of() {
    let codes = |base: &str, page: &str| -> Vec<WarningCode> {
        let options = in_page(&json!({ "preset": "langflow", "baseUrl": base }), page);
        options.warnings.iter().map(|warning| warning.code).collect()
    };
    assert_eq!(codes("http://127.0.0.1:7860", "http://localhost:5173/"), [WarningCode::CrossSiteCookie]);
    assert_eq!(codes("http://localhost:7860", "http://127.0.0.1:5173/"), [WarningCode::CrossSiteCookie]);
    assert_eq!(codes("http://localhost:7860", "https://app.example.com/"), [WarningCode::CrossSiteCookie]);
    assert_eq!(codes("http://localhost:7860", "http://localhost:5173/"), []);
    assert_eq!(
        codes("https://api.example.com", "https://app.example.com/"),
        [],
        "the browser decides by registrable domain"
    );
    let token_mode =
        in_page(&json!({ "preset": "geolens", "baseUrl": "http://127.0.0.1:1" }), "http://localhost:5173/");
    assert!(token_mode.warnings.is_empty(), "no cookie, no warning");
}

#[test]
fn a_guard_cookie_the_page_cannot_read_is_warned_of() {
    let given = |base: &str| json!({ "preset": "geolens-cookie", "baseUrl": base });
    let options = in_page(&given("https://api.example.com"), "https://app.example.com/");
    let [warning] = options.warnings.as_slice() else { panic!("one warning, not {:?}", options.warnings) };
    assert_eq!(warning.code, WarningCode::CsrfCookieUnreadable);
    for part in ["app.example.com", "api.example.com", "geolens_csrf"] {
        assert!(warning.message.contains(part), "{}", warning.message);
    }
    assert!(in_page(&given("https://app.example.com/api"), "https://app.example.com/").warnings.is_empty());
    let unguarded = json!({ "preset": "geolens-cookie", "baseUrl": "https://api.example.com", "csrf": null });
    assert!(in_page(&unguarded, "https://app.example.com/").warnings.is_empty());
}

#[test]
fn every_option_in_the_public_declaration_is_known_and_the_other_way_round() {
    let declaration = concat!(include_str!("../src/js/types/options.d.ts"), include_str!("../src/js/types/row.d.ts"));
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
