//! The store. What comes in: records; what goes out: what it holds. One key, one write: a record is whole
//! or the old one. Web Storage is the mirror of what the fence has accepted: it is there before IndexedDB is open, and
//! other tabs are told of it by the browser.

use std::cell::{Cell, RefCell};

use web_sys::Storage;

use super::mirror::{self, Mirror};
use super::shell::{Committed, Entry, Shell, read_record};
use super::value;
use crate::core::error::StorageOperation;
use crate::core::event::StorageKind;
use crate::core::record::{Mark, Record, Stored};
use crate::core::session::{NotSaved, Place, Saved};
use crate::core::sight::{Fenced, Over, Sight};
use crate::core::text::concat;

/// How long an emptied mirror is looked at before it is believed: a tab may see old values for a while.
const LOOKS: u32 = 10;
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
    /// The epoch before which everything is over.
    buried: Cell<u64>,
    fell_back: Cell<Option<(StorageKind, StorageOperation)>>,
    /// What was told of that last.
    told: Cell<Option<StorageKind>>,
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
            fell_back: Cell::new(fell_back.map(|kind| (kind, StorageOperation::Probe))),
            told: Cell::new(None),
        }
    }

    /// What has taken the place of the storage asked for, and why; each once.
    pub fn take_fall(&self) -> Option<(StorageKind, StorageOperation)> {
        self.fell_back.take().filter(|(kind, _)| self.told.replace(Some(*kind)) != Some(*kind))
    }

    /// What is stored: this tab's own record first, then the one that tabs share.
    pub async fn read(&self) -> Sight {
        let mut sight = self.look().await;
        for _ in 0..LOOKS {
            if !is_emptied(&sight) {
                break;
            }
            self.shell.rest(BETWEEN_LOOKS_MS).await;
            sight = self.look().await;
        }
        sight
    }

    async fn look(&self) -> Sight {
        if let Some(shown) = self.of_tab().filter(|shown| !self.is_shared() || !is_tombstone(shown)) {
            let fenced = match &self.tab_key(&shown) {
                Some(key) => self.shell.fenced(key, self.cookie_mode).await,
                None => Fenced::Empty,
            };
            return Sight { shown, fenced };
        }
        if !self.is_shared() {
            return Sight::unfenced(self.or_memory(Stored::Nothing));
        }
        let mut fenced = self.shell.fenced(&self.key, self.cookie_mode).await;
        let shown = match self.mirror.get(&self.key, &self.shell).await {
            Some(text) => text.map_or(Stored::Nothing, |text| read_record(&text, self.cookie_mode)),
            None => {
                // What cannot be read is not empty: the copy counts, or what this tab remembers.
                if let Fenced::Whole { alone, .. } = &mut fenced {
                    *alone = true;
                }
                self.falls_back(&fenced, StorageOperation::Read);
                Stored::Nothing
            }
        };
        let shown = self.or_memory(shown);
        self.heal(&shown, &fenced);
        if self.kind == StorageKind::IndexedDb && fenced == Fenced::Missing {
            self.falls_back(&fenced, StorageOperation::Read);
        }
        Sight { shown, fenced }
    }

    /// A mirror of an older epoch than the fence was written too late: what is in it is over. And a logout stands in the
    /// mirror before it stands in the fence, where its tab may not have come to.
    fn heal(&self, shown: &Stored, fenced: &Fenced) {
        if let (Stored::Record(shown), Fenced::Whole { copy: Stored::Record(copy), .. }) = (shown, fenced)
            && shown.session.is_none()
            && copy.mark.epoch < shown.mark.epoch
        {
            self.shell.bury_below(shown.mark, &self.text(shown), None);
        }
        if let (Stored::Record(shown), Fenced::Whole { copy: Stored::Record(copy), .. }) = (shown, fenced)
            && copy.session.is_none()
            && shown.mark.epoch < copy.mark.epoch
        {
            let text = self.text(&tombstone(copy.mark));
            self.mirror.bury(&self.key, copy.mark, &text, self.cookie_mode, &self.shell);
        }
    }

    /// Writes the record where it belongs, unless something is there that is not older, and takes it out of where it does
    /// not belong.
    ///
    /// # Errors
    /// `Overtaken`; `Failed` when nothing takes it: then the old record is out, and memory holds the new one.
    pub async fn write(&self, record: &Record, place: Place, over: Over) -> Saved {
        let has_old = self.has_something().await;
        if record.mark.epoch < self.buried.get() || (over.is_shown && !has_old) {
            return Err(NotSaved::Overtaken);
        }
        let is_for_tab = !self.is_shared() || place == Place::Tab;
        let text = self.text(record);
        let committed = if self.kind == StorageKind::Memory {
            Committed::Missing
        } else if is_for_tab {
            let below = self.is_shared().then(|| self.text(&tombstone(record.mark)));
            match self.tab_key(&Stored::Record(record.clone())).or_else(|| self.tab_key(&self.of_tab()?)) {
                Some(key) => {
                    let entry = Entry { text: None, alone: false, over: None, below: below.as_deref() };
                    self.shell.commit_mark(&key, record.mark, entry).await
                }
                None => Committed::Missing,
            }
        } else {
            // Until the mirror has taken something, nobody may take it for emptied.
            let alone = self.kind == StorageKind::IndexedDb || !has_old;
            let entry = Entry { text: Some(&text), alone, over: over.mark, below: None };
            self.shell.commit_mark(&self.key, record.mark, entry).await
        };
        // A logout may have come while the fence was written: it has seen to that.
        let is_over = committed == Committed::Overtaken || record.mark.epoch < self.buried.get();
        if is_over || (committed == Committed::Missing && self.is_behind(record.mark, is_for_tab).await) {
            return Err(NotSaved::Overtaken);
        }
        let is_written =
            if is_for_tab { self.write_tab(record, &text).await } else { self.mirror_it(record, &text).await };
        let is_kept = is_written || (!is_for_tab && committed == Committed::Whole);
        if !is_for_tab && is_written && !has_old && committed == Committed::Whole {
            self.shell.note_alone(record.mark, false).await;
        }
        if !is_for_tab && !is_written && is_kept && self.kind != StorageKind::IndexedDb {
            self.fell_back.set(Some((StorageKind::IndexedDb, StorageOperation::Write)));
        }
        *self.memory.borrow_mut() = if is_kept { None } else { Some(record.clone()) };
        let is_memory_meant = self.kind == StorageKind::Memory || (is_for_tab && self.tab.is_none());
        if is_kept || is_memory_meant { Ok(()) } else { Err(NotSaved::Failed(StorageOperation::Write)) }
    }

    /// Takes everything of an older epoch out, at once.
    pub fn bury(&self, mark: Mark) {
        self.buried.set(self.buried.get().max(mark.epoch));
        let stone = tombstone(mark);
        let text = self.text(&stone);
        let of_tab = self.of_tab();
        let tab_key = of_tab.as_ref().and_then(|shown| self.tab_key(shown));
        if let (Some(tab), Some(shown)) = (&self.tab, &of_tab)
            && is_below(shown, mark)
            && tab.set_item(&self.key, &text).is_err()
        {
            let _ = tab.remove_item(&self.key);
        }
        let mut memory = self.memory.borrow_mut();
        if memory.as_ref().is_some_and(|record| record.mark.epoch < mark.epoch) {
            *memory = Some(stone);
        }
        if self.kind != StorageKind::Memory {
            self.mirror.bury(&self.key, mark, &text, self.cookie_mode, &self.shell);
            let shown = of_tab.as_ref().and_then(mark_of);
            self.shell.bury_below(mark, &text, tab_key.as_deref().zip(shown));
        }
    }

    /// Whether other tabs see what is kept, when nobody asks for this tab alone.
    fn is_shared(&self) -> bool {
        matches!(self.kind, StorageKind::Local | StorageKind::IndexedDb | StorageKind::Custom)
    }

    async fn mirror_it(&self, record: &Record, text: &str) -> bool {
        if let Some(tab) = &self.tab {
            let _ = tab.remove_item(&self.key);
        }
        // Whoever was faster, perhaps with a logout, has mirrored what counts.
        let is_ahead = matches!(self.mirrored().await, Stored::Record(there) if there.mark > record.mark);
        if is_ahead || self.mirror.set(&self.key, text, &self.shell).await {
            return true;
        }
        // It may have room once the old record is out; a spent token must not stay there anyway. Nobody may take that
        // for a mirror that somebody emptied.
        self.shell.note_alone(record.mark, true).await;
        self.mirror.remove(&self.key, &self.shell).await;
        let is_set = self.mirror.set(&self.key, text, &self.shell).await;
        if is_set {
            self.shell.note_alone(record.mark, false).await;
        }
        is_set
    }

    async fn has_something(&self) -> bool {
        let is_kept_here = self.memory.borrow().is_some() || self.of_tab().is_some();
        is_kept_here || !matches!(self.mirror.get(&self.key, &self.shell).await, Some(None))
    }

    async fn write_tab(&self, record: &Record, text: &str) -> bool {
        if self.is_shared() && matches!(self.mirrored().await, Stored::Record(there) if there.mark < record.mark) {
            let stone = self.text(&tombstone(record.mark));
            self.mirror.set(&self.key, &stone, &self.shell).await;
        }
        self.tab.as_ref().is_some_and(|tab| mirror::set(tab, &self.key, text))
    }

    /// Without a fence: whether what is there is not older.
    async fn is_behind(&self, mark: Mark, is_for_tab: bool) -> bool {
        let shown = if is_for_tab { self.of_tab().unwrap_or(Stored::Nothing) } else { self.mirrored().await };
        matches!(self.or_memory(shown), Stored::Record(there) if there.mark >= mark)
    }

    /// What the mirror shows; what cannot be read shows nothing.
    async fn mirrored(&self) -> Stored {
        let text = self.mirror.get(&self.key, &self.shell).await.flatten();
        text.map_or(Stored::Nothing, |text| read_record(&text, self.cookie_mode))
    }

    fn of_tab(&self) -> Option<Stored> {
        let text = self.tab.as_ref()?.get_item(&self.key).ok().flatten()?;
        Some(read_record(&text, self.cookie_mode))
    }

    /// The fence's key for a record of one tab: a copy of the tab has the same, and a later login another.
    fn tab_key(&self, shown: &Stored) -> Option<String> {
        let Stored::Record(Record { session: Some(session), .. }) = shown else { return None };
        Some(concat(&[self.key.as_str(), "#", session.sid.as_str()]))
    }

    /// What is shown, unless memory holds something newer.
    fn or_memory(&self, shown: Stored) -> Stored {
        match (&*self.memory.borrow(), shown) {
            (Some(kept), Stored::Record(record)) if record.mark > kept.mark => Stored::Record(record),
            (_, Stored::Newer) => Stored::Newer,
            (Some(kept), _) => Stored::Record(kept.clone()),
            (None, shown) => shown,
        }
    }

    fn falls_back(&self, fenced: &Fenced, operation: StorageOperation) {
        let kind = if *fenced == Fenced::Missing { StorageKind::Memory } else { StorageKind::IndexedDb };
        self.fell_back.set(Some((kind, operation)));
    }

    fn text(&self, record: &Record) -> String {
        value::to_json(&record.to_tree(!self.cookie_mode))
    }
}

fn tombstone(mark: Mark) -> Record {
    Record { mark, session: None }
}

fn mark_of(shown: &Stored) -> Option<Mark> {
    if let Stored::Record(record) = shown { Some(record.mark) } else { None }
}

fn is_tombstone(shown: &Stored) -> bool {
    matches!(shown, Stored::Record(Record { session: None, .. }))
}

/// Whether a logout with this mark takes it out. What a later version has written is left alone.
pub(super) fn is_below(shown: &Stored, mark: Mark) -> bool {
    match shown {
        Stored::Record(record) => record.mark.epoch < mark.epoch,
        Stored::Corrupt => true,
        Stored::Nothing | Stored::Newer | Stored::Outdated => false,
    }
}

/// Whether the mirror was cleared while the fence still holds a session.
fn is_emptied(sight: &Sight) -> bool {
    let is_session = |copy: &Stored| matches!(copy, Stored::Record(Record { session: Some(_), .. }));
    matches!(&sight.fenced, Fenced::Whole { copy, alone: false } if is_session(copy)) && sight.shown == Stored::Nothing
}
