//! The store. What comes in: records; what goes out: what it holds. One key, one write: a record is whole
//! or the old one. Web Storage is the mirror of what the fence has accepted: it is there before IndexedDB is open, and
//! other tabs are told of it by the browser.

pub(super) mod write;

use std::cell::{Cell, RefCell};

use web_sys::Storage;

use super::clock;
use super::mirror::{self, Mirror};
use super::shell::{Shell, read_record};
use super::value;
use crate::core::error::StorageOperation;
use crate::core::event::StorageKind;
use crate::core::record::{Mark, Record, Stored};
use crate::core::sight::{Fenced, Own, Sight};
use crate::core::text::concat;
use crate::core::units::Millis;

/// How long a mirror that lacks what the fence tells of is looked at before it is believed: a tab may see old values for a while.
const BELIEVED_AFTER: Millis = Millis(1_000);
const BETWEEN_LOOKS_MS: u32 = 100;

/// Where one session is kept.
#[derive(Debug)]
pub struct Store {
    shell: Shell,
    key: String,
    cookie_mode: bool,
    kind: StorageKind,
    /// What tabs share, beside the fence.
    mirror: Mirror,
    /// What is for this tab.
    tab: Option<Storage>,
    /// What no storage could take.
    memory: RefCell<Option<Record>>,
    /// The epoch before which everything is over; and that before which only what is this tab's is.
    buried: Cell<u64>,
    own_buried: Cell<u64>,
    fell_back: Cell<Option<(StorageKind, StorageOperation)>>,
    /// Whether what is asked for could not be read the last time: a write is no recovery then.
    is_unread: Cell<bool>,
}

impl Store {
    /// Opens the storage asked for, or what can take its place; then [`Store::take_fall`] says so.
    #[must_use]
    pub fn open(shell: Shell, kind: StorageKind, key: String, cookie_mode: bool) -> Self {
        let of_tab = || mirror::reach(StorageKind::Session, &key).filter(|(_, is_writable)| *is_writable);
        let tab = if kind == StorageKind::Memory { None } else { of_tab().map(|(storage, _)| storage) };
        let (mirror, fell_back) = match kind {
            StorageKind::Local => match mirror::reach(kind, &key) {
                Some((storage, true)) => (Mirror::Web(storage), None),
                // It is full: other tabs may have kept a session beside it.
                Some((storage, false)) if shell.has_fence() => (Mirror::Web(storage), Some(StorageKind::IndexedDb)),
                Some((_, false)) | None => (Mirror::None, Some(StorageKind::Memory)),
            },
            StorageKind::Session => (Mirror::None, tab.is_none().then_some(StorageKind::Memory)),
            StorageKind::Custom => (Mirror::Own, None),
            StorageKind::Memory | StorageKind::IndexedDb => (Mirror::None, None),
        };
        let is_missing = fell_back == Some(StorageKind::Memory);
        Self {
            shell,
            key,
            cookie_mode,
            kind: if is_missing { StorageKind::Memory } else { kind },
            mirror,
            tab: tab.filter(|_| !is_missing),
            memory: RefCell::default(),
            buried: Cell::new(0),
            own_buried: Cell::new(0),
            fell_back: Cell::new(fell_back.map(|kind| (kind, StorageOperation::Probe))),
            is_unread: Cell::new(false),
        }
    }

    /// What has taken the place of the storage asked for since the last time, and why; that storage itself once it took a write.
    pub fn take_fall(&self) -> Option<(StorageKind, StorageOperation)> {
        self.fell_back.take()
    }

    /// What is stored: this tab's own record first, then the one that tabs share.
    pub async fn read(&self) -> Sight {
        let mut until = None;
        loop {
            let sight = self.look().await;
            let now = clock::now().mono;
            if !is_lacking(&sight) || now >= *until.get_or_insert(now.plus(BELIEVED_AFTER)) {
                return sight;
            }
            self.shell.rest(BETWEEN_LOOKS_MS).await;
        }
    }

    async fn look(&self) -> Sight {
        self.is_unread.set(false);
        let own = match self.of_tab() {
            // Where tabs share a store, this one has a part in it from then on.
            Some(Stored::Record(Record { mark, session: None })) if self.is_shared() => {
                self.own_buried.set(self.own_buried.get().max(mark.epoch));
                None
            }
            Some(record) => {
                let key = self.tab_key(&record);
                let fenced = match &key {
                    Some(key) => self.shell.fenced(key, self.cookie_mode).await,
                    None => Fenced::Missing,
                };
                // A record is written after its mark is committed. What was read before the mark is not overtaken by what is written by now.
                let record = self.of_tab().filter(|again| self.tab_key(again) == key).unwrap_or(record);
                Some(Own { record, mark: if let Fenced::Bare(mark) = fenced { Some(mark) } else { None } })
            }
            None => None,
        };
        let own_buried = self.own_buried.get();
        if !self.is_shared() {
            return Sight { own, own_buried, ..Sight::unfenced(self.or_memory(Stored::Nothing)) };
        }
        let mut fenced = self.shell.fenced(&self.key, self.cookie_mode).await;
        let mut shown = None;
        // Of what is over, a slow storage is asked for the tombstone while the first answer is waited for, and while the second is, where
        // it has no room for that, to take it out: the third comes after both.
        for _ in 0..3 {
            shown = self.mirrored().await;
            if !matches!(&shown, Some(Stored::Record(there)) if there.mark.epoch < self.buried.get()) {
                break;
            }
        }
        // What cannot be read is not empty: the copy counts, or what this tab remembers.
        let is_fence_all = self.kind == StorageKind::IndexedDb;
        if own.is_none() && (shown.is_none() || is_fence_all && fenced == Fenced::Missing) {
            self.cannot_read(&fenced);
        }
        // Nor is a mirror emptied where there is none, though there was one when the session was stored.
        if let (Fenced::Whole { alone, .. }, true) = (&mut fenced, shown.is_none() || is_fence_all) {
            *alone = true;
        }
        let mut shown = shown.unwrap_or(Stored::Nothing);
        if own.is_none() {
            shown = self.or_memory(shown);
        }
        self.heal(&shown, &fenced);
        Sight { shown, fenced, own, own_buried }
    }

    /// A mirror of an older epoch than the fence was written too late: what is in it is over. And a logout stands in the
    /// mirror before it stands in the fence, where its tab may not have come to.
    fn heal(&self, shown: &Stored, fenced: &Fenced) {
        let (Stored::Record(shown), Fenced::Whole { copy: Stored::Record(copy), .. }) = (shown, fenced) else { return };
        if shown.session.is_none() && copy.mark.epoch < shown.mark.epoch {
            self.shell.bury_below(shown.mark, Some(&self.text(shown)), None);
        } else if copy.session.is_none() && shown.mark.epoch < copy.mark.epoch {
            let text = self.text(copy);
            self.mirror.bury(&self.key, copy.mark, &text, self.cookie_mode, &self.shell);
        }
    }

    /// Whether other tabs see what is kept, when nobody asks for this tab alone.
    fn is_shared(&self) -> bool {
        matches!(self.kind, StorageKind::Local | StorageKind::IndexedDb | StorageKind::Custom)
    }

    /// What the mirror shows; `None` when it cannot be read.
    async fn mirrored(&self) -> Option<Stored> {
        let text = self.mirror.get(&self.key, &self.shell).await?;
        Some(text.map_or(Stored::Nothing, |text| read_record(&text, self.cookie_mode)))
    }

    /// What is for this tab, though its storage may have had no room for it.
    fn of_tab(&self) -> Option<Stored> {
        let is_for_tab = |record: &Record| record.session.as_ref().is_some_and(|session| !session.remember);
        if let Some(record) = self.memory.borrow().as_ref().filter(|record| self.is_shared() && is_for_tab(record)) {
            return Some(Stored::Record(record.clone()));
        }
        let Ok(text) = self.tab.as_ref()?.get_item(&self.key) else {
            // What cannot be read is not empty.
            if !self.is_shared() {
                self.cannot_read(&Fenced::Missing);
            }
            return None;
        };
        Some(read_record(&text?, self.cookie_mode))
    }

    /// The fence's key for a record of one tab: a copy of the tab has the same, and a later login another.
    fn tab_key(&self, shown: &Stored) -> Option<String> {
        let Stored::Record(Record { session: Some(session), .. }) = shown else { return None };
        Some(concat(&[self.key.as_str(), "#", session.sid.as_str()]))
    }

    /// What is shown, unless memory holds something newer.
    fn or_memory(&self, shown: Stored) -> Stored {
        let mut memory = self.memory.borrow_mut();
        // What has been overtaken must not stand in for what is emptied later.
        if matches!((&*memory, &shown), (Some(kept), Stored::Record(record)) if record.mark > kept.mark) {
            *memory = None;
        }
        match (&*memory, shown) {
            (_, Stored::Newer) => Stored::Newer,
            (Some(kept), _) => Stored::Record(kept.clone()),
            (None, shown) => shown,
        }
    }

    /// The copy, or memory, takes its place.
    fn cannot_read(&self, fenced: &Fenced) {
        let kind = if *fenced == Fenced::Missing { StorageKind::Memory } else { StorageKind::IndexedDb };
        self.fell_back.set(Some((kind, StorageOperation::Read)));
        self.is_unread.set(true);
    }

    fn text(&self, record: &Record) -> String {
        value::to_json(&record.to_tree(!self.cookie_mode))
    }
}

fn tombstone(mark: Mark) -> Record {
    Record { mark, session: None }
}

/// Whether the mirror was cleared while the fence still holds a session, or does not show yet what the fence has only the mark of.
fn is_lacking(sight: &Sight) -> bool {
    let is_session = |copy: &Stored| matches!(copy, Stored::Record(Record { session: Some(_), .. }));
    let lacks = match &sight.fenced {
        Fenced::Whole { copy, alone: false } => sight.shown == Stored::Nothing && is_session(copy),
        Fenced::Bare(mark) => write::mark_of(&sight.shown) < Some(*mark),
        Fenced::Missing | Fenced::Empty | Fenced::Whole { .. } => false,
    };
    lacks && sight.own.is_none()
}
