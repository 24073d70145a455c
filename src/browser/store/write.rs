//! What goes into the store, and what a logout takes out.

use super::super::mirror::{self, Mirror};
use super::super::shell::{Committed, Entry};
use super::{Store, tombstone};
use crate::core::error::StorageOperation;
use crate::core::event::StorageKind;
use crate::core::record::{Mark, Record, Stored};
use crate::core::session::{NotSaved, Place, Saved};
use crate::core::sight::Over;

impl Store {
    /// Writes the record where it belongs, unless something is there that is not older, and takes it out of where it does
    /// not belong.
    ///
    /// # Errors
    /// `Overtaken`; `Failed` when nothing takes it: then the old record is out, and memory holds the new one.
    pub async fn write(&self, record: &Record, place: Place, over: Over) -> Saved {
        let is_for_tab = !self.is_shared() || place == Place::Tab;
        let buried = if is_for_tab { &self.own_buried } else { &self.buried };
        let has_old = self.has_something().await;
        if record.mark.epoch < buried.get() || (over.is_shown && !has_old) {
            return Err(NotSaved::Overtaken);
        }
        let text = self.text(record);
        let key = self.tab_key(&Stored::Record(record.clone()));
        let key_there = self.of_tab().and_then(|shown| self.tab_key(&shown));
        // A login takes the place of what is shared, and what is written of it later has nothing to do with that.
        let is_over_shared = is_for_tab && self.is_shared() && key != key_there;
        let stone = is_over_shared.then(|| self.text(&tombstone(record.mark)));
        let committed = if self.kind == StorageKind::Memory {
            Committed::Missing
        } else if is_for_tab {
            match key.or(key_there) {
                Some(key) => {
                    let entry = Entry { text: None, alone: false, over: None, below: stone.as_deref() };
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
        let is_over = committed == Committed::Overtaken || record.mark.epoch < buried.get();
        if is_over || (committed == Committed::Missing && self.is_behind(record.mark, is_for_tab).await) {
            return Err(NotSaved::Overtaken);
        }
        let is_written =
            if is_for_tab { self.write_tab(record, &text, stone).await } else { self.mirror_it(record, &text).await };
        let is_kept = is_written || (!is_for_tab && committed == Committed::Whole);
        if !is_for_tab && is_written && !has_old && committed == Committed::Whole {
            // A logout that came between had nothing to take out of the mirror: who looks again, sees to that.
            if !self.shell.note_alone(record.mark, false).await {
                self.look().await;
            }
        }
        if is_kept && !self.is_unread.get() {
            let kind = if is_written { self.kind } else { StorageKind::IndexedDb };
            self.fell_back.set(Some((kind, StorageOperation::Write)));
        }
        *self.memory.borrow_mut() = if is_kept { None } else { Some(record.clone()) };
        let is_memory_meant = self.kind == StorageKind::Memory || (is_for_tab && self.tab.is_none());
        if is_kept || is_memory_meant { Ok(()) } else { Err(NotSaved::Failed(StorageOperation::Write)) }
    }

    /// Takes everything of an older epoch out, at once; or what is this tab's own.
    pub fn bury(&self, mark: Mark, place: Place) {
        let is_shared = place == Place::Asked;
        for buried in [Some(&self.own_buried), is_shared.then_some(&self.buried)].into_iter().flatten() {
            buried.set(buried.get().max(mark.epoch));
        }
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
            *memory = is_shared.then_some(stone);
        }
        if self.kind != StorageKind::Memory {
            if is_shared {
                self.mirror.bury(&self.key, mark, &text, self.cookie_mode, &self.shell);
                // The page may have kept the session there before it asked for another storage.
                if let Some(storage) = mirror::raw(StorageKind::Local).filter(|_| self.kind != StorageKind::Local) {
                    Mirror::Web(storage).bury(&self.key, mark, &text, self.cookie_mode, &self.shell);
                }
            }
            let shown = of_tab.as_ref().and_then(mark_of);
            self.shell.bury_below(mark, is_shared.then_some(&text), tab_key.as_deref().zip(shown));
        }
    }

    async fn mirror_it(&self, record: &Record, text: &str) -> bool {
        if let Some(tab) = &self.tab {
            let _ = tab.remove_item(&self.key);
        }
        // Whoever was faster, perhaps with a logout, has mirrored what counts.
        let is_ahead = matches!(self.mirrored().await, Some(Stored::Record(there)) if there.mark > record.mark);
        if is_ahead || self.put(record, text).await {
            return true;
        }
        // It may have room once the old record is out; a spent token must not stay there anyway. Nobody may take that
        // for a mirror that somebody emptied.
        self.shell.note_alone(record.mark, true).await;
        self.mirror.remove(&self.key, &self.shell).await;
        let is_set = self.put(record, text).await;
        if is_set {
            self.shell.note_alone(record.mark, false).await;
        }
        is_set
    }

    /// Whether the mirror took it, or must not: a logout that came while a slow storage was read has asked for its tombstone by now.
    async fn put(&self, record: &Record, text: &str) -> bool {
        record.mark.epoch < self.buried.get() || self.mirror.set(&self.key, text, &self.shell).await
    }

    async fn has_something(&self) -> bool {
        let is_kept_here = self.memory.borrow().is_some() || self.of_tab().is_some();
        is_kept_here || !matches!(self.mirror.get(&self.key, &self.shell).await, Some(None))
    }

    async fn write_tab(&self, record: &Record, text: &str, stone: Option<String>) -> bool {
        if let Some(stone) = stone
            && matches!(self.mirrored().await, Some(Stored::Record(there)) if there.mark.epoch < record.mark.epoch)
        {
            self.mirror.set(&self.key, &stone, &self.shell).await;
        }
        self.tab.as_ref().is_some_and(|tab| mirror::set(tab, &self.key, text))
    }

    /// Without a fence: whether what is there is not older.
    async fn is_behind(&self, mark: Mark, is_for_tab: bool) -> bool {
        let shown = if is_for_tab { self.of_tab() } else { self.mirrored().await };
        matches!(self.or_memory(shown.unwrap_or(Stored::Nothing)), Stored::Record(there) if there.mark >= mark)
    }
}

/// Whether a logout with this mark takes it out. What a later version has written is left alone.
pub(in crate::browser) fn is_below(shown: &Stored, mark: Mark) -> bool {
    match shown {
        Stored::Record(record) => record.mark.epoch < mark.epoch,
        Stored::Corrupt => true,
        Stored::Nothing | Stored::Newer | Stored::Outdated => false,
    }
}

pub(super) fn mark_of(shown: &Stored) -> Option<Mark> {
    if let Stored::Record(record) = shown { Some(record.mark) } else { None }
}
