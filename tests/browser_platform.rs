//! In a browser: its own URL, JSON and date parsers, as the core sees them.
#![cfg(target_arch = "wasm32")]

use wasm_auth_session::browser::platform::{BROWSER, page_url};
use wasm_auth_session::core::tree::Tree;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn f108_the_origin_is_the_one_the_browser_would_ask() {
    for (text, origin) in [
        ("https://api.example.com/a", "https://api.example.com"),
        ("HTTPS://API.Example.COM:443/a", "https://api.example.com"),
        ("https://api.example.com:8443", "https://api.example.com:8443"),
        ("https://api.example.com.evil.example/", "https://api.example.com.evil.example"),
        ("https://api.example.com@evil.example/", "https://evil.example"),
        ("https:\\\\evil.example\\a", "https://evil.example"),
        (" ht\ntps://evil.\texample/ ", "https://evil.example"),
        ("https://b\u{fc}cher.example", "https://xn--bcher-kva.example"),
        ("https://0x7f.1/", "https://127.0.0.1"),
        ("data:text/html,x", "null"),
    ] {
        let url = (BROWSER.parse_url)(text).unwrap_or_else(|| panic!("{text} is a URL"));
        assert_eq!(url.origin, origin, "{text}");
    }
}

#[wasm_bindgen_test]
fn f133_what_is_no_absolute_url_is_none() {
    for text in ["", "/path", "//example.com", "example.com", "https://", "https://[::1", "https://example.com:99999"] {
        assert!((BROWSER.parse_url)(text).is_none(), "{text}");
    }
}

#[wasm_bindgen_test]
fn f133_user_names_queries_and_fragments_are_noticed() {
    let seen = |text: &str| (BROWSER.parse_url)(text).map(|url| (url.has_userinfo, url.has_query_or_fragment));
    assert_eq!(seen("https://a.example/"), Some((false, false)));
    assert_eq!(seen("https://user@a.example/"), Some((true, false)));
    assert_eq!(seen("https://:password@a.example/"), Some((true, false)));
    assert_eq!(seen("https://a.example/?q"), Some((false, true)));
    assert_eq!(seen("https://a.example/#f"), Some((false, true)));
}

#[wasm_bindgen_test]
fn f48_only_https_and_this_machine_are_secure() {
    for (text, secure) in [
        ("https://a.example", true),
        ("http://127.0.0.1:8080", true),
        ("http://[::1]:8080", true),
        ("http://localhost", true),
        ("http://a.example", false),
        ("http://127.0.0.1.evil.example", false),
        ("http://localhost.evil.example", false),
        ("ws://127.0.0.1", false),
        ("blob:https://a.example/1", false),
    ] {
        assert_eq!((BROWSER.parse_url)(text).map(|url| url.is_secure()), Some(secure), "{text}");
    }
}

#[wasm_bindgen_test]
fn the_page_has_a_url() {
    let page = page_url().expect("tests run in a page");
    assert!(page.is_loopback(), "{}", page.href);
}

#[wasm_bindgen_test]
fn f29_json_is_what_json_parse_says() {
    let parse = BROWSER.parse_json;
    for text in ["", "{", "{a:1}", "[1,]", "\u{feff}{}", "NaN", "'a'", "{\"a\":1}{", "\u{0}"] {
        assert!(parse(text).is_none(), "{text:?}");
    }
    let number = |text: &str| parse(text).as_ref().and_then(|tree| tree.at("/a").and_then(Tree::as_number));
    assert_eq!(number(r#"{"a":1,"a":2}"#), Some(2.0), "of doubled keys the last one counts");
    assert_eq!(number(r#"{"a":1e400}"#), Some(f64::INFINITY));
    assert_eq!(number(r#"{"a":9007199254740993}"#), Some(9_007_199_254_740_992.0));
    let text = parse(r#"{"a":"\ud800"}"#);
    assert_eq!(text.as_ref().and_then(|tree| tree.at("/a").and_then(Tree::as_text)), Some("\u{fffd}"));
}

#[wasm_bindgen_test]
fn f29_a_million_brackets_are_no_trap() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let text = format!("{}1{}", open.repeat(1_000_000), close.repeat(1_000_000));
        assert!((BROWSER.parse_json)(&text).is_none());
    }
}

#[wasm_bindgen_test]
fn f84_dates_are_instants_whatever_the_time_zone() {
    for (text, expected) in [
        ("1970-01-01T00:00:01Z", Some(1_000)),
        ("2026-01-01T02:00:00+02:00", Some(1_767_225_600_000)),
        ("2026-01-01", Some(1_767_225_600_000)),
        ("Thu, 01 Jan 2026 00:00:00 GMT", Some(1_767_225_600_000)),
        ("soon", None),
        ("", None),
        ("2026-13-01T00:00:00Z", None),
    ] {
        assert_eq!((BROWSER.parse_date)(text).map(|instant| instant.0), expected, "{text}");
    }
}
