//! A renewal: by grant, by endpoint, by cookie, by the access token, or never.

use serde_json::{Value, json};
use wasm_auth_session::core::dialect::CookiePolicy;
use wasm_auth_session::core::request::Body;

use super::written::{form, header, held, json_body, options, refresh};

#[test]
fn a_refresh_by_grant_asks_the_token_endpoint() {
    let options = options(&json!({ "clientId": "c" }));
    let request = refresh(&options, &held(Some("a"), Some("r/+="), &json!({}))).expect("a request");
    assert_eq!(request.url, "https://api.example.com/base/oauth/token");
    assert_eq!(form(&request), "grant_type=refresh_token&refresh_token=r%2F%2B%3D&client_id=c");
    assert!(refresh(&options, &held(Some("a"), None, &json!({}))).is_none(), "nothing to renew it with");
}

#[test]
fn a_refresh_by_endpoint_sends_the_refresh_token_alone() {
    let options = options(&json!({ "preset": "geolens", "clientId": "c" }));
    let request = refresh(&options, &held(Some("a"), Some("r"), &json!({}))).expect("a request");
    assert_eq!(request.url, "https://api.example.com/base/auth/refresh/");
    assert_eq!(json_body(&request), json!({ "refresh_token": "r" }));
    assert_eq!(header(&request, "Authorization"), None);
    assert_eq!(request.cookies, CookiePolicy::Omit);
}

#[test]
fn the_refresh_token_goes_under_the_rows_own_name() {
    let row = json!({ "refresh": { "by": "endpoint", "url": "/renew", "field": "/data/renewal" } });
    let request = refresh(&options(&row), &held(None, Some("r"), &json!({}))).expect("a request");
    assert_eq!(json_body(&request), json!({ "data": { "renewal": "r" } }));
}

#[test]
fn a_refresh_by_cookie_sends_cookies_and_no_token() {
    let options = options(&json!({ "preset": "geolens-cookie" }));
    let request = refresh(&options, &held(Some("a"), Some("r"), &json!({}))).expect("a request");
    assert_eq!(request.body, Body::Empty);
    assert_eq!(request.cookies, CookiePolicy::Include);
    assert_eq!(header(&request, "Authorization"), None);
    assert_eq!(header(&request, "X-GeoLens-Auth-Mode"), Some("cookie"));
    assert_eq!(request.csrf.map(|csrf| csrf.header).as_deref(), Some("X-CSRF-Token"));
}

#[test]
fn a_refresh_by_the_access_token_sends_it_as_the_api_expects_it() {
    let plain = json!({ "refresh": { "by": "access-token", "url": "/renew" } });
    let request = refresh(&options(&plain), &held(Some("a"), None, &json!({}))).expect("a request");
    assert_eq!(header(&request, "Authorization"), Some("Bearer a"));
    assert_eq!(request.body, Body::Empty);
    let bare = json!({ "refresh": { "by": "access-token", "url": "/renew" }, "use": { "header": "X-Auth-Token", "scheme": "" } });
    let request = refresh(&options(&bare), &held(Some("a"), None, &json!({}))).expect("a request");
    assert_eq!((header(&request, "X-Auth-Token"), header(&request, "Authorization")), (Some("a"), None));
    assert!(refresh(&options(&bare), &held(None, Some("r"), &json!({}))).is_none());
}

#[test]
fn a_refresh_token_goes_in_the_header_where_the_row_says_so() {
    let row = json!({ "refresh": { "by": "endpoint", "url": "/refresh", "bearer": true, "encoding": "none" } });
    let request = refresh(&options(&row), &held(Some("a"), Some("r"), &json!({}))).expect("a request");
    assert_eq!(header(&request, "Authorization"), Some("Bearer r"));
    assert_eq!(request.body, Body::Empty);
    assert!(refresh(&options(&row), &held(Some("a"), None, &json!({}))).is_none());
}

#[test]
fn an_access_token_is_echoed_beside_the_refresh_token_where_the_row_points_at_it() {
    let row = json!({
        "reply": { "accessToken": "/result/tokens/access" },
        "refresh": { "by": "endpoint", "url": "/refresh", "field": "refreshToken", "echo": { "accessToken": "/result/tokens/access" } },
    });
    let request = refresh(&options(&row), &held(Some("access-canary"), Some("r"), &json!({}))).expect("a request");
    assert_eq!(json_body(&request), json!({ "accessToken": "access-canary", "refreshToken": "r" }));
    assert!(!request.secrets.redact("it was access-canary").contains("canary"));
}

#[test]
fn what_is_never_renewed_asks_nobody() {
    let options = options(&json!({ "refresh": { "by": "never" } }));
    assert!(refresh(&options, &held(Some("a"), Some("r"), &json!({}))).is_none());
}

#[test]
fn fields_of_the_last_reply_are_echoed_and_replace_constants() {
    let zype = options(&json!({ "preset": "zype", "clientId": "c" }));
    let sent = |extra: &Value| json_body(&refresh(&zype, &held(None, Some("r"), extra)).expect("a request"));
    let named = sent(&json!({ "grant_type": "device_refresh" }));
    assert_eq!(named, json!({ "grant_type": "device_refresh", "refresh_token": "r", "client_id": "c" }));
    for unusable in [json!({}), json!({ "grant_type": null }), json!({ "grant_type": { "x": 1 } })] {
        assert_eq!(sent(&unusable)["grant_type"], "refresh_token", "{unusable}");
    }
}
