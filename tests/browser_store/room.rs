//! A page with empty storage, stores opened in it, and what can be done to it.

use js_sys::{Function, Promise};
use wasm_auth_session::browser::shell::Shell;
use wasm_auth_session::browser::store::Store;
use wasm_auth_session::core::event::StorageKind;
use wasm_auth_session::core::record::{Mark, Record, Stored, StoredSession};
use wasm_auth_session::core::secret::SharedSecret;
use wasm_auth_session::core::session::{Place, Saved};
use wasm_auth_session::core::sight::Over;
use wasm_auth_session::core::token_set::TokenSet;
use wasm_auth_session::core::tree::Tree;
use wasm_auth_session::core::units::{Millis, UnixMillis};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Storage;

pub(super) const KEY: &str = "was.1.test";

/// The modules of which the shell is made, each after those it imports.
const MODULES: &[(&str, &str)] = &[
    ("deadline", include_str!("../../src/js/deadline.js")),
    ("vault", include_str!("../../src/js/vault.js")),
    ("lock", include_str!("../../src/js/lock.js")),
    ("peers", include_str!("../../src/js/peers.js")),
    ("shell", include_str!("../../src/js/shell.js")),
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
pub(super) struct Clean;

impl Clean {
    pub(super) async fn start() -> Self {
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

pub(super) async fn settle(promise: JsValue) -> JsValue {
    JsFuture::from(promise.unchecked_into::<Promise>()).await.expect("it settles")
}

pub(super) fn eval(code: &str) -> JsValue {
    js_sys::eval(code).expect("the code runs")
}

pub(super) fn local() -> Storage {
    web_sys::window().and_then(|window| window.local_storage().ok()?).expect("this page has storage")
}

pub(super) fn tab() -> Storage {
    web_sys::window().and_then(|window| window.session_storage().ok()?).expect("this page has storage")
}

pub(super) fn shell(adapter: &str) -> Shell {
    eval(&format!("newShell({adapter})")).unchecked_into()
}

pub(super) fn open(kind: StorageKind) -> Store {
    Store::open(shell("null"), kind, KEY.to_owned(), false)
}

/// Opened without a fall.
pub(super) fn sound(kind: StorageKind) -> Store {
    let store = open(kind);
    assert_eq!(store.take_fall(), None);
    store
}

pub(super) async fn seen(store: &Store) -> Stored {
    store.read().await.freshest()
}

pub(super) async fn write(store: &Store, record: &Record, place: Place) -> Saved {
    store.write(record, place, Over::default()).await
}

pub(super) async fn put(store: &Store, record: &Record, place: Place) {
    assert_eq!(write(store, record, place).await, Ok(()));
}

pub(super) fn record(generation: u64) -> Record {
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

pub(super) fn tombstone(generation: u64) -> Record {
    Record { mark: Mark { epoch: 4, generation }, session: None }
}

/// Everything in both storages and the database, as one text.
pub(super) async fn everything() -> String {
    let code = r#"(async () => {
      const settled = (request) => new Promise((done) => (request.onsuccess = () => done(request.result)));
      const base = await settled(indexedDB.open("wasm-auth-session"));
      const entries = base.objectStoreNames.length ? await settled(base.transaction("sessions").objectStore("sessions").getAll()) : [];
      base.close();
      return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, entries]);
    })()"#;
    settle(eval(code)).await.as_string().expect("a text")
}
