//! In a browser: the store, on storage that works, is full, is denied, or holds what somebody else wrote.
#![cfg(target_arch = "wasm32")]

use wasm_auth_session::browser::store::Store;
use wasm_auth_session::core::error::StorageOperation;
use wasm_auth_session::core::event::StorageKind;
use wasm_auth_session::core::record::{Mark, Record, Stored, StoredSession};
use wasm_auth_session::core::secret::Secret;
use wasm_auth_session::core::session::Place;
use wasm_auth_session::core::token_set::TokenSet;
use wasm_auth_session::core::tree::Tree;
use wasm_auth_session::core::units::{Millis, UnixMillis};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::Storage;

wasm_bindgen_test_configure!(run_in_browser);

const KEY: &str = "was.1.test";

fn local() -> Storage {
    web_sys::window().and_then(|window| window.local_storage().ok()?).expect("this page has storage")
}

fn tab() -> Storage {
    web_sys::window().and_then(|window| window.session_storage().ok()?).expect("this page has storage")
}

/// Both storages empty, before and after.
struct Clean;

impl Clean {
    fn start() -> Self {
        drop(Self);
        Self
    }
}

impl Drop for Clean {
    fn drop(&mut self) {
        local().clear().expect("it can be cleared");
        tab().clear().expect("it can be cleared");
    }
}

fn js(code: &str) {
    js_sys::eval(code).expect("the code runs");
}

/// While `broken` holds, `kind` falls back to memory and still keeps a record.
fn falls_back(kind: StorageKind, broken: &str, mended: &str) {
    js(broken);
    let (store, fell_back) = open(kind);
    let kept = store.write(&record(1), Place::Asked).is_ok() && store.read() == Stored::Record(record(1));
    js(mended);
    assert_eq!((fell_back, store.kind()), (Some(StorageOperation::Probe), StorageKind::Memory), "{broken}");
    assert!(kept, "{broken}");
}

fn open(kind: StorageKind) -> (Store, Option<StorageOperation>) {
    Store::open(kind, KEY.to_owned(), false)
}

fn sound(kind: StorageKind) -> Store {
    let (store, fell_back) = open(kind);
    assert_eq!((fell_back, store.kind()), (None, kind));
    store
}

fn record(generation: u64) -> Record {
    let secret = |name: &str| Some(Secret::new(format!("{name}-canary-{generation}")));
    Record {
        mark: Mark { epoch: 3, generation },
        session: Some(StoredSession {
            sid: "sid".to_owned(),
            marker: false,
            remember: true,
            issued_at: UnixMillis(1_000),
            tokens: TokenSet {
                access_token: secret("access"),
                refresh_token: secret("refresh"),
                lifetime: Some(Millis(5_000)),
                extra: Tree::map([("org", Tree::text("acme"))]),
                ..TokenSet::default()
            },
        }),
    }
}

fn tombstone(generation: u64) -> Record {
    Record { mark: Mark { epoch: 4, generation }, session: None }
}

/// Everything in both storages, as one text.
fn everything() -> String {
    js_sys::eval("JSON.stringify([{ ...localStorage }, { ...sessionStorage }])")
        .ok()
        .and_then(|text| text.as_string())
        .expect("a text")
}

#[wasm_bindgen_test]
fn a_record_is_read_as_it_was_written_by_every_store_of_the_key() {
    for kind in [StorageKind::Local, StorageKind::Session] {
        let _clean = Clean::start();
        let store = sound(kind);
        assert_eq!(store.read(), Stored::Nothing);
        assert_eq!(store.write(&record(1), Place::Asked), Ok(()));
        assert_eq!(store.read(), Stored::Record(record(1)));
        assert_eq!(sound(kind).read(), Stored::Record(record(1)));
        let (other, _) = Store::open(kind, "was.1.other".to_owned(), false);
        assert_eq!(other.read(), Stored::Nothing);
    }
}

#[wasm_bindgen_test]
fn f95_a_record_is_one_key_and_the_probe_leaves_nothing() {
    let _clean = Clean::start();
    let store = sound(StorageKind::Local);
    assert_eq!(everything(), "[{},{}]");
    store.write(&record(1), Place::Asked).expect("it is written");
    assert_eq!((local().length(), tab().length()), (Ok(1), Ok(0)));
    assert!(local().get_item(KEY).is_ok_and(|text| text.is_some()));
}

#[wasm_bindgen_test]
fn memory_writes_to_no_storage_and_is_not_shared() {
    let _clean = Clean::start();
    let store = sound(StorageKind::Memory);
    store.write(&record(1), Place::Asked).expect("it is kept");
    assert_eq!(store.read(), Stored::Record(record(1)));
    assert_eq!(everything(), "[{},{}]");
    assert_eq!(sound(StorageKind::Memory).read(), Stored::Nothing);
}

#[wasm_bindgen_test]
fn a_login_for_this_tab_takes_the_shared_record_out_and_the_other_way_round() {
    let _clean = Clean::start();
    let store = sound(StorageKind::Local);
    store.write(&record(1), Place::Asked).expect("it is written");
    store.write(&record(2), Place::Tab).expect("it is written");
    assert_eq!((local().length(), tab().length()), (Ok(0), Ok(1)));
    assert_eq!(store.read(), Stored::Record(record(2)));
    store.write(&record(3), Place::Asked).expect("it is written");
    assert_eq!((local().length(), tab().length()), (Ok(1), Ok(0)));
    assert_eq!(store.read(), Stored::Record(record(3)));
}

#[wasm_bindgen_test]
fn where_the_tab_is_all_that_was_asked_for_both_places_are_the_same() {
    for kind in [StorageKind::Session, StorageKind::Memory] {
        let _clean = Clean::start();
        let store = sound(kind);
        store.write(&record(1), Place::Tab).expect("it is written");
        assert_eq!(store.read(), Stored::Record(record(1)));
        assert_eq!(local().length(), Ok(0));
    }
}

#[wasm_bindgen_test]
fn a_tombstone_leaves_its_mark_and_no_secret_wherever_the_record_was() {
    for (kind, place) in [
        (StorageKind::Local, Place::Asked),
        (StorageKind::Local, Place::Tab),
        (StorageKind::Session, Place::Asked),
        (StorageKind::Memory, Place::Asked),
    ] {
        let _clean = Clean::start();
        let store = sound(kind);
        store.write(&record(1), place).expect("it is written");
        store.write(&tombstone(2), Place::Asked).expect("it is written");
        assert_eq!(store.read(), Stored::Record(tombstone(2)));
        assert!(!everything().contains("canary"), "{}", everything());
    }
}

#[wasm_bindgen_test]
fn in_cookie_mode_no_token_is_stored() {
    let _clean = Clean::start();
    let (store, _) = Store::open(StorageKind::Local, KEY.to_owned(), true);
    store.write(&record(1), Place::Asked).expect("it is written");
    assert!(!everything().contains("canary"), "{}", everything());
    let Stored::Record(Record { session: Some(session), .. }) = store.read() else { panic!("the session is there") };
    assert_eq!((session.sid.as_str(), session.tokens.access_token.is_none()), ("sid", true));
}

#[wasm_bindgen_test]
fn f96_what_is_no_record_is_corrupt() {
    let _clean = Clean::start();
    let store = sound(StorageKind::Local);
    for text in [
        "",
        "{",
        "null",
        "[]",
        "{}",
        "\"text\"",
        "{\"version\":0}",
        "{\"version\":1}",
        "{\"version\":1,\"epoch\":-1,\"generation\":0}",
    ] {
        local().set_item(KEY, text).expect("there is room");
        assert_eq!(store.read(), Stored::Corrupt, "{text}");
    }
    store.write(&record(1), Place::Asked).expect("it is written");
    let whole = local().get_item(KEY).ok().flatten().expect("it is there");
    for end in 0..whole.len() {
        local().set_item(KEY, whole.get(..end).expect("the record is ASCII")).expect("there is room");
        assert_eq!(store.read(), Stored::Corrupt, "cut at {end}");
    }
}

#[wasm_bindgen_test]
fn f106_a_record_of_a_later_version_is_left_alone() {
    let _clean = Clean::start();
    let text = r#"{"version":2,"whatever":true}"#;
    local().set_item(KEY, text).expect("there is room");
    assert_eq!(sound(StorageKind::Local).read(), Stored::Newer);
    assert_eq!(local().get_item(KEY), Ok(Some(text.to_owned())));
}

/// Takes all the room that is left.
fn fill(storage: &Storage) {
    let mut chunk = 1 << 20;
    let mut name = 0;
    while chunk > 0 {
        match storage.set_item(&format!("filler-{name}"), &"x".repeat(chunk)) {
            Ok(()) => name += 1,
            Err(_) => chunk /= 2,
        }
    }
    while storage.set_item(&"f".repeat(name), "").is_ok() {
        name += 1;
    }
}

#[wasm_bindgen_test]
fn f93_a_full_storage_takes_the_new_record_in_the_room_of_the_old_one() {
    let _clean = Clean::start();
    let store = sound(StorageKind::Local);
    store.write(&record(1), Place::Asked).expect("it is written");
    fill(&local());
    assert_eq!(store.write(&record(2), Place::Asked), Ok(()));
    assert_eq!(sound(StorageKind::Local).read(), Stored::Record(record(2)));
}

#[wasm_bindgen_test]
fn f93_a_record_that_a_full_storage_cannot_take_is_kept_here_and_the_spent_one_is_out() {
    let _clean = Clean::start();
    let store = sound(StorageKind::Local);
    store.write(&record(1), Place::Asked).expect("it is written");
    fill(&local());
    let mut large = record(2);
    if let Some(session) = &mut large.session {
        session.tokens.extra = Tree::map([("note", Tree::text("y".repeat(100_000)))]);
    }
    assert_eq!(store.write(&large, Place::Asked), Err(StorageOperation::Write));
    assert_eq!(store.read(), Stored::Record(large.clone()));
    assert_eq!(local().get_item(KEY), Ok(None));
    local().clear().expect("it can be cleared");
    assert_eq!(store.write(&large, Place::Asked), Ok(()));
    assert_eq!(sound(StorageKind::Local).read(), Stored::Record(large));
}

#[wasm_bindgen_test]
fn f93_a_session_in_a_full_storage_can_be_read_and_taken_out() {
    let _clean = Clean::start();
    sound(StorageKind::Local).write(&record(1), Place::Asked).expect("it is written");
    fill(&local());
    let store = sound(StorageKind::Local);
    assert_eq!(store.read(), Stored::Record(record(1)));
    store.write(&tombstone(2), Place::Asked).expect("a tombstone is smaller than the record");
    assert!(!everything().contains("canary"));
}

#[wasm_bindgen_test]
fn f94_storage_that_takes_no_write_falls_back_to_memory() {
    let _clean = Clean::start();
    let (broken, mended) = (
        "globalThis.setItem = Storage.prototype.setItem; Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError') }",
        "Storage.prototype.setItem = globalThis.setItem",
    );
    falls_back(StorageKind::Local, broken, mended);
    falls_back(StorageKind::Session, broken, mended);
}

#[wasm_bindgen_test]
fn f91_storage_that_is_denied_falls_back_to_memory() {
    for (kind, name) in [(StorageKind::Local, "localStorage"), (StorageKind::Session, "sessionStorage")] {
        for getter in ["() => { throw new DOMException('', 'SecurityError') }", "() => null", "() => undefined"] {
            let broken = format!(
                "globalThis.whole = Object.getOwnPropertyDescriptor(window, '{name}'); \
                 Object.defineProperty(window, '{name}', {{ get: {getter}, configurable: true }})"
            );
            falls_back(kind, &broken, &format!("Object.defineProperty(window, '{name}', globalThis.whole)"));
        }
    }
}

#[wasm_bindgen_test]
fn f91_without_session_storage_a_login_for_this_tab_stays_out_of_local_storage() {
    let _clean = Clean::start();
    js("globalThis.whole = Object.getOwnPropertyDescriptor(window, 'sessionStorage'); \
        Object.defineProperty(window, 'sessionStorage', { get: () => null, configurable: true })");
    let store = sound(StorageKind::Local);
    let written = store.write(&record(1), Place::Tab);
    let seen = local().length();
    js("Object.defineProperty(window, 'sessionStorage', globalThis.whole)");
    assert_eq!((written, seen), (Ok(()), Ok(0)));
    assert_eq!(store.read(), Stored::Record(record(1)));
}
