//! The key a session is stored under, and the warnings of a cookie that its page will not have.

use std::collections::HashMap;

use serde_json::{Value, json};
use wasm_auth_session::core::event::WarningCode;
use wasm_auth_session::core::options::Options;

use super::given::{parse, with};
use crate::support::{self, NATIVE};

fn in_page(given: &Value, page: &str) -> Options {
    let page = (NATIVE.parse_url)(page).expect("a URL");
    Options::parse(&support::tree(given), &NATIVE, Some(&page)).expect("valid options")
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
