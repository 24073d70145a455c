//! Rows: a preset's, a caller's laid over it, and what cannot be sent as they say.

use serde_json::{Value, json};
use wasm_auth_session::core::dialect::presets::PRESETS;
use wasm_auth_session::core::dialect::{CookiePolicy, RefreshBy};

use super::given::{fault, parse, with};
use crate::support;

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
fn a_logout_url_that_nothing_would_be_sent_to_is_refused() {
    let login =
        json!({ "password": { "url": "/login", "fields": { "username": "username", "password": "password" } } });
    for given in [
        json!({ "request": login, "end": { "url": "/logout" } }),
        json!({ "preset": "fastapi", "end": { "url": "/logout" } }),
    ] {
        let reason = "is required where a url is given: without it nothing is sent";
        assert_eq!(fault(&with(&given)), ("end.by".to_owned(), reason.to_owned()));
    }
    for given in [
        json!({ "end": { "url": "/logout" } }),
        json!({ "end": { "by": "none", "url": "/logout" } }),
        json!({ "preset": "geolens", "end": { "by": "none" } }),
    ] {
        assert!(parse(&with(&given)).is_ok(), "{given}");
    }
}

#[test]
fn what_is_easily_mistaken_is_refused_with_what_to_write() {
    let cases = [
        (
            json!({ "request": { "url": "/login", "fields": { "username": "username" } } }),
            "request.url",
            "stands below the name of a grant: request.password.url",
        ),
        (json!({ "use": { "scheme": "Bearer " } }), "use.scheme", "may not end in a space: one is put behind it"),
        (
            json!({ "refresh": { "by": "cookie", "url": "/refresh", "bearer": true } }),
            "refresh.bearer",
            "has no token to send where a cookie renews",
        ),
    ];
    for (given, option, reason) in cases {
        assert_eq!(fault(&with(&given)), (option.to_owned(), reason.to_owned()));
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
fn a_header_that_no_browser_lets_a_page_set_is_refused_by_its_name() {
    let reason = "is a header that only the browser sets".to_owned();
    let forbidden =
        ["Cookie", "host", "ORIGIN", "Content-Length", "referer", "Connection", "Sec-Fetch-Mode", "proxy-x"];
    for name in forbidden.into_iter().chain(["Set-Cookie", "TE", "Date", "Access-Control-Request-Headers", "sec-"]) {
        for (row, path) in [
            (json!({ "request": { "password": { "headers": { name: "x" } } } }), "request.password.headers."),
            (json!({ "refresh": { "headers": { name: "x" } } }), "refresh.headers."),
            (json!({ "end": { "headers": { name: "x" } } }), "end.headers."),
        ] {
            assert_eq!(fault(&with(&row)), (format!("{path}{name}"), reason.clone()));
        }
        assert_eq!(fault(&with(&json!({ "use": { "header": name } }))), ("use.header".to_owned(), reason.clone()));
        let csrf = json!({ "csrf": { "cookie": "csrf", "header": name } });
        assert_eq!(fault(&with(&csrf)), ("csrf.header".to_owned(), reason.clone()));
    }
    for name in ["X-Cookie", "Cookies", "security", "Proxies", "Hos", "Authorization", "Content-Type", "e"] {
        let row = json!({ "request": { "password": { "headers": { name: "x" } } } });
        assert!(parse(&with(&row)).is_ok(), "{name}");
    }
}

#[test]
fn a_client_and_a_token_that_want_the_same_header_are_refused() {
    let reason = "cannot be basic beside a token: both want the header Authorization".to_owned();
    let basic = json!({ "password": { "client": "basic" } });
    for (row, option) in [
        (
            json!({ "refresh": { "by": "endpoint", "url": "/renew", "bearer": true, "client": "basic" } }),
            "refresh.client",
        ),
        (json!({ "refresh": { "by": "access-token", "url": "/renew", "client": "basic" } }), "refresh.client"),
        (json!({ "request": basic, "refresh": { "bearer": true } }), "refresh.client"),
        (json!({ "end": { "by": "endpoint", "url": "/logout", "client": "basic" } }), "end.client"),
        (json!({ "request": basic, "end": { "by": "revocation", "url": "/revoke", "bearer": true } }), "end.client"),
    ] {
        assert_eq!(fault(&with(&row)), (option.to_owned(), reason.clone()), "{row}");
        let mut elsewhere = row.clone();
        elsewhere["use"] = json!({ "header": "X-Token" });
        assert!(parse(&with(&elsewhere)).is_ok(), "{elsewhere}");
    }
    for row in [
        json!({ "request": basic, "end": { "by": "revocation", "url": "/revoke" } }),
        json!({ "request": basic, "end": { "by": "endpoint", "url": "/logout" } }),
        json!({ "refresh": { "by": "endpoint", "url": "/renew", "client": "basic" } }),
    ] {
        assert!(parse(&with(&row)).is_ok(), "{row}");
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
