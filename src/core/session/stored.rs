//! The store: a look at it, what is taken up from it, and the way into it: write, seal, release, tell.

use super::Session;
use super::effect::{Answer, Effect, Place};
use super::input::Saved;
use super::refresh::placed;
use super::state::{Held, HeldParts, Outcome, Purpose, State};
use crate::core::error::{AuthError, SessionEndReason, StorageOperation};
use crate::core::event::{SessionEvent, StorageKind, WarningCode};
use crate::core::record::{Mark, Record, Stored, StoredSession};
use crate::core::schedule::Obtained;
use crate::core::units::Now;

impl Session {
    /// Looks at the store without the lock, unless that is under way.
    pub(super) fn look(&mut self, effects: &mut Vec<Effect>) {
        if self.peek.is_none() {
            let ticket = self.ticket();
            self.peek = Some(ticket);
            effects.push(Effect::ReadFence(ticket));
        }
    }

    pub(super) fn lock_for(&mut self, purpose: Purpose, effects: &mut Vec<Effect>) -> State {
        let ticket = self.ticket();
        effects.push(Effect::AcquireLock(ticket));
        State::Waiting(ticket, purpose)
    }

    /// A session from the store, in hand.
    pub(super) fn hold(&mut self, mark: Mark, session: StoredSession, now: Now) -> Held {
        let obtained = Obtained::restored(session.issued_at, session.tokens.lifetime, now);
        let chance = self.chance.permille();
        Box::new(HeldParts { mark, session, obtained, chance, trouble: None, warned: false, saved: true })
    }

    /// A look without the lock: nothing is written, and what is newer is taken up.
    pub(super) fn peeked(&mut self, state: State, now: Now, stored: Stored, effects: &mut Vec<Effect>) -> State {
        let is_first = matches!(state, State::Restoring);
        let held = match state {
            State::Restoring | State::SignedOut => None,
            State::Active(held) => Some(held),
            // Under way through the lock: the store is read there.
            busy @ (State::Waiting(..)
            | State::Fencing(..)
            | State::Rereading(..)
            | State::Refreshing(..)
            | State::Saving(..)
            | State::Sealing(..)
            | State::Disposed) => return busy,
        };
        match (stored, held) {
            (Stored::Record(Record { mark, session: Some(session) }), held) if mark >= self.floor => {
                self.floor = mark;
                if held.is_none() && !is_first {
                    effects.push(Effect::Emit(SessionEvent::SignedIn { user: session.tokens.user.clone() }));
                }
                self.take_up(mark, session, held, now, effects)
            }
            (Stored::Record(Record { mark, session: None }), Some(held)) if mark.epoch > held.mark.epoch => {
                self.ended_elsewhere(mark, SessionEndReason::LoggedOut, effects)
            }
            (Stored::Nothing, Some(held)) if held.saved => {
                self.ended_elsewhere(held.mark.ended(), SessionEndReason::StorageCleared, effects)
            }
            (Stored::Corrupt, None) if is_first => {
                self.warn(
                    WarningCode::RecordDropped,
                    "What was stored could not be read; it will be replaced at the next login.",
                    effects,
                );
                self.end_reason = Some(SessionEndReason::StorageCorrupt);
                self.signed_out(effects)
            }
            (Stored::Newer, held) => {
                self.warn_of_newer(effects);
                self.back_to(held, now, effects)
            }
            (Stored::Record(record), None) => {
                self.floor = self.floor.join(record.mark);
                self.signed_out(effects)
            }
            (Stored::Record(_) | Stored::Nothing | Stored::Corrupt, held) => self.back_to(held, now, effects),
        }
    }

    /// A stored session takes the place of what is held.
    pub(super) fn take_up(
        &mut self,
        mark: Mark,
        session: StoredSession,
        held: Option<Held>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) -> State {
        let is_restored = held.is_none();
        match held {
            Some(held) if held.session.sid == session.sid => {
                if mark <= held.mark {
                    return self.back_to(Some(held), now, effects);
                }
                // A cookie renewed another tab's token, which is not stored; this tab's own is as good as it was.
                if session.tokens.access_token.is_none() {
                    return self.back_to(Some(placed(held, mark, true)), now, effects);
                }
                let expires_at = session.tokens.lifetime.map(|lifetime| session.issued_at.plus(lifetime));
                effects.push(Effect::Emit(SessionEvent::Refreshed { expires_at }));
            }
            Some(held) if held.session.tokens.user != session.tokens.user => {
                let (user, previous) = (session.tokens.user.clone(), held.session.tokens.user);
                effects.push(Effect::Emit(SessionEvent::UserChanged { user, previous }));
            }
            // Somebody's new login as the same user, or one's own session come back: no news.
            Some(_) | None => {}
        }
        let held = self.hold(mark, session, now);
        self.end_reason = None;
        if !is_restored && held.session.tokens.access_token.is_some() {
            self.answer_with_new(&held, now, effects);
        }
        if is_restored && !self.can_renew(&held) && held.is_expired(now) {
            return self.end(State::Active(held), SessionEndReason::Expired, None, effects).0;
        }
        self.back_to(Some(held), now, effects)
    }

    /// Over, by another tab's doing: the store is as it should be.
    pub(super) fn ended_elsewhere(&mut self, mark: Mark, reason: SessionEndReason, effects: &mut Vec<Effect>) -> State {
        self.floor = self.floor.join(mark);
        self.end_reason = Some(reason);
        effects.push(Effect::Emit(SessionEvent::SignedOut { reason }));
        self.reject_tokens(&AuthError::ended(reason), effects);
        self.signed_out(effects)
    }

    pub(super) fn warn_of_newer(&mut self, effects: &mut Vec<Effect>) {
        let message =
            "What is stored is of a newer version of this package; it is left alone, and this session is not stored.";
        self.warn(WarningCode::RecordNewer, message, effects);
    }

    pub(super) fn save(&mut self, outcome: Outcome, effects: &mut Vec<Effect>) -> State {
        let ticket = self.ticket();
        let (record, place) = match &outcome {
            Outcome::Renewed(held) | Outcome::SignedIn { held, .. } => {
                (held.record(), if held.session.remember { Place::Asked } else { Place::Tab })
            }
            Outcome::Ended | Outcome::Overtaken(_) => (Record { mark: self.floor, session: None }, Place::Asked),
        };
        self.floor = self.floor.join(record.mark);
        effects.push(Effect::WriteStore(ticket, record, place));
        State::Saving(ticket, outcome)
    }

    pub(super) fn seal(&mut self, outcome: Outcome, effects: &mut Vec<Effect>) -> State {
        let ticket = self.ticket();
        effects.push(Effect::WriteFence(ticket, self.floor.generation));
        State::Sealing(ticket, outcome)
    }

    pub(super) fn saved(&mut self, outcome: Outcome, saved: Saved, now: Now, effects: &mut Vec<Effect>) -> State {
        let Err(operation) = saved else {
            return self.seal(outcome, effects);
        };
        match outcome {
            Outcome::SignedIn { waiter, before, .. } if self.options.storage_required => {
                effects.push(Effect::Answer(waiter, Err(AuthError::Storage(operation))));
                effects.push(Effect::ReleaseLock);
                self.back_to(before, now, effects)
            }
            Outcome::SignedIn { held, waiter, before } => {
                self.degrade(operation, effects);
                self.seal(Outcome::SignedIn { held: unsaved(held), waiter, before }, effects)
            }
            Outcome::Renewed(held) => {
                self.degrade(operation, effects);
                self.seal(Outcome::Renewed(unsaved(held)), effects)
            }
            outcome @ (Outcome::Ended | Outcome::Overtaken(_)) => self.seal(outcome, effects),
        }
    }

    /// A granted session is kept, if only here.
    pub(super) fn degrade(&mut self, operation: StorageOperation, effects: &mut Vec<Effect>) {
        if self.storage != StorageKind::Memory {
            self.storage = StorageKind::Memory;
            let error = AuthError::Storage(operation);
            effects.push(Effect::Emit(SessionEvent::StorageDegraded { storage: StorageKind::Memory, error }));
        }
    }

    pub(super) fn sealed(&mut self, outcome: Outcome, now: Now, effects: &mut Vec<Effect>) -> State {
        match outcome {
            Outcome::Renewed(held) => {
                let expires_at = held.session.tokens.lifetime.map(|lifetime| held.obtained.wall.plus(lifetime));
                effects.push(Effect::Emit(SessionEvent::Refreshed { expires_at }));
                self.answer_with_new(&held, now, effects);
                self.back_to(Some(held), now, effects)
            }
            Outcome::SignedIn { held, waiter, before } => {
                let user = held.session.tokens.user.clone();
                let previous = before.map(|before| before.session.tokens.user);
                effects.push(Effect::Emit(SessionEvent::SignedIn { user: user.clone() }));
                if let Some(previous) = previous.filter(|previous| *previous != user) {
                    effects.push(Effect::Emit(SessionEvent::UserChanged { user, previous }));
                }
                effects.push(Effect::Answer(waiter, Ok(Answer::Done)));
                self.end_reason = None;
                self.answer_with_new(&held, now, effects);
                self.back_to(Some(held), now, effects)
            }
            Outcome::Ended | Outcome::Overtaken(_) => self.signed_out(effects),
        }
    }
}

/// The same session, which the store could not take.
fn unsaved(mut held: Held) -> Held {
    held.saved = false;
    held
}
