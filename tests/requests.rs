//! Native: what is sent, byte for byte, and what is never sent.
#![cfg(not(target_arch = "wasm32"))]
mod support;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use wasm_auth_session::core::dialect::{CookiePolicy, Method};
use wasm_auth_session::core::error::AuthError;
use wasm_auth_session::core::options::Options;
use wasm_auth_session::core::request::{self, Body, HttpRequest, Revoked};
use wasm_auth_session::core::secret::SharedSecret;
use wasm_auth_session::core::token_set::TokenSet;

/// Options of this shape on a base URL with a path.
fn options(extra: &Value) -> Options {
    let mut given = json!({ "baseUrl": "https://api.example.com/base" });
    given.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
    support::options(&given)
}

fn login(options: &Options, credentials: &Value) -> Result<HttpRequest, AuthError> {
    let grant = credentials.get("grant").and_then(Value::as_str).unwrap_or("password");
    request::encode_grant(options, options.dialect.grant(grant).expect("a grant"), &support::tree(credentials))
}

fn alice(password: &str) -> Value {
    json!({ "username": "alice", "password": password })
}

fn form(request: &HttpRequest) -> &str {
    let Body::Form(form) = &request.body else { panic!("a form, not {:?}", request.body) };
    form.expose()
}

fn json_body(request: &HttpRequest) -> Value {
    let Body::Json(tree) = &request.body else { panic!("JSON, not {:?}", request.body) };
    support::json(tree)
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.expose())
}

/// The option and the reason of an `invalid_options` error.
fn fault(result: Result<HttpRequest, AuthError>) -> (String, String) {
    match result {
        Err(AuthError::InvalidOptions { option, reason }) => (option, reason),
        other => panic!("{other:?}"),
    }
}

fn held(access: Option<&str>, refresh: Option<&str>, extra: &Value) -> TokenSet {
    let secret = |text: Option<&str>| text.map(|text| SharedSecret::new(text.to_owned()));
    TokenSet {
        access_token: secret(access),
        refresh_token: secret(refresh),
        extra: support::tree(extra),
        ..TokenSet::default()
    }
}

fn refresh(options: &Options, held: &TokenSet) -> Option<HttpRequest> {
    request::encode_refresh(options, held).expect("options that can be written")
}

/// Passwords that a hand-made encoder gets wrong.
fn hard_passwords() -> Vec<String> {
    let mut passwords: Vec<String> = [
        " leading and trailing ",
        "a+b",
        "a&b=c&d",
        "100%",
        "%41",
        "%",
        "%zz",
        "a;b",
        "a#b?c/d",
        "pä ß",
        "密码",
        "👩‍👩‍👧 🔑",
        "e\u{301} is not é",
        "\u{feff}bom",
        "a\0b",
        "a\r\nb",
        "a\nb",
        "\t",
        "\"'\\`$()",
        "*-._~!",
        "\u{7f}\u{80}",
        "\u{202e}rtl",
        "x",
    ]
    .map(str::to_owned)
    .to_vec();
    passwords.push("ü".repeat(5 * 1024));
    passwords.push((0..10 * 1024).map(|at| char::from(b' ' + (at % 95) as u8)).collect());
    // And some that nobody thought of.
    let mut state = 1_u64;
    for _ in 0..2_000 {
        let mut text = String::new();
        for _ in 0..24 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.extend(char::from_u32((state >> 33) as u32 % 0x11_0000));
        }
        passwords.push(text);
    }
    passwords
}

#[test]
fn a_form_is_written_exactly_as_the_url_standard_says() {
    let cases = [
        ("a b", "a+b"),
        ("a+b", "a%2Bb"),
        ("a&b=c", "a%26b%3Dc"),
        ("%", "%25"),
        ("ä", "%C3%A4"),
        ("🔑", "%F0%9F%94%91"),
        ("\0", "%00"),
        ("\r\n", "%0D%0A"),
        ("*-._", "*-._"),
        ("~!'()", "%7E%21%27%28%29"),
    ];
    for (password, encoded) in cases {
        let request = login(&options(&json!({})), &alice(password)).expect("a request");
        assert_eq!(form(&request), format!("grant_type=password&username=alice&password={encoded}"));
        assert_eq!(header(&request, "Content-Type"), Some("application/x-www-form-urlencoded"));
    }
}

#[test]
fn f132_every_password_arrives_unchanged_in_a_form() {
    let options = options(&json!({}));
    for password in hard_passwords() {
        let request = login(&options, &alice(&password)).expect("a request");
        let fields: Vec<(String, String)> =
            url::form_urlencoded::parse(form(&request).as_bytes()).into_owned().collect();
        let expected = [("grant_type", "password"), ("username", "alice"), ("password", password.as_str())];
        assert_eq!(fields, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(form(&request).is_ascii() && !form(&request).contains(['\r', '\n', ' ']));
    }
}

#[test]
fn f132_every_password_arrives_unchanged_in_json() {
    let options = options(&json!({ "preset": "oauth2-json" }));
    for password in hard_passwords() {
        let request = login(&options, &alice(&password)).expect("a request");
        assert_eq!(json_body(&request), json!({ "grant_type": "password", "username": "alice", "password": password }));
        assert_eq!(header(&request, "Content-Type"), Some("application/json"));
    }
}

#[test]
fn a_password_is_in_the_body_and_nowhere_else() {
    let request = login(&options(&json!({ "clientId": "c" })), &alice("hunter2-canary")).expect("a request");
    assert!(!request.url.contains("canary"));
    assert!(request.headers.iter().all(|(_, value)| !value.expose().contains("canary")));
    assert!(!format!("{request:?}").contains("canary"), "not in Debug either");
    assert_eq!(request.url, "https://api.example.com/base/oauth/token");
    assert_eq!(request.cookies, CookiePolicy::Omit);
}

#[test]
fn json_fields_go_where_their_pointers_point() {
    let row = json!({ "request": { "password": {
        "url": "/session", "encoding": "json", "constants": { "grant_type": null, "/user/kind": "person", "version": 2, "/flags/a~1b": true },
        "fields": { "username": "/user/email", "password": "/user/password" },
    } } });
    let request = login(&options(&row), &alice("p")).expect("a request");
    let expected = json!({
        "version": 2, "flags": { "a/b": true }, "user": { "kind": "person", "email": "alice", "password": "p" },
    });
    assert_eq!(json_body(&request), expected);
}

#[test]
fn whole_numbers_and_truth_values_are_credentials_too() {
    let row = json!({ "request": { "password": { "fields": { "pin": "pin", "trusted": "trusted", "username": null, "password": null } } } });
    let request = login(&options(&row), &json!({ "pin": 246_810, "trusted": true })).expect("a request");
    assert_eq!(form(&request), "grant_type=password&pin=246810&trusted=true");
    for bad in [json!(1.5), json!([1]), json!({})] {
        let (option, reason) = fault(login(&options(&row), &json!({ "pin": bad, "trusted": false })));
        assert_eq!(
            (option.as_str(), reason.as_str()),
            ("credentials.pin", "must be a string, a whole number, true or false")
        );
    }
}

#[test]
fn client_id_and_secret_go_into_the_body() {
    let row = json!({ "clientId": "app", "clientSecret": "s&cret", "scope": "read write" });
    let request = login(&options(&row), &alice("p")).expect("a request");
    let expected =
        "grant_type=password&username=alice&password=p&scope=read+write&client_id=app&client_secret=s%26cret";
    assert_eq!(form(&request), expected);
}

#[test]
fn client_id_and_secret_are_form_encoded_before_they_are_joined_for_basic() {
    let row =
        json!({ "clientId": "my app:1", "clientSecret": "pä%ss+", "request": { "password": { "client": "basic" } } });
    let request = login(&options(&row), &alice("p")).expect("a request");
    let header = header(&request, "Authorization").expect("a header");
    let pair = STANDARD.decode(header.strip_prefix("Basic ").expect("Basic")).expect("base64");
    // RFC 6749 section 2.3.1.
    assert_eq!(String::from_utf8(pair).expect("ASCII"), "my+app%3A1:p%C3%A4%25ss%2B");
    assert!(!form(&request).contains("client"));
    let echo = format!("got {header} from you");
    assert!(!request.secrets.redact(&echo).contains(&header["Basic ".len()..]), "an echo of the header is taken out");
}

#[test]
fn a_client_that_goes_nowhere_is_not_sent() {
    let row = json!({ "clientId": "app", "clientSecret": "s", "request": { "password": { "client": "none" } } });
    assert_eq!(
        form(&login(&options(&row), &alice("p")).expect("a request")),
        "grant_type=password&username=alice&password=p"
    );
}

#[test]
fn an_email_is_as_little_a_secret_as_a_user_name() {
    let row = json!({ "request": { "password": { "fields": { "username": null, "email": "email" } } } });
    let request =
        login(&options(&row), &json!({ "email": "alice@example.com", "password": "canary" })).expect("a request");
    assert!(!request.secrets.are_in("alice@example.com") && request.secrets.are_in("canary"));
}

#[test]
fn a_missing_credential_is_named_and_nothing_is_sent() {
    for credentials in [json!({ "username": "alice" }), json!({ "username": "alice", "password": null })] {
        let (option, reason) = fault(login(&options(&json!({})), &credentials));
        assert_eq!((option.as_str(), reason.as_str()), ("credentials.password", "is required"));
    }
    assert!(login(&options(&json!({})), &alice("")).is_ok(), "an empty password is the server's to refuse");
}

#[test]
fn an_unknown_credential_is_named_with_the_nearest_known_one() {
    let (option, reason) = fault(login(&options(&json!({})), &json!({ "userName": "a", "password": "p" })));
    assert_eq!((option.as_str(), reason.as_str()), ("credentials.userName", "is not known: did you mean username?"));
    let (option, reason) = fault(login(&options(&json!({})), &json!({ "tenant": "a" })));
    assert_eq!(
        (option.as_str(), reason.as_str()),
        ("credentials.tenant", "is not known: known are username, password")
    );
}

#[test]
fn a_credential_that_is_not_required_may_be_left_out() {
    let zype = options(&json!({ "preset": "zype", "clientId": "c", "clientSecret": "s" }));
    let device = json!({ "grant": "device", "linkedDeviceId": "tv", "pin": "1" });
    let request = login(&zype, &device).expect("a request");
    let expected = json!({ "grant_type": "password", "linked_device_id": "tv", "pin": "1", "client_id": "c", "client_secret": "s" });
    assert_eq!(json_body(&request), expected);
    let (option, _) = fault(login(&zype, &json!({ "grant": "device", "linkedDeviceId": "tv" })));
    assert_eq!(option, "credentials.pin");
}

#[test]
fn extra_fields_go_along_by_their_wire_names() {
    let credentials = json!({ "username": "alice", "password": "p", "extraFields": { "tenant": "acme", "otp": 123_456, "username[]": "x" } });
    let request = login(&options(&json!({})), &credentials).expect("a request");
    assert_eq!(form(&request), "grant_type=password&username=alice&password=p&tenant=acme&otp=123456&username%5B%5D=x");
    assert!(!request.secrets.redact("code 123456 refused").contains("123456"), "they may be secret");
}

#[test]
fn f131_extra_fields_do_not_replace_what_the_row_sends() {
    let names = [
        "grant_type",
        "client_id",
        "client_secret",
        "scope",
        "__proto__",
        "username",
        "password",
        "/grant_type",
        "/client_id",
        "/__proto__",
        "/username",
        "/password/x",
    ];
    for preset in ["oauth2-form", "oauth2-json"] {
        let options = options(&json!({ "preset": preset }));
        for name in names {
            let credentials = json!({ "username": "alice", "password": "p", "extraFields": { name: "evil" } });
            let (option, reason) = fault(login(&options, &credentials));
            assert_eq!(
                (option, reason.as_str()),
                (format!("credentials.extraFields.{name}"), "is taken by the row"),
                "{preset}"
            );
        }
    }
}

#[test]
fn f131_extra_fields_do_not_reach_around_nested_credentials() {
    let row = json!({ "preset": "oauth2-json", "request": { "password": {
        "fields": { "username": "/user/email", "password": "/user/password" },
    } } });
    let with = |name: &str| {
        let credentials = json!({ "username": "alice", "password": "p", "extraFields": { name: "x" } });
        login(&options(&row), &credentials)
    };
    for name in ["user", "/user", "/user/email", "/user/password/hash"] {
        assert_eq!(fault(with(name)).1, "is taken by the row", "{name}");
    }
    let two = json!({ "username": "alice", "password": "p", "extraFields": { "/a/~": "x", "/a/~0/b": "y" } });
    assert_eq!(fault(login(&options(&row), &two)).1, "is taken by the row", "one would be lost");
    let beside = with("/user/locale").expect("a request");
    assert_eq!(json_body(&beside)["user"], json!({ "email": "alice", "password": "p", "locale": "x" }));
}

#[test]
fn extra_fields_of_the_wrong_kind_are_refused() {
    let with = |extra: Value| {
        fault(login(&options(&json!({})), &json!({ "username": "a", "password": "p", "extraFields": extra })))
    };
    assert_eq!(with(json!("tenant=acme")), ("credentials.extraFields".to_owned(), "must be an object".to_owned()));
    assert_eq!(with(json!(["tenant"])).0, "credentials.extraFields");
    assert_eq!(with(json!({ "tenant": null })).0, "credentials.extraFields.tenant");
    let langflow = options(&json!({ "preset": "langflow" }));
    let bodyless = login(&langflow, &json!({ "grant": "auto", "extraFields": { "tenant": "acme" } }));
    assert_eq!(fault(bodyless).1, "cannot be sent without a body");
}

#[test]
fn a_get_never_sends_a_field() {
    let row = json!({ "preset": "langflow", "clientId": "c", "clientSecret": "s", "scope": "x" });
    let request = login(&options(&row), &json!({ "grant": "auto" })).expect("a request");
    assert_eq!((request.method, request.url.as_str()), (Method::Get, "https://api.example.com/base/api/v1/auto_login"));
    assert_eq!(request.body, Body::Empty);
    assert_eq!(header(&request, "Content-Type"), None);
    assert_eq!(header(&request, "Authorization"), None);
}

#[test]
fn every_request_asks_for_json_and_carries_the_rows_headers() {
    let row = json!({ "request": { "password": { "headers": { "X-Tenant": "acme" } } } });
    let request = login(&options(&row), &alice("p")).expect("a request");
    assert_eq!(header(&request, "Accept"), Some("application/json"));
    assert_eq!(header(&request, "X-Tenant"), Some("acme"));
    // The refresh grant goes to the same endpoint, with its headers.
    let renewal = refresh(&options(&row), &held(None, Some("r"), &json!({}))).expect("a request");
    assert_eq!(header(&renewal, "X-Tenant"), Some("acme"));
}

#[test]
fn a_row_may_name_its_own_content_type() {
    // A browser's `Headers` keep the last that was set under a name.
    let last = |request: &HttpRequest, name: &str| {
        let named = request.headers.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.expose().to_owned())
    };
    let row = json!({ "preset": "oauth2-json", "request": { "password": {
        "headers": { "content-type": "application/x-amz-json-1.1", "ACCEPT": "application/vnd.api+json" },
    } } });
    let request = login(&options(&row), &alice("p")).expect("a request");
    assert_eq!(last(&request, "Content-Type").as_deref(), Some("application/x-amz-json-1.1"));
    assert_eq!(last(&request, "Accept").as_deref(), Some("application/vnd.api+json"));
}

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

#[test]
fn a_revocation_hands_back_the_refresh_token_and_else_the_access_token() {
    let options = options(&json!({ "clientId": "c" }));
    let end = |held: &TokenSet| request::encode_end(&options, held).expect("options that can be written");
    let (request, revoked) = end(&held(Some("a"), Some("r"), &json!({}))).expect("a request");
    assert_eq!(request.url, "https://api.example.com/base/oauth/revoke");
    assert_eq!(form(&request), "token=r&token_type_hint=refresh_token&client_id=c");
    assert_eq!(revoked, Some(Revoked::RefreshToken));
    let (request, revoked) = end(&held(Some("a"), None, &json!({}))).expect("a request");
    assert_eq!(form(&request), "token=a&token_type_hint=access_token&client_id=c");
    assert_eq!(revoked, Some(Revoked::AccessToken));
    assert!(end(&held(None, None, &json!({}))).is_none(), "nothing to hand back");
}

#[test]
fn a_logout_endpoint_gets_the_access_token_and_what_its_row_names() {
    let geolens = options(&json!({ "preset": "geolens" }));
    let (request, revoked) =
        request::encode_end(&geolens, &held(Some("a"), Some("r"), &json!({}))).expect("a request").expect("one");
    assert_eq!(request.url, "https://api.example.com/base/auth/logout/");
    assert_eq!(header(&request, "Authorization"), Some("Bearer a"));
    assert_eq!(json_body(&request), json!({ "refresh_token": "r" }));
    assert_eq!(revoked, Some(Revoked::RefreshToken));

    let bare = options(&json!({ "end": { "by": "endpoint", "url": "/logout", "encoding": "none", "bearer": false } }));
    let (request, revoked) =
        request::encode_end(&bare, &held(Some("a"), Some("r"), &json!({}))).expect("a request").expect("one");
    assert_eq!((header(&request, "Authorization"), &request.body, revoked), (None, &Body::Empty, None));
}

#[test]
fn a_session_that_is_a_resource_is_deleted() {
    let row = options(&json!({ "end": { "by": "endpoint", "url": "/session", "method": "DELETE" } }));
    let (request, _) = request::encode_end(&row, &held(Some("a"), None, &json!({}))).expect("a request").expect("one");
    assert_eq!((request.method, &request.body), (Method::Delete, &Body::Empty));
    assert_eq!(header(&request, "Authorization"), Some("Bearer a"));
}

#[test]
fn a_logout_by_cookie_sends_the_cookie_and_its_guard() {
    let options = options(&json!({ "preset": "geolens-cookie" }));
    let (request, revoked) =
        request::encode_end(&options, &held(None, None, &json!({}))).expect("a request").expect("one");
    assert_eq!(request.cookies, CookiePolicy::Include);
    assert_eq!(
        request.csrf.map(|csrf| (csrf.cookie, csrf.header)),
        Some(("geolens_csrf".to_owned(), "X-CSRF-Token".to_owned()))
    );
    assert_eq!(revoked, Some(Revoked::Cookie));
}

#[test]
fn a_server_without_a_part_in_the_logout_is_told_nothing() {
    let options = options(&json!({ "end": { "by": "none" } }));
    assert!(request::encode_end(&options, &held(Some("a"), Some("r"), &json!({}))).expect("no fault").is_none());
}

#[test]
fn all_that_is_sent_in_secret_is_taken_out_of_an_echo() {
    let options = options(&json!({ "clientId": "c", "clientSecret": "client-canary" }));
    let tokens = held(Some("access-canary"), Some("refresh-canary"), &json!({}));
    let (end, _) = request::encode_end(&options, &tokens).expect("a request").expect("one");
    let sent = [
        (login(&options, &alice("login-canary")).expect("a request"), "login-canary client-canary"),
        (refresh(&options, &tokens).expect("a request"), "refresh-canary client-canary"),
        (end, "refresh-canary client-canary"),
    ];
    for (request, echo) in sent {
        assert_eq!(request.secrets.redact(echo), "[redacted] [redacted]");
        assert!(!format!("{request:?}").contains("canary"));
    }
}
