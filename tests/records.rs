//! Native: what is stored, and what of a store that anybody in the page may have written is believed.
#![cfg(not(target_arch = "wasm32"))]
mod support;

use serde_json::{Value, json};
use wasm_auth_session::core::error::ErrorCode;
use wasm_auth_session::core::record::{Mark, Record, Stored, StoredSession, VERSION, Wait};
use wasm_auth_session::core::secret::SharedSecret;
use wasm_auth_session::core::token_set::TokenSet;
use wasm_auth_session::core::units::{Millis, UnixMillis};

fn secret(text: &str) -> Option<SharedSecret> {
    Some(SharedSecret::new(text.to_owned()))
}

fn session() -> StoredSession {
    StoredSession {
        sid: "3f1c0a5b".to_owned(),
        marker: true,
        remember: false,
        issued_at: UnixMillis(1_795_316_400_000),
        started_at: UnixMillis(1_795_312_800_000),
        wait: Some(Wait {
            attempts: 2,
            until: UnixMillis(1_795_316_405_000),
            asked: true,
            code: ErrorCode::RateLimited,
        }),
        tokens: TokenSet {
            access_token: secret("access-canary"),
            refresh_token: secret("refresh-canary"),
            token_type: Some("Bearer".to_owned()),
            scope: Some("read write".to_owned()),
            user: Some("alice".to_owned()),
            lifetime: Some(Millis(900_000)),
            extra: support::tree(&json!({ "orgs": [{ "key": "acme" }], "created_at": 1_795_316_400 })),
        },
    }
}

fn record() -> Record {
    Record { mark: Mark { epoch: 2, generation: 7 }, session: Some(session()) }
}

/// The record as JSON, to be tampered with.
fn stored() -> Value {
    support::json(&record().to_tree(true))
}

fn read(value: &Value) -> Stored {
    Record::from_tree(&support::tree(value), false)
}

/// The stored record with one entry replaced, or taken away by `None`.
fn tampered(pointer: &str, value: Option<Value>) -> Stored {
    let mut stored = stored();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let parent = stored.pointer_mut(parent).expect("an object").as_object_mut().expect("an object");
    match value {
        Some(value) => drop(parent.insert(name.to_owned(), value)),
        None => drop(parent.shift_remove(name)),
    }
    read(&stored)
}

#[test]
fn a_record_comes_back_as_it_was_written() {
    assert_eq!(read(&stored()), Stored::Record(record()));
    let mut plain = record();
    if let Some(session) = &mut plain.session {
        session.marker = false;
        session.remember = true;
        session.tokens =
            TokenSet { access_token: secret("a"), extra: support::tree(&json!({})), ..TokenSet::default() };
    }
    assert_eq!(Record::from_tree(&plain.to_tree(true), false), Stored::Record(plain));
}

#[test]
fn after_a_logout_only_the_mark_is_left() {
    let ended = Record { mark: Mark { epoch: 3, generation: 8 }, session: None };
    let tree = ended.to_tree(true);
    assert_eq!(support::json(&tree), json!({ "version": VERSION, "epoch": 3, "generation": 8 }));
    assert_eq!(Record::from_tree(&tree, false), Stored::Record(ended));
}

#[test]
fn in_cookie_mode_no_token_is_stored() {
    let tree = record().to_tree(false);
    assert!(!support::json(&tree).to_string().contains("canary"));
    let Stored::Record(Record { session: Some(found), .. }) = Record::from_tree(&tree, true) else {
        panic!("a session")
    };
    assert_eq!((found.tokens.access_token, found.tokens.refresh_token), (None, None));
    assert_eq!(
        (found.sid, found.tokens.user, found.tokens.lifetime),
        ("3f1c0a5b".to_owned(), Some("alice".to_owned()), Some(Millis(900_000)))
    );
    assert_eq!(Record::from_tree(&tree, false), Stored::Corrupt, "without a cookie such a record is of no use");
}

#[test]
fn a_record_never_prints_its_tokens() {
    assert!(!format!("{:?} {:?}", record(), record().to_tree(true)).contains("canary"));
}

#[test]
fn f96_what_is_no_record_is_corrupt() {
    let nonsense = [
        json!(null),
        json!(true),
        json!(5),
        json!("text"),
        json!([]),
        json!({}),
        json!([{ "version": 1 }]),
        json!({ "version": null }),
        json!({ "version": "1" }),
        json!({ "version": 0 }),
        json!({ "version": -1 }),
        json!({ "version": 1.5 }),
        json!({ "version": 1 }),
        json!({ "version": 1, "epoch": 1 }),
        json!({ "version": 1, "generation": 1 }),
        json!({ "token_set": {} }),
        json!({ "accessToken": "another library's", "expiresAt": 5 }),
    ];
    for value in nonsense {
        assert_eq!(read(&value), Stored::Corrupt, "{value}");
    }
}

#[test]
fn f96_a_record_cut_anywhere_is_corrupt_and_never_half_a_session() {
    let text = stored().to_string();
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        let is_whole = (support::NATIVE.parse_json)(&text[..end])
            .is_some_and(|tree| Record::from_tree(&tree, false) != Stored::Corrupt);
        assert!(!is_whole, "{}", &text[..end]);
    }
}

#[test]
fn f96_an_entry_a_session_cannot_do_without_must_be_there_and_fit() {
    for name in ["sid", "issued_at", "epoch", "generation", "version"] {
        assert_eq!(tampered(&format!("/{name}"), None), Stored::Corrupt, "{name}");
        for value in [json!(null), json!({}), json!([]), json!(true), json!("")] {
            assert_eq!(tampered(&format!("/{name}"), Some(value.clone())), Stored::Corrupt, "{name}: {value}");
        }
    }
    for name in ["issued_at", "epoch", "generation"] {
        for value in [json!(-1), json!(0.5), json!(1e300), json!(9_007_199_254_740_993_i64), json!("7")] {
            assert_eq!(tampered(&format!("/{name}"), Some(value.clone())), Stored::Corrupt, "{name}: {value}");
        }
    }
    assert_eq!(tampered("/sid", Some(json!("x".repeat(65)))), Stored::Corrupt);
    assert_eq!(tampered("/sid", Some(json!(5))), Stored::Corrupt);
    assert_eq!(tampered("/token_set/access_token", None), Stored::Corrupt);
}

#[test]
fn f97_a_tampered_token_counts_as_missing() {
    for token in [
        json!("a\r\nX-Evil: 1"),
        json!("a b"),
        json!("ä"),
        json!(""),
        json!(5),
        json!(["a"]),
        json!("a".repeat(16 * 1024 + 1)),
    ] {
        assert_eq!(tampered("/token_set/access_token", Some(token.clone())), Stored::Corrupt, "{token:.40}");
        let Stored::Record(Record { session: Some(found), .. }) = tampered("/token_set/refresh_token", Some(token))
        else {
            panic!("a session")
        };
        assert_eq!(found.tokens.refresh_token, None);
    }
}

#[test]
fn f97_entries_that_do_not_fit_fall_back_and_unknown_ones_are_not_read() {
    let expect = |pointer: &str, value: Value, change: fn(&mut StoredSession)| {
        let mut expected = record();
        change(expected.session.as_mut().expect("a session"));
        assert_eq!(tampered(pointer, Some(value)), Stored::Record(expected), "{pointer}");
    };
    expect("/marker", json!("yes"), |session| session.marker = false);
    expect("/remember", json!(1), |session| session.remember = true);
    expect("/token_set/user", json!({ "admin": true }), |session| session.tokens.user = None);
    expect("/token_set/scope", json!(5), |session| session.tokens.scope = None);
    expect("/token_set/token_type", json!(""), |session| session.tokens.token_type = None);
    expect("/token_set/extra", json!("text"), |session| session.tokens.extra = support::tree(&json!({})));
    for lifetime in [json!(0), json!(-5), json!("900000"), json!(1.5), json!(1e300), json!(null)] {
        expect("/lifetime", lifetime, |session| session.tokens.lifetime = None);
    }
    for (pointer, url) in [
        ("/url", "https://evil.example/token"),
        ("/baseUrl", "https://evil.example"),
        ("/token_set/url", "https://evil.example"),
    ] {
        expect(pointer, json!(url), |_| {});
    }
}

#[test]
fn f97_a_record_holds_no_url_to_send_a_token_to() {
    assert!(!stored().to_string().contains("://"));
}

#[test]
fn f106_a_newer_record_is_told_apart_and_left_alone() {
    for version in [VERSION + 1, 99, 9_007_199_254_740_991] {
        assert_eq!(tampered("/version", Some(json!(version))), Stored::Newer, "{version}");
        assert_eq!(read(&json!({ "version": version, "wholly": "different" })), Stored::Newer);
    }
}

#[test]
fn marks_order_all_writes_and_never_wrap() {
    let mark = Mark { epoch: 2, generation: 7 };
    assert_eq!(mark.next(), Mark { epoch: 2, generation: 8 });
    assert_eq!(mark.next_epoch(UnixMillis(0)), Mark { epoch: 3, generation: 8 });
    assert_eq!(mark.join(Mark { epoch: 1, generation: 9 }), mark, "generations count within their epoch");
    assert_eq!(mark.join(Mark { epoch: 3, generation: 1 }), Mark { epoch: 3, generation: 1 });
    let last = Mark { epoch: u64::MAX, generation: u64::MAX };
    assert_eq!((last.next(), last.next_epoch(UnixMillis(i64::MIN))), (last, last));
    assert!(mark < mark.next() && mark.next() < mark.next_epoch(UnixMillis(0)));
}
