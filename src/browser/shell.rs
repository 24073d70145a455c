//! The lock, the fence, the channel to other tabs and a caller's own storage: all that must be let go, or told, though
//! this module has trapped. So it is JavaScript's, `js/shell.js`, and this is how it is spoken to.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::platform::BROWSER;
use super::value;
use crate::core::record::{Mark, Record, Stored};
use crate::core::sight::Fenced;
use crate::core::tree::Tree;

#[wasm_bindgen]
extern "C" {
    /// Made by `js/index.js` for one session. None of its methods throws, and every promise settles in time.
    #[derive(Clone, Debug)]
    pub type Shell;

    /// Once the key is known: how long the lock is waited for, and how long it is held at most.
    #[wasm_bindgen(method)]
    pub fn start(this: &Shell, key: &str, wait_ms: f64, longest_ms: f64);

    /// Lets everything go.
    #[wasm_bindgen(method)]
    pub fn close(this: &Shell);

    /// Whether the lock is held now, or cannot be had.
    #[wasm_bindgen(method)]
    pub fn acquire(this: &Shell) -> Promise;

    /// Lets the lock go, or stops waiting for it.
    #[wasm_bindgen(method)]
    pub fn release(this: &Shell);

    /// Whether there seems to be a fence.
    #[wasm_bindgen(method, js_name = hasFence)]
    pub fn has_fence(this: &Shell) -> bool;

    /// The entry, `null` for none, `undefined` without a fence.
    #[wasm_bindgen(method)]
    fn look(this: &Shell, key: &str) -> Promise;

    /// `"saved"`, `"bare"` (the mark only: it is full), `"overtaken"`, or `undefined` without a fence.
    #[wasm_bindgen(method)]
    fn commit(
        this: &Shell,
        key: &str,
        epoch: f64,
        generation: f64,
        text: Option<&str>,
        alone: bool,
        over_epoch: Option<f64>,
        over_generation: Option<f64>,
        below: Option<&str>,
    ) -> Promise;

    #[wasm_bindgen(method, js_name = keepAlone)]
    fn keep_alone(this: &Shell, epoch: f64, generation: f64, alone: bool) -> Promise;

    #[wasm_bindgen(method)]
    fn bury(
        this: &Shell,
        epoch: f64,
        generation: f64,
        text: Option<&str>,
        tab_key: Option<&str>,
        tab_epoch: f64,
        tab_generation: f64,
    );

    /// Tells the other tabs that the store has changed.
    #[wasm_bindgen(method)]
    pub fn tell(this: &Shell);

    /// Says that the store may have changed: of a burst, some come back as `hinted`.
    #[wasm_bindgen(method)]
    pub fn hint(this: &Shell);

    /// Tells the other tabs when the page was last used.
    #[wasm_bindgen(method, js_name = shareActivity)]
    pub fn share_activity(this: &Shell, at_ms: f64);

    /// When a page of this session was last used, as far as tabs have told; else 0.
    #[wasm_bindgen(method, js_name = lastActivity)]
    pub fn last_activity(this: &Shell) -> f64;

    #[wasm_bindgen(method)]
    fn pause(this: &Shell, ms: u32) -> Promise;

    /// Whether there is a caller's own storage.
    #[wasm_bindgen(method, js_name = hasAdapter)]
    pub fn has_adapter(this: &Shell) -> bool;

    #[wasm_bindgen(method, js_name = getItem)]
    fn get_item(this: &Shell) -> Promise;

    #[wasm_bindgen(method, js_name = setItem)]
    fn set_item(this: &Shell, text: &str) -> Promise;

    #[wasm_bindgen(method, js_name = removeItem)]
    fn remove_item(this: &Shell) -> Promise;
}

/// What is committed with a mark.
pub(super) struct Entry<'a> {
    pub text: Option<&'a str>,
    /// Whether nothing else holds the text.
    pub alone: bool,
    /// What must stand there until then; `None`: whatever is older.
    pub over: Option<Mark>,
    /// The text for the shared entry, where that is of an older epoch.
    pub below: Option<&'a str>,
}

/// What became of a commit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Committed {
    /// Mark and text.
    Whole,
    /// The mark, and no room for the text.
    Bare,
    /// What is there is not older.
    Overtaken,
    /// There is no fence.
    Missing,
}

impl Shell {
    /// Whether the promise of [`Shell::acquire`] brought the lock.
    pub(super) async fn is_granted(granted: Promise) -> bool {
        wait(granted).await.is_some_and(|granted| granted.is_truthy())
    }

    /// What the fence holds under a key.
    pub(super) async fn fenced(&self, key: &str, cookie_mode: bool) -> Fenced {
        let Some(entry) = wait(self.look(key)).await.filter(|entry| !entry.is_undefined()) else {
            return Fenced::Missing;
        };
        let entry = value::to_tree(&entry).unwrap_or_default();
        let whole = |name: &str| entry.get(name).and_then(Tree::as_number).map(|number| number as u64);
        match (entry.get("text").and_then(Tree::as_text), whole("epoch"), whole("generation")) {
            (Some(text), _, _) => Fenced::Whole {
                copy: read_record(text, cookie_mode),
                alone: entry.get("alone").and_then(Tree::as_bool) == Some(true),
            },
            (None, Some(epoch), Some(generation)) => Fenced::Bare(Mark { epoch, generation }),
            (None, _, _) => Fenced::Empty,
        }
    }

    /// Commits a mark, with the record's text or without it.
    pub(super) async fn commit_mark(&self, key: &str, mark: Mark, entry: Entry<'_>) -> Committed {
        let (epoch, generation) = numbers(mark);
        let (over_epoch, over_generation) = entry.over.map(numbers).unzip();
        let Entry { text, alone, below, .. } = entry;
        let outcome = wait(self.commit(key, epoch, generation, text, alone, over_epoch, over_generation, below)).await;
        match outcome.and_then(|outcome| outcome.as_string()).as_deref() {
            Some("saved") => Committed::Whole,
            Some("bare") => Committed::Bare,
            Some("overtaken") => Committed::Overtaken,
            _ => Committed::Missing,
        }
    }

    /// Notes whether nothing else holds the record; whether the fence still does.
    pub(super) async fn note_alone(&self, mark: Mark, alone: bool) -> bool {
        let (epoch, generation) = numbers(mark);
        wait(self.keep_alone(epoch, generation, alone)).await.is_some_and(|stands| stands.is_truthy())
    }

    /// Puts the mark over what is of an older epoch: the shared entry and that of this tab's record; or, without a text, the latter
    /// alone, unless it is ahead of the record.
    pub(super) fn bury_below(&self, mark: Mark, text: Option<&str>, tab: Option<(&str, Mark)>) {
        let (epoch, generation) = numbers(mark);
        let (tab_key, of_tab) = tab.unzip();
        let (tab_epoch, tab_generation) = numbers(of_tab.unwrap_or_default());
        self.bury(epoch, generation, text, tab_key, tab_epoch, tab_generation);
    }

    pub(super) async fn rest(&self, ms: u32) {
        wait(self.pause(ms)).await;
    }

    /// What the caller's storage holds; `None` when it cannot be read.
    pub(super) async fn own_item(&self) -> Option<Option<String>> {
        wait(self.get_item()).await.map(|text| text.as_string())
    }

    /// Whether the caller's storage took it.
    pub(super) async fn set_own_item(&self, text: &str) -> bool {
        wait(self.set_item(text)).await.is_some()
    }

    pub(super) async fn remove_own_item(&self) {
        wait(self.remove_item()).await;
    }
}

/// A record's text, as the browser's parser reads it.
pub(super) fn read_record(text: &str, cookie_mode: bool) -> Stored {
    match (BROWSER.parse_json)(text) {
        Some(tree) => Record::from_tree(&tree, cookie_mode),
        None => Stored::Corrupt,
    }
}

/// What a promise brings, unless it is rejected.
pub(super) async fn wait(promise: Promise) -> Option<JsValue> {
    JsFuture::from(promise).await.ok()
}

fn numbers(mark: Mark) -> (f64, f64) {
    (mark.epoch as f64, mark.generation as f64)
}
