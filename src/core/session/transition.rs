//! The table: one match over (state, input), one arm a case. Each arm says where it lands; what it does on
//! the way stands in the file named after it. The diagram is in [`super`].

use super::Session;
use super::effect::{Answer, Effect};
use super::input::Input;
use super::state::{Outcome, Purpose, State};
use super::waiters::Want;
use crate::core::error::{AuthError, SessionEndReason};
use crate::core::event::SessionEvent;
use crate::core::units::Now;

impl Session {
    pub(super) fn step(&mut self, now: Now, input: Input, effects: &mut Vec<Effect>) {
        let state = std::mem::replace(&mut self.state, State::SignedOut);
        self.state = match (state, input) {
            // ── Disposed: callers are told so, nothing else happens ──────────────────────────────────
            (
                State::Disposed,
                Input::Restore(waiter)
                | Input::Login { waiter, .. }
                | Input::Adopt { waiter, .. }
                | Input::Logout(waiter)
                | Input::TokenWanted(waiter, _)
                | Input::RefreshWanted(waiter),
            ) => {
                effects.push(Effect::Answer(waiter, Err(AuthError::Disposed)));
                State::Disposed
            }
            (
                State::Disposed,
                Input::Abandoned(_)
                | Input::Dispose
                | Input::ClockTicked { .. }
                | Input::StorageFellBack(..)
                | Input::StoreHinted
                | Input::LockDenied(_)
                | Input::FenceRead(..)
                | Input::StoreRead(..)
                | Input::Saved(..)
                | Input::FenceWritten(_)
                | Input::Replied(..),
            ) => State::Disposed,
            // A lock that comes too late is let go.
            (State::Disposed, Input::LockGranted(_)) => {
                effects.push(Effect::ReleaseLock);
                State::Disposed
            }

            // ── From any state: what callers ask for ─────────────────────────────────────────────────
            (state, Input::Dispose) => self.dispose(state, effects),
            (state, Input::Abandoned(waiter)) => self.abandon(state, waiter, effects),
            (state, Input::Login { waiter, grant, credentials, remember }) => {
                self.begin_login(now, waiter, &grant, &credentials, remember, effects);
                state
            }
            (state, Input::Adopt { waiter, reply, remember }) => {
                self.adopt(state, now, waiter, &reply, remember, effects)
            }
            (state, Input::Logout(waiter)) => self.logout(state, now, waiter, effects),
            (state, Input::StorageFellBack(storage, operation)) => {
                self.storage = storage;
                let error = AuthError::Storage(operation);
                effects.push(Effect::Emit(SessionEvent::StorageDegraded { storage, error }));
                state
            }

            // ── From any state: answers to what runs beside the session ──────────────────────────────
            (state, Input::Replied(ticket, reply)) if self.is_login(ticket) => {
                self.login_replied(state, reply, effects)
            }
            (state, Input::Replied(ticket, reply)) if self.is_ending(ticket) => {
                self.ending_replied(now, ticket, reply, effects);
                state
            }
            (state, Input::FenceRead(ticket, generation)) if self.peek == Some(ticket) => {
                let read = self.ticket();
                self.peek = Some(read);
                effects.push(Effect::ReadStore(read, generation));
                state
            }
            (state, Input::StoreRead(ticket, stored)) if self.peek == Some(ticket) => {
                self.peek = None;
                self.peeked(state, now, stored, effects)
            }

            // ── From Restoring, SignedOut, Active: looking at the store ───────────────────────────────
            (state @ (State::Restoring | State::SignedOut | State::Active(_)), Input::Restore(waiter)) => {
                self.wait(waiter, Want::Restore, now);
                self.look(effects);
                state
            }
            (state @ (State::SignedOut | State::Active(_)), Input::StoreHinted) => {
                self.look(effects);
                state
            }

            // ── From Restoring ───────────────────────────────────────────────────────────────────────
            (State::Restoring, Input::TokenWanted(waiter, least)) => {
                self.wait(waiter, Want::Token(least), now);
                self.look(effects);
                State::Restoring
            }
            (State::Restoring, Input::RefreshWanted(waiter)) => {
                self.wait(waiter, Want::Refresh, now);
                self.look(effects);
                State::Restoring
            }
            (State::Restoring, Input::StoreHinted) => State::Restoring,

            // ── From SignedOut ───────────────────────────────────────────────────────────────────────
            (State::SignedOut, Input::TokenWanted(waiter, _) | Input::RefreshWanted(waiter)) => {
                effects.push(Effect::Answer(waiter, Err(self.ended_error())));
                State::SignedOut
            }

            // ── From Active ──────────────────────────────────────────────────────────────────────────
            (State::Active(held), Input::TokenWanted(waiter, least)) => {
                self.token_wanted(held, now, waiter, least, effects)
            }
            (State::Active(held), Input::RefreshWanted(waiter)) => self.refresh_wanted(held, now, waiter, effects),
            (State::Active(held), Input::ClockTicked { visible }) => {
                self.visible = visible;
                self.reject_overdue(now, Some(&held), effects);
                self.tick(held, now, effects)
            }

            // ── On the way through the lock: callers join, or are served from what is held ───────────
            (
                state @ (State::Waiting(..)
                | State::Fencing(..)
                | State::Rereading(..)
                | State::Refreshing(..)
                | State::Saving(..)
                | State::Sealing(..)),
                Input::TokenWanted(waiter, least),
            ) => {
                let token = state.held().and_then(|held| held.token(self.least_left(held, least), now));
                match token {
                    Some(token) => effects.push(Effect::Answer(waiter, Ok(Answer::Token(token.clone())))),
                    None if state.held().is_some() || state.is_committing() => {
                        self.wait(waiter, Want::Token(least), now)
                    }
                    None => effects.push(Effect::Answer(waiter, Err(self.ended_error()))),
                }
                state
            }
            (
                state @ (State::Waiting(..)
                | State::Fencing(..)
                | State::Rereading(..)
                | State::Refreshing(..)
                | State::Saving(..)
                | State::Sealing(..)),
                Input::RefreshWanted(waiter),
            ) => {
                if state.held().is_some() || state.is_committing() {
                    self.wait(waiter, Want::Refresh, now);
                } else {
                    effects.push(Effect::Answer(waiter, Err(self.ended_error())));
                }
                state
            }
            (
                state @ (State::Waiting(..)
                | State::Fencing(..)
                | State::Rereading(..)
                | State::Refreshing(..)
                | State::Saving(..)
                | State::Sealing(..)),
                Input::Restore(waiter),
            ) => {
                self.wait(waiter, Want::Restore, now);
                state
            }
            // They read the store themselves, under the lock.
            (
                state @ (State::Waiting(..)
                | State::Fencing(..)
                | State::Rereading(..)
                | State::Refreshing(..)
                | State::Saving(..)
                | State::Sealing(..)),
                Input::StoreHinted,
            ) => state,
            (
                state @ (State::Restoring
                | State::SignedOut
                | State::Waiting(..)
                | State::Fencing(..)
                | State::Rereading(..)
                | State::Refreshing(..)
                | State::Saving(..)
                | State::Sealing(..)),
                Input::ClockTicked { visible },
            ) => {
                self.visible = visible;
                self.reject_overdue(now, state.held(), effects);
                state
            }

            // ── From Waiting: the lock ───────────────────────────────────────────────────────────────
            (State::Waiting(asked, purpose), Input::LockGranted(ticket)) if asked == ticket => {
                let read = self.ticket();
                effects.push(Effect::ReadFence(read));
                State::Fencing(read, purpose)
            }
            (State::Waiting(asked, purpose), Input::LockDenied(ticket)) if asked == ticket => match purpose {
                Purpose::Refresh(held) | Purpose::Keep(held) => {
                    self.refresh_failed(held, now, AuthError::LockTimeout, effects)
                }
                Purpose::Commit(commit) => {
                    effects.push(Effect::Answer(commit.waiter, Err(AuthError::LockTimeout)));
                    self.back_to(commit.before, now, effects)
                }
                Purpose::End(_) => self.signed_out(effects),
                Purpose::Forget(waiters) => self.forget_unread(waiters, effects),
            },

            // ── From Fencing: the least generation the store must show ───────────────────────────────
            (State::Fencing(asked, purpose), Input::FenceRead(ticket, generation)) if asked == ticket => {
                let read = self.ticket();
                effects.push(Effect::ReadStore(read, generation));
                State::Rereading(read, purpose)
            }

            // ── From Rereading: what the store holds decides ─────────────────────────────────────────
            (State::Rereading(asked, Purpose::Refresh(held)), Input::StoreRead(ticket, stored)) if asked == ticket => {
                self.reread_to_refresh(held, now, stored, effects)
            }
            (State::Rereading(asked, Purpose::Commit(commit)), Input::StoreRead(ticket, stored)) if asked == ticket => {
                self.reread_to_commit(commit, &stored, effects)
            }
            (State::Rereading(asked, Purpose::Keep(held)), Input::StoreRead(ticket, stored)) if asked == ticket => {
                self.reread_to_keep(held, now, &stored, effects)
            }
            (State::Rereading(asked, Purpose::End(mark)), Input::StoreRead(ticket, stored)) if asked == ticket => {
                self.reread_to_end(mark, &stored, effects)
            }
            (State::Rereading(asked, Purpose::Forget(waiters)), Input::StoreRead(ticket, stored))
                if asked == ticket =>
            {
                self.reread_to_forget(waiters, now, stored, effects)
            }

            // ── From Refreshing: the reply ───────────────────────────────────────────────────────────
            (State::Refreshing(flight, held), Input::Replied(ticket, reply)) if flight.ticket == ticket => {
                self.refresh_replied(&flight, held, now, reply, effects)
            }

            // ── From Saving: write, then seal ────────────────────────────────────────────────────────
            (State::Saving(asked, Outcome::Overtaken(purpose)), Input::Saved(ticket, _)) if asked == ticket => {
                let read = self.ticket();
                effects.push(Effect::ReadStore(read, self.floor.generation));
                State::Rereading(read, purpose)
            }
            (State::Saving(asked, outcome), Input::Saved(ticket, saved)) if asked == ticket => {
                self.saved(outcome, saved, now, effects)
            }

            // ── From Sealing: release, then tell ─────────────────────────────────────────────────────
            (State::Sealing(asked, Outcome::Overtaken(purpose)), Input::FenceWritten(ticket)) if asked == ticket => {
                let read = self.ticket();
                effects.push(Effect::ReadStore(read, self.floor.generation));
                State::Rereading(read, purpose)
            }
            (State::Sealing(asked, outcome), Input::FenceWritten(ticket)) if asked == ticket => {
                effects.push(Effect::ReleaseLock);
                effects.push(Effect::HintPeers);
                self.sealed(outcome, now, effects)
            }

            // ── A late answer to something nobody waits for any more ─────────────────────────────────
            (
                state,
                Input::LockGranted(_)
                | Input::LockDenied(_)
                | Input::FenceRead(..)
                | Input::StoreRead(..)
                | Input::Saved(..)
                | Input::FenceWritten(_)
                | Input::Replied(..),
            ) => state,
        };
    }

    /// What time alone brings about.
    fn tick(&mut self, held: super::state::Held, now: Now, effects: &mut Vec<Effect>) -> State {
        let renewable = self.can_renew(&held);
        if !renewable && held.is_expired(now) {
            return self.end(State::Active(held), SessionEndReason::Expired, None, effects).0;
        }
        let mut held = held;
        if !renewable && !held.warned {
            let warn_at = self.margin(&held).unwrap_or_default();
            if held.left(now).is_some_and(|left| left <= warn_at) {
                held.warned = true;
                let expires_at = held.obtained.wall.plus(held.session.tokens.lifetime.unwrap_or_default());
                effects.push(Effect::Emit(SessionEvent::Expiring { expires_at }));
            }
        }
        let is_asked_for = !self.waiters.none_for_tokens();
        let is_due = self.visible && self.refresh_at(&held).is_some_and(|due| self.is_past(&held, due, now));
        if renewable && held.may_try(now) && (is_asked_for || is_due) {
            return self.lock_for(Purpose::Refresh(held), effects);
        }
        State::Active(held)
    }

    /// Whether an instant of the monotonic clock is past by either clock.
    fn is_past(&self, held: &super::state::Held, instant: crate::core::units::MonoMillis, now: Now) -> bool {
        held.obtained.age(now) >= instant.since(held.obtained.mono)
    }
}
