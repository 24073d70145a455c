//! The table: one match over (state, input), one arm a case. An arm says where it lands, or calls the file named
//! after what is decided there. After every step, [`Session::settle`] ends what time has ended, serves who can be served, and
//! asks for the lock if something is wanted under it. The diagram is in [`super`].

use super::Session;
use super::effect::Effect;
use super::input::{Input, NotSaved, Ticket};
use super::state::{State, Writing};
use super::waiters::Want;
use crate::core::error::AuthError;
use crate::core::guard::guard;
use crate::core::units::Now;

impl Session {
    pub(super) fn step(&mut self, now: Now, input: Input, effects: &mut Vec<Effect>) {
        match (&self.state, input) {
            // ── Disposed of: callers are told so; only what a refresh brings is still stored ───────────
            (
                _,
                Input::Restore(waiter)
                | Input::Login { waiter, .. }
                | Input::Adopt { waiter, .. }
                | Input::Logout(waiter)
                | Input::TokenWanted(waiter, _)
                | Input::RefreshWanted(waiter),
            ) if self.is_closing => effects.push(Effect::Answer(waiter, Err(AuthError::Disposed))),
            (
                _,
                Input::Abandoned(_)
                | Input::Dispose
                | Input::ClockTicked { .. }
                | Input::CameOnline
                | Input::Active
                | Input::ActiveElsewhere(_)
                | Input::StorageFellBack(..)
                | Input::StoreHinted,
            ) if self.is_closing => {}

            // ── From any state: what callers ask for ─────────────────────────────────────────────────
            (_, Input::Dispose) => self.dispose(effects),
            (_, Input::Abandoned(waiter)) => self.abandon(waiter, effects),
            (_, Input::Login { waiter, grant, credentials, remember }) => {
                self.begin_login(now, waiter, &grant, &credentials, remember, effects);
            }
            (_, Input::Adopt { waiter, reply, remember }) => self.adopt(now, waiter, &reply, remember, effects),
            (_, Input::Logout(waiter)) => self.logout(now, waiter, effects),
            (_, Input::Restore(waiter)) => {
                self.wait(waiter, Want::Restore, now);
                self.look(effects);
            }
            (_, Input::TokenWanted(waiter, least)) => self.wait(waiter, Want::Token(least), now),
            (_, Input::RefreshWanted(waiter)) => {
                self.is_urgent = true;
                self.wait(waiter, Want::Refresh, now);
            }

            // ── From any state: what the page goes through ───────────────────────────────────────────
            (_, Input::ClockTicked { visible }) => {
                self.visible = visible;
                self.tick(now, effects);
            }
            (_, Input::CameOnline) => self.came_online(now),
            (_, Input::Active) => self.used(now, effects),
            (_, Input::ActiveElsewhere(at)) => self.used_elsewhere(at, now),
            (_, Input::StorageFellBack(storage, operation)) => self.degrade(storage, operation, effects),
            // Before it is known, nobody has asked for the store.
            (_, Input::StoreHinted) => self.is_hinted = self.is_known,

            // ── From any state: answers to what runs beside the way through the lock ─────────────────
            (_, Input::Replied(ticket, reply)) if self.is_login(ticket) => {
                self.login_replied(reply, effects);
                self.after_exchange(ticket, now, effects);
            }
            (_, Input::Replied(ticket, reply)) if self.is_ending(ticket) => {
                self.ending_replied(now, ticket, reply, effects);
                self.after_exchange(ticket, now, effects);
            }
            (_, Input::StoreRead(ticket, sight)) if self.peek == Some(ticket) => {
                self.peeked(now, sight, effects);
            }

            // ── From Waiting: the lock ───────────────────────────────────────────────────────────────
            (State::Waiting(asked), Input::LockGranted(ticket)) if is(*asked, ticket) => self.read(effects),
            (State::Waiting(asked), Input::LockDenied(ticket)) if is(*asked, ticket) => {
                self.state = State::Resting;
                self.lock_denied(now, effects);
            }

            // ── From Rereading: what the store holds decides ─────────────────────────────────────────
            (State::Rereading(asked), Input::StoreRead(ticket, sight)) if is(*asked, ticket) => {
                self.reread(now, sight, effects);
            }

            // ── From Marking: the store knows that the tokens are about to be spent ──────────────────
            (State::Marking(asked), Input::Saved(ticket, Err(NotSaved::Overtaken)))
                if is(*asked, ticket) && guard!(OvertakenIsReread, self.is_worth_rereading()) =>
            {
                self.reread_overtaken(effects);
            }
            (State::Marking(asked), Input::Saved(ticket, _)) if is(*asked, ticket) => self.marked(now, effects),

            // ── From Refreshing: the reply ───────────────────────────────────────────────────────────
            (State::Refreshing(flight), Input::Replied(ticket, reply)) if is(flight.ticket, ticket) => {
                let flight = flight.clone();
                self.refresh_replied(&flight, now, reply, effects);
            }

            // ── From Saving: release, then tell ──────────────────────────────────────────────────────
            (State::Saving(asked, writing), Input::Saved(ticket, Err(NotSaved::Overtaken)))
                if is(*asked, ticket) && guard!(OvertakenIsReread, self.is_worth_rereading()) =>
            {
                if *writing == Writing::Trouble {
                    self.tell_of_failure(now, effects);
                }
                self.reread_overtaken(effects);
            }
            (State::Saving(asked, writing), Input::Saved(ticket, saved)) if is(*asked, ticket) => {
                let writing = *writing;
                match saved.map_err(NotSaved::operation) {
                    Err(operation) if writing == Writing::Login && self.options.storage_required => {
                        self.turn_down(operation, now, effects);
                    }
                    // The lock is kept: a logout that waits for it elsewhere would be sent with the cookie of this login.
                    saved if writing == Writing::Tombstone && self.commit.is_some() => {
                        self.saved(writing, saved.map_err(NotSaved::Failed), now, effects);
                        self.read(effects);
                    }
                    saved => {
                        self.release(effects);
                        effects.push(Effect::HintPeers);
                        self.saved(writing, saved.map_err(NotSaved::Failed), now, effects);
                    }
                }
            }

            // ── A late answer to something nobody waits for any more ─────────────────────────────────
            (
                State::Resting
                | State::Waiting(_)
                | State::Rereading(_)
                | State::Exchanging(_)
                | State::Marking(_)
                | State::Refreshing(_)
                | State::Saving(..)
                | State::Disposed,
                Input::LockGranted(_)
                | Input::LockDenied(_)
                | Input::StoreRead(..)
                | Input::Saved(..)
                | Input::Replied(..),
            ) => return,
        }
        self.settle(now, effects);
    }

    /// After every step: what is over ends, who can be served is served, and what is wanted of the lock is asked for.
    fn settle(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if self.is_closing {
            if matches!(self.state, State::Resting) {
                self.state = State::Disposed;
            }
            return;
        }
        self.expire(now, effects);
        self.heed_limits(now, effects);
        self.serve(now, effects);
        self.answer_endings(effects);
        match (&self.state, self.wants_lock(now)) {
            (State::Resting, true) => {
                let ticket = self.ticket();
                effects.push(Effect::AcquireLock(ticket));
                self.state = State::Waiting(ticket);
            }
            // What it was wanted for has been done by another tab.
            (State::Waiting(_), false) => self.release(effects),
            (_, _) => {}
        }
        let is_looking_for = match &self.state {
            // Nothing else is under way that would read it.
            State::Resting if !self.is_known => !(self.waiters.is_empty() && self.forgetting.is_empty()),
            State::Resting | State::Waiting(_) => self.is_hinted && self.peek.is_none() && self.commit.is_none(),
            State::Rereading(_)
            | State::Exchanging(_)
            | State::Marking(_)
            | State::Refreshing(_)
            | State::Saving(..)
            | State::Disposed => false,
        };
        if is_looking_for {
            self.look(effects);
        }
    }
}

/// Whether an answer is the one that is awaited.
fn is(asked: Ticket, answered: Ticket) -> bool {
    !guard!(LateIsDropped, asked != answered)
}
