//! Where secrets may travel, and which URL a base and a row make.

use serde_json::json;
use wasm_auth_session::core::error::AuthError;

use super::given::{fault, parse, with};

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
