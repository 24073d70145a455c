//! The store of all tabs, and what each has of its own.

use serde_json::Value;
use wasm_auth_session::core::error::StorageOperation;
use wasm_auth_session::core::record::{Mark, Record, Stored};
use wasm_auth_session::core::session::{NotSaved, Place, Saved};
use wasm_auth_session::core::sight::{Fenced, Over, Sight};
use wasm_auth_session::core::tree::Tree;

use super::World;
use crate::support;

impl World {
    pub(super) fn in_cookie_mode(&self) -> bool {
        self.given["refresh"]["by"] == "cookie"
    }

    pub(super) fn read_shared(&self) -> Stored {
        match &self.store {
            None => Stored::Nothing,
            Some(tree) => Record::from_tree(tree, self.in_cookie_mode()),
        }
    }

    /// This tab's own record first, then the shared one, then what a full storage could not take.
    pub(super) fn read(&self, tab: usize) -> Stored {
        let tab = &self.tabs[tab];
        match (&tab.own, &self.store, &tab.memory) {
            (Some(tree), _, _) => Record::from_tree(tree, self.in_cookie_mode()),
            (None, Some(_), _) => self.read_shared(),
            (None, None, Some(record)) => Stored::Record(record.clone()),
            (None, None, None) => Stored::Nothing,
        }
    }

    pub(super) fn look_at_store(&self, tab: usize) -> Sight {
        match &self.stale {
            None => Sight::unfenced(self.read(tab)),
            Some(stale) => Sight {
                shown: Record::from_tree(stale, self.in_cookie_mode()),
                fenced: Fenced::Whole { copy: self.read(tab), alone: false },
                ..Sight::unfenced(Stored::Nothing)
            },
        }
    }

    pub(super) fn write(&mut self, tab: usize, record: Record, place: Place, over: Over) -> Saved {
        if self.overtakes || over.is_shown && self.read(tab) == Stored::Nothing {
            return Err(NotSaved::Overtaken);
        }
        if matches!(self.read(tab), Stored::Record(stored) if stored.mark >= record.mark) {
            return Err(NotSaved::Overtaken);
        }
        let tree = record.to_tree(!self.in_cookie_mode());
        let full = self.broken || self.full && record.session.is_some();
        let written = (!full).then_some(tree);
        match place {
            Place::Tab => {
                // What tabs share goes on if it came later.
                if !matches!(self.read_shared(), Stored::Record(shared) if shared.mark.epoch >= record.mark.epoch) {
                    self.store = None;
                }
                self.tabs[tab].own = written;
            }
            Place::Asked => {
                self.tabs[tab].own = None;
                self.store = written;
            }
        }
        self.hint_others(tab);
        self.tabs[tab].memory = full.then_some(record);
        if full { Err(NotSaved::Failed(StorageOperation::Write)) } else { Ok(()) }
    }

    /// Whatever is of an older epoch gives way to a tombstone.
    pub(super) fn bury(&mut self, tab: usize, mark: Mark, place: Place) {
        let cookie_mode = self.in_cookie_mode();
        let is_older = |tree: &Tree| match Record::from_tree(tree, cookie_mode) {
            Stored::Record(record) => record.mark.epoch < mark.epoch,
            Stored::Nothing | Stored::Corrupt | Stored::Outdated => true,
            Stored::Newer => false,
        };
        let tombstone = Record { mark, session: None };
        if self.tabs[tab].own.as_ref().is_some_and(is_older) {
            self.tabs[tab].own = None;
        }
        if place == Place::Asked && self.store.as_ref().is_none_or(is_older) {
            self.store = (!self.broken).then(|| tombstone.to_tree(true));
            self.hint_others(tab);
        }
        if let Some(memory) = self.tabs[tab].memory.as_mut().filter(|memory| memory.mark.epoch < mark.epoch) {
            *memory = tombstone;
        }
    }

    /// What this tab alone holds, as JSON.
    pub fn own(&self, tab: usize) -> Option<Value> {
        self.tabs[tab].own.as_ref().map(support::json)
    }

    /// The access tokens that a tab holds and that are kept for it, where these differ. Nobody can tell of what is not readable or,
    /// in cookie mode, not kept.
    pub fn disagreement(&self, tab: usize) -> Option<(Option<String>, Option<String>)> {
        let kept = match self.read(tab) {
            Stored::Record(record) => record.session.map(|session| session.tokens.access_token),
            Stored::Nothing => None,
            Stored::Corrupt | Stored::Newer | Stored::Outdated => return None,
        };
        let session = &self.tabs[tab].session;
        if self.tabs[tab].disposed || self.in_cookie_mode() {
            return None;
        }
        let held = session.token().map(|view| view.token.expose().to_owned());
        let kept = kept.flatten().map(|token| token.expose().to_owned());
        (held != kept).then_some((held, kept))
    }
}
