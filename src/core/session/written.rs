//! What is written under the lock, and what is told once it is.

use super::Session;
use super::effect::{Effect, Place};
use super::input::{NotSaved, Saved};
use super::state::{Held, State, Writing};
use crate::core::error::{AuthError, StorageOperation};
use crate::core::event::{SessionEvent, StorageKind};
use crate::core::guard::guard;
use crate::core::record::{Mark, Record};
use crate::core::units::Now;

impl Session {
    /// Tells the store that the tokens held are about to be spent.
    pub(super) fn mark(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let is_kept = !self.is_newer && guard!(MarkerFirst);
        let Some(held) = &mut self.held else { return self.release(effects) };
        self.was_marked = held.session.marker;
        held.session.marker = true;
        if !is_kept {
            return self.send_refresh(now, effects);
        }
        let (record, place) = self.record(Writing::Trouble, now);
        let ticket = self.ticket();
        effects.push(Effect::WriteStore(ticket, record, place, self.over));
        self.state = State::Marking(ticket);
    }

    /// Under the lock: writes what is wanted, at the next place in the order of writes.
    pub(super) fn write(&mut self, writing: Writing, now: Now, effects: &mut Vec<Effect>) {
        if self.is_newer {
            self.release(effects);
            return self.saved(writing, Err(NotSaved::Overtaken), now, effects);
        }
        let (record, place) = self.record(writing, now);
        let ticket = self.ticket();
        effects.push(Effect::WriteStore(ticket, record, place, self.over));
        self.state = State::Saving(ticket, writing);
    }

    fn record(&mut self, writing: Writing, now: Now) -> (Record, Place) {
        // A floor of another epoch says nothing of this session's generations: the store refuses what is over.
        let of_epoch = |floor: Mark, held: &Held| {
            if floor.epoch == held.mark.epoch { floor.join(held.mark).next() } else { held.mark.next() }
        };
        let record = match (writing, &mut self.renewed, &mut self.held, &self.commit) {
            (Writing::Renewal, Some(held), _, _) | (Writing::Trouble | Writing::Restored, _, Some(held), _) => {
                held.record_at(of_epoch(self.floor, held), now)
            }
            (Writing::Login, _, _, Some(commit)) => {
                // What tabs share may have gone on while this tab kept to its own.
                let floor = self.floor.join(self.over.mark.unwrap_or_default());
                Record { mark: floor.next_epoch(now.wall), session: Some(commit.session.clone()) }
            }
            (
                Writing::Renewal
                | Writing::Login
                | Writing::Superseded
                | Writing::Trouble
                | Writing::Restored
                | Writing::Tombstone,
                _,
                _,
                _,
            ) => Record { mark: self.floor.next(), session: None },
        };
        self.writing_mark = record.mark;
        self.floor = self.floor.join(record.mark);
        let is_for_tab = record.session.as_ref().is_some_and(|session| !session.remember);
        (record, if is_for_tab { Place::Tab } else { Place::Asked })
    }

    /// The write is through, the lock let go: now it is told.
    pub(super) fn saved(&mut self, writing: Writing, saved: Saved, now: Now, effects: &mut Vec<Effect>) {
        let failed = if let Err(NotSaved::Failed(operation)) = saved { Some(operation) } else { None };
        if let Some(operation) = failed {
            self.degrade(StorageKind::Memory, operation, effects);
        }
        match writing {
            // The lock is asked for again.
            Writing::Superseded => {}
            Writing::Tombstone => self.burial = None,
            Writing::Trouble | Writing::Restored => {
                if let Some(held) = &mut self.held {
                    held.mark = self.writing_mark;
                }
                if writing == Writing::Trouble {
                    self.tell_of_failure(now, effects);
                }
            }
            Writing::Renewal => {
                let Some(mut held) = self.renewed.take() else { return };
                held.saved = saved.is_ok();
                held.mark = self.writing_mark;
                effects.push(Effect::Emit(SessionEvent::Refreshed { expires_at: held.expires_at() }));
                self.held = Some(held);
                self.serial = self.serial.wrapping_add(1);
            }
            Writing::Login => self.signed_in(saved.is_ok(), now, effects),
        }
    }

    /// A granted session is kept, if only here: then a store that shows nothing, or that cannot be read, says nothing of it.
    pub(super) fn degrade(&mut self, storage: StorageKind, operation: StorageOperation, effects: &mut Vec<Effect>) {
        let says_nothing = storage == StorageKind::Memory || operation == StorageOperation::Read;
        if let Some(held) = self.held.as_mut().filter(|_| says_nothing) {
            held.saved = false;
        }
        if std::mem::replace(&mut self.storage, storage) != storage && storage != self.options.storage {
            let error = AuthError::Storage(operation);
            effects.push(Effect::Emit(SessionEvent::StorageDegraded { storage, error }));
        }
    }
}
