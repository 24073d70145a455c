//! What tabs share beside the fence: localStorage, or a caller's own storage. It may show what was; it may be full,
//! denied, or silent.

use gloo_storage::{LocalStorage, SessionStorage, Storage as _};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::Storage;

use super::clock::global;
use super::shell::{Shell, read_record};
use super::store::write::is_below;
use crate::core::event::StorageKind;
use crate::core::record::Mark;

/// The mirror of one session.
#[derive(Debug)]
pub(super) enum Mirror {
    /// The browser's.
    Web(Storage),
    /// The caller's.
    Own,
    /// None is meant to be, or can be.
    None,
}

impl Mirror {
    /// The text, if there is any; `None` when it cannot be read.
    pub(super) async fn get(&self, key: &str, shell: &Shell) -> Option<Option<String>> {
        match self {
            Self::Web(storage) => storage.get_item(key).ok(),
            Self::Own => shell.own_item().await,
            Self::None => Some(None),
        }
    }

    /// Whether it took the text. If not, what was there may still be.
    pub(super) async fn set(&self, key: &str, text: &str, shell: &Shell) -> bool {
        match self {
            Self::Web(storage) => storage.set_item(key, text).is_ok(),
            Self::Own => shell.set_own_item(text).await,
            Self::None => false,
        }
    }

    pub(super) async fn remove(&self, key: &str, shell: &Shell) {
        match self {
            Self::Web(storage) => drop(storage.remove_item(key)),
            Self::Own => shell.remove_own_item().await,
            Self::None => {}
        }
    }

    /// Puts a tombstone over what is of an older epoch: at once, as far as the storage goes along.
    pub(super) fn bury(&self, key: &str, mark: Mark, text: &str, cookie_mode: bool, shell: &Shell) {
        // What cannot be read may be what is to be taken out.
        let is_over = move |shown: Option<Option<String>>| {
            shown.is_none_or(|shown| shown.is_some_and(|text| is_below(&read_record(&text, cookie_mode), mark)))
        };
        match self {
            Self::Web(storage) => {
                if is_over(storage.get_item(key).ok()) {
                    set(storage, key, text);
                }
            }
            Self::Own => {
                let (shell, text) = (shell.clone(), text.to_owned());
                spawn_local(async move {
                    if is_over(shell.own_item().await) && !shell.set_own_item(&text).await {
                        shell.remove_own_item().await;
                    }
                });
            }
            Self::None => {}
        }
    }
}

/// Whether the storage took the text. A full one may have room once the old record is out; a spent token must not stay
/// there anyway.
pub(super) fn set(storage: &Storage, key: &str, text: &str) -> bool {
    let again = |_| {
        let _ = storage.remove_item(key);
        storage.set_item(key, text)
    };
    storage.set_item(key, text).or_else(again).is_ok()
}

/// The storage, if it can be reached, and whether it takes a write. One that holds this session already counts as if it did,
/// though it may be full: the session must be found there, and taken out at its end.
pub(super) fn reach(kind: StorageKind, key: &str) -> Option<(Storage, bool)> {
    let storage = raw(kind)?;
    let is_held = storage.get_item(key).ok()?.is_some();
    let probe = "was.probe";
    let is_writable = is_held || storage.set_item(probe, "1").and_then(|()| storage.remove_item(probe)).is_ok();
    Some((storage, is_writable))
}

/// The storage, if it can be reached. gloo-storage traps where the browser denies it, and where the global object is no window though
/// it has a storage (Node 25, a test's DOM), so both are looked at first.
pub(super) fn raw(kind: StorageKind) -> Option<Storage> {
    let (name, raw): (&str, fn() -> Storage) = if kind == StorageKind::Local {
        ("localStorage", LocalStorage::raw)
    } else {
        ("sessionStorage", SessionStorage::raw)
    };
    let _present: JsValue = global(name)?;
    let _window = web_sys::window()?;
    Some(raw())
}
