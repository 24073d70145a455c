//! What is full, denied or missing, or holds what somebody else wrote.

use js_sys::Reflect;
use wasm_auth_session::browser::store::Store;
use wasm_auth_session::core::error::StorageOperation;
use wasm_auth_session::core::event::StorageKind;
use wasm_auth_session::core::record::{Record, Stored};
use wasm_auth_session::core::session::{NotSaved, Place};
use wasm_auth_session::core::sight::Fenced;
use wasm_auth_session::core::tree::Tree;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Storage;

use super::room::{Clean, KEY, eval, everything, local, open, put, record, seen, shell, sound, tombstone, write};

fn large(generation: u64) -> Record {
    let mut record = record(generation);
    if let Some(session) = &mut record.session {
        session.tokens.extra = Tree::map([("note", Tree::text("y".repeat(100_000)))]);
    }
    record
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

/// Puts something in the place of a global, until the value is dropped.
struct Swapped(&'static str);

impl Swapped {
    fn global(name: &'static str, getter: &str) -> Self {
        eval(&format!(
            "globalThis.whole = Object.getOwnPropertyDescriptor(window, '{name}'); \
             Object.defineProperty(window, '{name}', {{ get: {getter}, configurable: true }})"
        ));
        Self(name)
    }
}

impl Drop for Swapped {
    fn drop(&mut self) {
        eval(&format!("Object.defineProperty(window, '{}', globalThis.whole)", self.0));
    }
}

#[wasm_bindgen_test]
async fn f96_what_is_no_record_is_corrupt_and_the_fence_has_the_copy() {
    let _clean = Clean::start().await;
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
        assert_eq!(seen(&store).await, Stored::Corrupt, "{text}");
    }
    put(&store, &record(1), Place::Asked).await;
    let whole = local().get_item(KEY).ok().flatten().expect("it is there");
    for end in 0..whole.len() {
        local().set_item(KEY, whole.get(..end).expect("the record is ASCII")).expect("there is room");
        let sight = store.read().await;
        assert_eq!(sight.shown, Stored::Corrupt, "cut at {end}");
        assert_eq!(sight.freshest(), Stored::Record(record(1)), "cut at {end}");
    }
}

#[wasm_bindgen_test]
async fn f106_a_record_of_a_later_version_is_left_alone() {
    let _clean = Clean::start().await;
    let text = r#"{"version":2,"whatever":true}"#;
    local().set_item(KEY, text).expect("there is room");
    let store = sound(StorageKind::Local);
    assert_eq!(seen(&store).await, Stored::Newer);
    store.bury(tombstone(2).mark, Place::Asked);
    assert_eq!(local().get_item(KEY), Ok(Some(text.to_owned())));
}

#[wasm_bindgen_test]
async fn f93_a_full_storage_takes_the_new_record_in_the_room_of_the_old_one() {
    let _clean = Clean::start().await;
    let store = sound(StorageKind::Local);
    put(&store, &record(1), Place::Asked).await;
    fill(&local());
    put(&store, &record(2), Place::Asked).await;
    assert_eq!(store.take_fall(), Some((StorageKind::Local, StorageOperation::Write)));
    assert_eq!(seen(&sound(StorageKind::Local)).await, Stored::Record(record(2)));
}

#[wasm_bindgen_test]
async fn f93_a_record_that_a_full_storage_cannot_take_is_in_the_fence_and_the_spent_one_is_out() {
    let _clean = Clean::start().await;
    let store = sound(StorageKind::Local);
    put(&store, &record(1), Place::Asked).await;
    fill(&local());
    put(&store, &large(2), Place::Asked).await;
    assert_eq!(store.take_fall(), Some((StorageKind::IndexedDb, StorageOperation::Write)));
    assert_eq!(seen(&store).await, Stored::Record(large(2)));
    assert_eq!(local().get_item(KEY), Ok(None));
    assert!(matches!(store.read().await.fenced, Fenced::Whole { alone: true, .. }));
    put(&store, &large(3), Place::Asked).await;
    assert_eq!(seen(&open(StorageKind::Local)).await, Stored::Record(large(3)));
    local().clear().expect("it can be cleared");
    put(&store, &large(4), Place::Asked).await;
    assert!(matches!(store.read().await.fenced, Fenced::Whole { alone: false, .. }));
    assert_eq!(seen(&sound(StorageKind::Local)).await, Stored::Record(large(4)));
}

#[wasm_bindgen_test]
async fn f93_without_a_fence_what_a_full_storage_cannot_take_is_kept_here_and_the_spent_one_is_out() {
    let _clean = Clean::start().await;
    let _missing = Swapped::global("indexedDB", "() => undefined");
    let store = sound(StorageKind::Local);
    put(&store, &record(1), Place::Asked).await;
    fill(&local());
    let saved = write(&store, &large(2), Place::Asked).await;
    assert_eq!(saved, Err(NotSaved::Failed(StorageOperation::Write)));
    assert_eq!(seen(&store).await, Stored::Record(large(2)));
    assert_eq!(local().get_item(KEY), Ok(None));
    local().clear().expect("it can be cleared");
    put(&store, &large(3), Place::Asked).await;
    assert_eq!(seen(&sound(StorageKind::Local)).await, Stored::Record(large(3)));
}

#[wasm_bindgen_test]
async fn f93_a_session_in_a_full_storage_can_be_read_and_taken_out() {
    let _clean = Clean::start().await;
    put(&sound(StorageKind::Local), &record(1), Place::Asked).await;
    fill(&local());
    let store = sound(StorageKind::Local);
    assert_eq!(seen(&store).await, Stored::Record(record(1)));
    store.bury(tombstone(2).mark, Place::Asked);
    put(&store, &tombstone(3), Place::Asked).await;
    assert!(!everything().await.contains("canary"));
}

#[wasm_bindgen_test]
async fn f94_storage_that_takes_no_write_falls_back_to_the_fence_or_to_memory() {
    let broken = "globalThis.setItem = Storage.prototype.setItem; \
        Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError') }";
    for (kind, place) in [(StorageKind::Local, StorageKind::IndexedDb), (StorageKind::Session, StorageKind::Memory)] {
        let _clean = Clean::start().await;
        eval(broken);
        let store = open(kind);
        let fall = store.take_fall();
        let saved = write(&store, &record(1), Place::Asked).await;
        let kept = seen(&store).await;
        eval("Storage.prototype.setItem = globalThis.setItem");
        assert_eq!((fall, saved), (Some((place, StorageOperation::Probe)), Ok(())), "{kind:?}");
        assert_eq!(kept, Stored::Record(record(1)), "{kind:?}");
    }
}

#[wasm_bindgen_test]
async fn f91_f92_storage_that_is_denied_or_missing_falls_back_to_memory() {
    for (kind, name) in [(StorageKind::Local, "localStorage"), (StorageKind::Session, "sessionStorage")] {
        for getter in ["() => { throw new DOMException('', 'SecurityError') }", "() => null", "() => undefined"] {
            let _clean = Clean::start().await;
            let swapped = Swapped::global(name, getter);
            let store = open(kind);
            put(&store, &record(1), Place::Asked).await;
            let kept = seen(&store).await;
            drop(swapped);
            assert_eq!(store.take_fall(), Some((StorageKind::Memory, StorageOperation::Probe)), "{name}: {getter}");
            assert_eq!(kept, Stored::Record(record(1)), "{name}: {getter}");
        }
    }
}

#[wasm_bindgen_test]
async fn f91_without_session_storage_a_login_for_this_tab_stays_out_of_local_storage() {
    let _clean = Clean::start().await;
    let swapped = Swapped::global("sessionStorage", "() => null");
    let store = sound(StorageKind::Local);
    let written = write(&store, &record(1), Place::Tab).await;
    let kept = seen(&store).await;
    drop(swapped);
    assert_eq!((written, local().length()), (Ok(()), Ok(0)));
    assert_eq!(kept, Stored::Record(record(1)));
}

#[wasm_bindgen_test]
async fn f104_own_storage_is_mirrored_to_and_what_it_does_wrong_is_told() {
    let _clean = Clean::start().await;
    let own = |code: &str| Store::open(shell(code), StorageKind::Custom, KEY.to_owned(), false);
    let working = "globalThis.own = { get: async () => own.text ?? null, set: async (key, text) => void (own.text = text), \
        remove: async () => void (own.text = null) }";
    let store = own(working);
    put(&store, &record(1), Place::Asked).await;
    let text = Reflect::get(&eval("own"), &"text".into()).ok().and_then(|text| text.as_string());
    assert!(text.is_some_and(|text| text.contains("canary-1")));
    let kept = Some((StorageKind::Custom, StorageOperation::Write));
    assert_eq!((seen(&store).await, store.take_fall()), (Stored::Record(record(1)), kept));

    let silent = own(
        "{ get: () => Promise.reject(new Error()), set: () => Promise.reject(new Error()), remove: () => Promise.reject(new Error()) }",
    );
    assert_eq!(seen(&silent).await, Stored::Record(record(1)), "the copy in the fence");
    assert_eq!(silent.take_fall(), Some((StorageKind::IndexedDb, StorageOperation::Read)));
    put(&silent, &record(2), Place::Asked).await;
    assert_eq!(seen(&silent).await, Stored::Record(record(2)));
}
