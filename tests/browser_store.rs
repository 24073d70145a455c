//! In a browser: the store, on storage that works, is full, is denied, or holds what somebody else wrote, with the fence
//! and the shell as they are shipped.
#![cfg(target_arch = "wasm32")]

use js_sys::{Function, Promise, Reflect};
use wasm_auth_session::browser::shell::Shell;
use wasm_auth_session::browser::store::Store;
use wasm_auth_session::core::error::StorageOperation;
use wasm_auth_session::core::event::StorageKind;
use wasm_auth_session::core::record::{Mark, Record, Stored, StoredSession};
use wasm_auth_session::core::secret::SharedSecret;
use wasm_auth_session::core::session::{NotSaved, Place, Saved};
use wasm_auth_session::core::sight::{Fenced, Over};
use wasm_auth_session::core::token_set::TokenSet;
use wasm_auth_session::core::tree::Tree;
use wasm_auth_session::core::units::{Millis, UnixMillis};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::Storage;

wasm_bindgen_test_configure!(run_in_browser);

const KEY: &str = "was.1.test";

/// The modules of which the shell is made, each after those it imports.
const MODULES: &[(&str, &str)] = &[
    ("deadline", include_str!("../src/js/deadline.js")),
    ("vault", include_str!("../src/js/vault.js")),
    ("lock", include_str!("../src/js/lock.js")),
    ("peers", include_str!("../src/js/peers.js")),
    ("shell", include_str!("../src/js/shell.js")),
];

/// Loads them, with a fence that nobody has spoiled yet.
const LOAD: &str = r#"(async (...modules) => {
  const urls = {};
  for (let at = 0; at < modules.length; at += 2) {
    const linked = modules[at + 1].replace(/"\.\/(\w+)\.js"/g, (_, name) => JSON.stringify(urls[name]));
    urls[modules[at]] = URL.createObjectURL(new Blob([linked], { type: "text/javascript" }));
  }
  const { Shell } = await import(urls.shell);
  globalThis.newShell = (adapter) => {
    const shell = new Shell(adapter, () => {}, () => {});
    shell.start("was.1.test", 5000, 20000);
    return shell;
  };
})"#;

/// The page with empty storage, before and after, and the shell's modules.
struct Clean;

impl Clean {
    async fn start() -> Self {
        drop(Self);
        let delete = "new Promise((done) => { indexedDB.deleteDatabase('wasm-auth-session').onsuccess = done })";
        settle(eval(delete)).await;
        let arguments: js_sys::Array =
            MODULES.iter().flat_map(|(name, text)| [JsValue::from_str(name), JsValue::from_str(text)]).collect();
        let load: Function = eval(LOAD).unchecked_into();
        settle(load.apply(&JsValue::NULL, &arguments).expect("it begins to load")).await;
        Self
    }
}

impl Drop for Clean {
    fn drop(&mut self) {
        local().clear().expect("it can be cleared");
        tab().clear().expect("it can be cleared");
    }
}

async fn settle(promise: JsValue) -> JsValue {
    JsFuture::from(promise.unchecked_into::<Promise>()).await.expect("it settles")
}

fn eval(code: &str) -> JsValue {
    js_sys::eval(code).expect("the code runs")
}

fn local() -> Storage {
    web_sys::window().and_then(|window| window.local_storage().ok()?).expect("this page has storage")
}

fn tab() -> Storage {
    web_sys::window().and_then(|window| window.session_storage().ok()?).expect("this page has storage")
}

fn shell(adapter: &str) -> Shell {
    eval(&format!("newShell({adapter})")).unchecked_into()
}

fn open(kind: StorageKind) -> Store {
    Store::open(shell("null"), kind, KEY.to_owned(), false)
}

/// Opened without a fall.
fn sound(kind: StorageKind) -> Store {
    let store = open(kind);
    assert_eq!(store.take_fall(), None);
    store
}

async fn seen(store: &Store) -> Stored {
    store.read().await.freshest()
}

async fn write(store: &Store, record: &Record, place: Place) -> Saved {
    store.write(record, place, Over::default()).await
}

async fn put(store: &Store, record: &Record, place: Place) {
    assert_eq!(write(store, record, place).await, Ok(()));
}

fn record(generation: u64) -> Record {
    let secret = |name: &str| Some(SharedSecret::new(format!("{name}-canary-{generation}")));
    Record {
        mark: Mark { epoch: 3, generation },
        session: Some(StoredSession {
            sid: "sid".to_owned(),
            marker: false,
            remember: true,
            issued_at: UnixMillis(1_000),
            started_at: UnixMillis(1_000),
            wait: None,
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

fn large(generation: u64) -> Record {
    let mut record = record(generation);
    if let Some(session) = &mut record.session {
        session.tokens.extra = Tree::map([("note", Tree::text("y".repeat(100_000)))]);
    }
    record
}

fn tombstone(generation: u64) -> Record {
    Record { mark: Mark { epoch: 4, generation }, session: None }
}

/// Everything in both storages and the database, as one text.
async fn everything() -> String {
    let code = r#"(async () => {
      const settled = (request) => new Promise((done) => (request.onsuccess = () => done(request.result)));
      const base = await settled(indexedDB.open("wasm-auth-session"));
      const entries = base.objectStoreNames.length ? await settled(base.transaction("sessions").objectStore("sessions").getAll()) : [];
      base.close();
      return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, entries]);
    })()"#;
    settle(eval(code)).await.as_string().expect("a text")
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
async fn a_record_is_read_as_it_was_written_by_every_store_of_the_key() {
    for kind in [StorageKind::Local, StorageKind::Session, StorageKind::IndexedDb] {
        let _clean = Clean::start().await;
        let store = sound(kind);
        assert_eq!(seen(&store).await, Stored::Nothing);
        put(&store, &record(1), Place::Asked).await;
        assert_eq!(seen(&store).await, Stored::Record(record(1)));
        assert_eq!(seen(&sound(kind)).await, Stored::Record(record(1)));
        let other = Store::open(shell("null"), kind, "was.1.other".to_owned(), false);
        assert_eq!(seen(&other).await, Stored::Nothing);
    }
}

#[wasm_bindgen_test]
async fn f95_a_record_is_one_key_and_the_probe_leaves_nothing() {
    let _clean = Clean::start().await;
    let store = sound(StorageKind::Local);
    assert_eq!(everything().await, "[{},{},[]]");
    put(&store, &record(1), Place::Asked).await;
    assert_eq!((local().length(), tab().length()), (Ok(1), Ok(0)));
    assert!(local().get_item(KEY).is_ok_and(|text| text.is_some()));
}

#[wasm_bindgen_test]
async fn memory_writes_to_no_storage_and_is_not_shared() {
    let _clean = Clean::start().await;
    let store = sound(StorageKind::Memory);
    put(&store, &record(1), Place::Asked).await;
    assert_eq!(seen(&store).await, Stored::Record(record(1)));
    assert_eq!(everything().await, "[{},{},[]]");
    assert_eq!(seen(&sound(StorageKind::Memory)).await, Stored::Nothing);
}

#[wasm_bindgen_test]
async fn f88_what_is_not_newer_is_not_written_wherever_the_record_is() {
    for kind in [StorageKind::Local, StorageKind::Session, StorageKind::IndexedDb, StorageKind::Memory] {
        let _clean = Clean::start().await;
        let store = sound(kind);
        put(&store, &record(5), Place::Asked).await;
        for late in [record(5), record(4)] {
            assert_eq!(write(&store, &late, Place::Asked).await, Err(NotSaved::Overtaken), "{kind:?}");
        }
        assert_eq!(seen(&store).await, Stored::Record(record(5)), "{kind:?}");
    }
}

#[wasm_bindgen_test]
async fn f55_a_stale_mirror_is_seen_through() {
    let _clean = Clean::start().await;
    let store = sound(StorageKind::Local);
    put(&store, &record(1), Place::Asked).await;
    let stale = local().get_item(KEY).ok().flatten().expect("it is mirrored");
    put(&store, &record(2), Place::Asked).await;
    local().set_item(KEY, &stale).expect("there is room");
    assert_eq!(seen(&store).await, Stored::Record(record(2)));
    assert_eq!(write(&store, &record(2), Place::Asked).await, Err(NotSaved::Overtaken));
}

#[wasm_bindgen_test]
async fn f73_a_copy_of_a_tabs_record_is_outdated_once_the_other_has_written() {
    let _clean = Clean::start().await;
    let store = sound(StorageKind::Session);
    put(&store, &record(1), Place::Asked).await;
    let copied = tab().get_item(KEY).ok().flatten().expect("it is in the tab");
    put(&store, &record(2), Place::Asked).await;
    tab().set_item(KEY, &copied).expect("there is room");
    let copy = sound(StorageKind::Session);
    assert_eq!(seen(&copy).await, Stored::Outdated);
    assert_eq!(write(&copy, &record(2), Place::Asked).await, Err(NotSaved::Overtaken));
    assert!(!everything().await.contains("canary-2"), "the fence keeps no token of one tab");
}

#[wasm_bindgen_test]
async fn f98_a_cleared_mirror_is_believed_after_a_second_and_not_at_once() {
    let _clean = Clean::start().await;
    let store = sound(StorageKind::Local);
    put(&store, &record(1), Place::Asked).await;
    local().clear().expect("it can be cleared");
    let start = js_sys::Date::now();
    assert_eq!(seen(&store).await, Stored::Nothing);
    let took = js_sys::Date::now() - start;
    assert!((900.0..4_000.0).contains(&took), "{took} ms");
}

#[wasm_bindgen_test]
async fn a_login_for_this_tab_takes_the_shared_record_out_and_the_other_way_round() {
    let _clean = Clean::start().await;
    let store = sound(StorageKind::Local);
    put(&store, &record(1), Place::Asked).await;
    put(&store, &record(2), Place::Tab).await;
    assert_eq!(tab().length(), Ok(1));
    assert!(!everything().await.contains("canary-1"), "{}", everything().await);
    assert_eq!(seen(&store).await, Stored::Record(record(2)));
    put(&store, &record(3), Place::Asked).await;
    assert_eq!((local().length(), tab().length()), (Ok(1), Ok(0)));
    assert_eq!(seen(&store).await, Stored::Record(record(3)));
}

#[wasm_bindgen_test]
async fn a_login_for_this_tab_leaves_nothing_behind_where_nothing_was_shared() {
    let _clean = Clean::start().await;
    let store = sound(StorageKind::Local);
    put(&store, &record(1), Place::Tab).await;
    assert_eq!((local().length(), tab().length()), (Ok(0), Ok(1)));
}

#[wasm_bindgen_test]
async fn where_the_tab_is_all_that_was_asked_for_both_places_are_the_same() {
    for kind in [StorageKind::Session, StorageKind::Memory] {
        let _clean = Clean::start().await;
        let store = sound(kind);
        put(&store, &record(1), Place::Tab).await;
        assert_eq!(seen(&store).await, Stored::Record(record(1)));
        assert_eq!(local().length(), Ok(0));
    }
}

#[wasm_bindgen_test]
async fn f64_burying_leaves_a_mark_and_no_secret_at_once_wherever_the_record_was_and_keeps_late_writes_out() {
    for (kind, place) in [
        (StorageKind::Local, Place::Asked),
        (StorageKind::Local, Place::Tab),
        (StorageKind::Session, Place::Asked),
        (StorageKind::IndexedDb, Place::Asked),
        (StorageKind::Memory, Place::Asked),
    ] {
        let _clean = Clean::start().await;
        let store = sound(kind);
        put(&store, &record(1), place).await;
        store.bury(tombstone(2).mark);
        let storages = eval("JSON.stringify([{ ...localStorage }, { ...sessionStorage }])").as_string();
        assert!(!storages.expect("a text").contains("canary"), "{kind:?}: at once");
        assert_eq!(write(&store, &record(3), place).await, Err(NotSaved::Overtaken), "{kind:?}");
        assert!(!everything().await.contains("canary"), "{kind:?}: {}", everything().await);
        assert!(
            matches!(seen(&store).await, Stored::Record(Record { session: None, .. }) | Stored::Nothing),
            "{kind:?}"
        );
        put(&store, &tombstone(4), Place::Asked).await;
        assert_eq!(seen(&store).await, Stored::Record(tombstone(4)), "{kind:?}");
    }
}

#[wasm_bindgen_test]
async fn f64_burying_leaves_what_is_of_the_same_epoch() {
    let _clean = Clean::start().await;
    let store = sound(StorageKind::Local);
    put(&store, &record(5), Place::Asked).await;
    store.bury(Mark { epoch: 3, generation: 9 });
    assert_eq!(seen(&store).await, Stored::Record(record(5)));
}

#[wasm_bindgen_test]
async fn in_cookie_mode_no_token_is_stored() {
    let _clean = Clean::start().await;
    let store = Store::open(shell("null"), StorageKind::Local, KEY.to_owned(), true);
    put(&store, &record(1), Place::Asked).await;
    assert!(!everything().await.contains("canary"), "{}", everything().await);
    let Stored::Record(Record { session: Some(session), .. }) = seen(&store).await else {
        panic!("the session is there")
    };
    assert_eq!((session.sid.as_str(), session.tokens.access_token.is_none()), ("sid", true));
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
    store.bury(tombstone(2).mark);
    assert_eq!(local().get_item(KEY), Ok(Some(text.to_owned())));
}

#[wasm_bindgen_test]
async fn f93_a_full_storage_takes_the_new_record_in_the_room_of_the_old_one() {
    let _clean = Clean::start().await;
    let store = sound(StorageKind::Local);
    put(&store, &record(1), Place::Asked).await;
    fill(&local());
    put(&store, &record(2), Place::Asked).await;
    assert_eq!(store.take_fall(), None);
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
    assert_eq!(store.take_fall(), None, "told once");
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
    store.bury(tombstone(2).mark);
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
    assert_eq!((seen(&store).await, store.take_fall()), (Stored::Record(record(1)), None));

    let silent = own(
        "{ get: () => Promise.reject(new Error()), set: () => Promise.reject(new Error()), remove: () => Promise.reject(new Error()) }",
    );
    assert_eq!(seen(&silent).await, Stored::Record(record(1)), "the copy in the fence");
    assert_eq!(silent.take_fall(), Some((StorageKind::IndexedDb, StorageOperation::Read)));
    put(&silent, &record(2), Place::Asked).await;
    assert_eq!(seen(&silent).await, Stored::Record(record(2)));
}
