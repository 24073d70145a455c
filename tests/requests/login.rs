//! A login: its credentials, the client, extra fields, and every password as it was typed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use wasm_auth_session::core::dialect::{CookiePolicy, Method};
use wasm_auth_session::core::error::AuthError;
use wasm_auth_session::core::request::{Body, HttpRequest};

use super::written::{alice, form, header, held, json_body, login, options, refresh};

/// The option and the reason of an `invalid_options` error.
fn fault(result: Result<HttpRequest, AuthError>) -> (String, String) {
    match result {
        Err(AuthError::InvalidOptions { option, reason }) => (option, reason),
        other => panic!("{other:?}"),
    }
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
fn an_email_or_whatever_names_the_user_is_as_little_a_secret_as_a_user_name() {
    for name in ["email", "login", "identifier", "phone"] {
        let row = json!({ "request": { "password": { "fields": { "username": null, name: name } } } });
        let request =
            login(&options(&row), &json!({ name: "alice@example.com", "password": "canary" })).expect("a request");
        assert!(!request.secrets.are_in("alice@example.com") && request.secrets.are_in("canary"), "{name}");
    }
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
