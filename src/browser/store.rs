//! The store. What comes in: records; what goes out: what it holds. One key, one write: a record is whole
//! or the old one. Storage is probed before it is used, because reaching for it can throw.

use std::cell::RefCell;

use gloo_storage::{LocalStorage, SessionStorage, Storage as _};
use web_sys::Storage;

use super::clock::global;
use super::platform::BROWSER;
use super::value;
use crate::core::error::StorageOperation;
use crate::core::event::StorageKind;
use crate::core::record::{Record, Stored};
use crate::core::session::Place;
use wasm_bindgen::JsValue;

/// Where one session is kept.
#[derive(Debug)]
pub struct Store {
    key: String,
    cookie_mode: bool,
    kind: StorageKind,
    asked: Option<Storage>,
    tab: Option<Storage>,
    /// What memory holds, and what a full storage could not take.
    memory: RefCell<Option<Record>>,
}

impl Store {
    /// Opens the storage asked for, or memory where it cannot be used; then the second value says so.
    #[must_use]
    pub fn open(kind: StorageKind, key: String, cookie_mode: bool) -> (Self, Option<StorageOperation>) {
        let (asked, tab) = match kind {
            StorageKind::Local => (usable(StorageKind::Local, &key), usable(StorageKind::Session, &key)),
            StorageKind::Session => (usable(StorageKind::Session, &key), None),
            StorageKind::Memory => (None, None),
        };
        let fell_back = (kind != StorageKind::Memory && asked.is_none()).then_some(StorageOperation::Probe);
        let kind = if fell_back.is_some() { StorageKind::Memory } else { kind };
        (Self { key, cookie_mode, kind, asked, tab, memory: RefCell::new(None) }, fell_back)
    }

    /// What holds the session.
    #[must_use]
    pub fn kind(&self) -> StorageKind {
        self.kind
    }

    /// What is stored: this tab's own record first, then the one that tabs share.
    #[must_use]
    pub fn read(&self) -> Stored {
        let text = [&self.tab, &self.asked]
            .into_iter()
            .flatten()
            .find_map(|storage| storage.get_item(&self.key).ok().flatten());
        match (text, &*self.memory.borrow()) {
            (Some(text), _) => match (BROWSER.parse_json)(&text) {
                Some(tree) => Record::from_tree(&tree, self.cookie_mode),
                None => Stored::Corrupt,
            },
            (None, Some(record)) => Stored::Record(record.clone()),
            (None, None) => Stored::Nothing,
        }
    }

    /// Writes the record where it belongs, and takes it out of where it does not.
    ///
    /// # Errors
    /// `write` when the storage takes nothing more: then the old record is out, and memory holds the new one.
    pub fn write(&self, record: &Record, place: Place) -> Result<(), StorageOperation> {
        let (to, from) = match (place, self.kind) {
            // Where the tab has no storage, memory: what is for this tab must not reach the others.
            (Place::Tab, StorageKind::Local) => (&self.tab, &self.asked),
            (Place::Tab, StorageKind::Session | StorageKind::Memory) | (Place::Asked, _) => (&self.asked, &self.tab),
        };
        if let Some(other) = from {
            let _ = other.remove_item(&self.key);
        }
        let Some(storage) = to else {
            *self.memory.borrow_mut() = Some(record.clone());
            return Ok(());
        };
        let tree = record.to_tree(!self.cookie_mode);
        let text = value::to_json(&tree);
        let written = storage.set_item(&self.key, &text).or_else(|_| {
            // A full storage may have room once the old record is out. A spent token must not stay there anyway.
            let _ = storage.remove_item(&self.key);
            storage.set_item(&self.key, &text)
        });
        *self.memory.borrow_mut() = if written.is_ok() { None } else { Some(record.clone()) };
        written.map_err(|_| StorageOperation::Write)
    }
}

/// The storage, if it can be reached and takes a write. One that holds this session already is taken though it
/// may be full: the session must be found there, and taken out at its end. gloo-storage traps where the browser denies it, so
/// the property is looked at first.
fn usable(kind: StorageKind, key: &str) -> Option<Storage> {
    let (name, raw): (&str, fn() -> Storage) = match kind {
        StorageKind::Local => ("localStorage", LocalStorage::raw),
        StorageKind::Session => ("sessionStorage", SessionStorage::raw),
        StorageKind::Memory => return None,
    };
    let _present: JsValue = global(name)?;
    let storage = raw();
    if storage.get_item(key).ok()?.is_some() {
        return Some(storage);
    }
    let probe = "was.probe";
    storage.set_item(probe, "1").ok()?;
    storage.remove_item(probe).ok()?;
    Some(storage)
}
