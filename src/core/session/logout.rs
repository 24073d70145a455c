//! The end of a session, here at once and at the server in its own time.

use super::Session;
use super::effect::{Answer, Effect, Place};
use super::input::{Reply, Ticket, WaiterId};
use super::state::{Ending, EndingStage, Flight, Held, Outcome, Purpose, State};
use crate::core::error::{AuthError, Phase, SessionEndReason};
use crate::core::event::{SessionEvent, WarningCode};
use crate::core::record::{Mark, Record, Stored};
use crate::core::rejection;
use crate::core::request;
use crate::core::token_set::TokenSet;
use crate::core::units::Now;

impl Session {
    pub(super) fn logout(&mut self, state: State, now: Now, waiter: WaiterId, effects: &mut Vec<Effect>) -> State {
        self.withdraw_login(AuthError::Superseded, effects);
        let (mut state, tokens, flight) = self.end(state, SessionEndReason::LoggedOut, None, effects);
        match (tokens, flight) {
            (Some(tokens), Some(flight)) => {
                let stage = EndingStage::Settling(flight, tokens);
                self.endings.push(Ending { waiters: vec![waiter], stage });
            }
            (Some(tokens), None) => self.begin_ending(vec![waiter], &tokens, now, effects),
            (None, _) => match state.forgetting_waiters().or(self.endings.last_mut().map(|ending| &mut ending.waiters))
            {
                Some(waiters) => waiters.push(waiter),
                None => effects.push(Effect::Answer(waiter, Ok(NOT_TOLD))),
            },
        }
        state
    }

    /// Ends the session here, at once: nobody is served from it after this. The store is cleared at once and
    /// again under the lock, because a write may be on its way. Returns the tokens that were held, and the
    /// refresh that is still out.
    pub(super) fn end(
        &mut self,
        state: State,
        reason: SessionEndReason,
        error: Option<&AuthError>,
        effects: &mut Vec<Effect>,
    ) -> (State, Option<TokenSet>, Option<Flight>) {
        let held = state.held().cloned();
        let mark = held.as_ref().map_or(self.floor, |held| held.mark.join(self.floor)).ended();
        let granted = self.granted_and_unsaved(&state);
        // Who knows nothing of the store cannot tell which mark ends what it holds: it is read first, under the lock.
        let knows_store = held.is_some() || self.floor != Mark::default();
        let is_over = knows_store || state.is_forgetting();
        if held.is_none() && granted.is_none() && is_over {
            return (state, None, None);
        }
        // What is being read now may be older than this end.
        self.peek = None;
        self.end_reason = Some(reason);
        let purpose = if knows_store { Purpose::End(mark) } else { Purpose::Forget(Vec::new()) };
        if knows_store {
            self.floor = mark;
        }
        if knows_store && !self.has_seen_newer() {
            let clearing = self.ticket();
            effects.push(Effect::WriteStore(clearing, Record { mark, session: None }, Place::Asked));
        }

        let mut flight_out = None;
        let next = match state {
            State::Restoring | State::SignedOut | State::Active(_) | State::Disposed => self.lock_for(purpose, effects),
            State::Waiting(ticket, old) => self.replaced(State::Waiting, ticket, old, purpose, effects),
            State::Fencing(ticket, old) => self.replaced(State::Fencing, ticket, old, purpose, effects),
            State::Rereading(ticket, old) => self.replaced(State::Rereading, ticket, old, purpose, effects),
            State::Refreshing(flight, _) => {
                flight_out = Some(flight);
                let read = self.ticket();
                effects.push(Effect::ReadStore(read, self.floor.generation));
                State::Rereading(read, purpose)
            }
            State::Saving(ticket, outcome) => {
                self.give_way_saved(outcome, effects);
                State::Saving(ticket, Outcome::Overtaken(purpose))
            }
            State::Sealing(ticket, outcome) => {
                self.give_way_saved(outcome, effects);
                State::Sealing(ticket, Outcome::Overtaken(purpose))
            }
        };
        if held.is_some() {
            effects.push(Effect::Emit(SessionEvent::SignedOut { reason }));
        }
        let ended = error.cloned().unwrap_or_else(|| AuthError::ended(reason));
        self.reject_all(&ended, effects);
        let tokens = granted.or(held.map(|held| held.session.tokens));
        (next, tokens, flight_out)
    }

    pub(super) fn replaced(
        &mut self,
        step: fn(Ticket, Purpose) -> State,
        ticket: Ticket,
        old: Purpose,
        new: Purpose,
        effects: &mut Vec<Effect>,
    ) -> State {
        self.give_way(old, effects);
        step(ticket, new)
    }

    /// Tokens of a login that was granted and has not been announced.
    pub(super) fn granted_and_unsaved(&self, state: &State) -> Option<TokenSet> {
        match state {
            State::Waiting(_, Purpose::Commit(commit))
            | State::Fencing(_, Purpose::Commit(commit))
            | State::Rereading(_, Purpose::Commit(commit))
            | State::Saving(_, Outcome::Overtaken(Purpose::Commit(commit)))
            | State::Sealing(_, Outcome::Overtaken(Purpose::Commit(commit))) => Some(commit.tokens.clone()),
            State::Saving(_, Outcome::SignedIn { held, .. }) | State::Sealing(_, Outcome::SignedIn { held, .. }) => {
                Some(held.session.tokens.clone())
            }
            State::Waiting(..)
            | State::Fencing(..)
            | State::Rereading(..)
            | State::Saving(..)
            | State::Sealing(..)
            | State::Restoring
            | State::SignedOut
            | State::Active(_)
            | State::Refreshing(..)
            | State::Disposed => None,
        }
    }

    /// Whether the store was seen to hold a record of a newer version, which is never written over.
    pub(super) fn has_seen_newer(&self) -> bool {
        self.warnings.iter().any(|warning| warning.code == WarningCode::RecordNewer)
    }

    /// The session is over and the lock is held already: nothing has to be asked for again.
    pub(super) fn end_under_lock(
        &mut self,
        flight: &Flight,
        held: Held,
        reason: SessionEndReason,
        error: Option<&AuthError>,
        effects: &mut Vec<Effect>,
    ) -> State {
        self.end(State::Refreshing(flight.clone(), held), reason, error, effects).0
    }

    /// Under the lock, after a session ended: what is newer than it stays.
    pub(super) fn reread_to_end(&mut self, mark: Mark, stored: &Stored, effects: &mut Vec<Effect>) -> State {
        let is_left_alone = match stored {
            Stored::Record(record) => record.session.is_some() && record.mark.epoch >= mark.epoch,
            Stored::Newer => true,
            Stored::Nothing | Stored::Corrupt => false,
        };
        if is_left_alone {
            effects.push(Effect::ReleaseLock);
            return self.signed_out(effects);
        }
        self.save(Outcome::Ended, effects)
    }

    /// Under the lock, for a logout that came before the store was read: whatever it holds is over.
    pub(super) fn reread_to_forget(
        &mut self,
        waiters: Vec<WaiterId>,
        now: Now,
        stored: Stored,
        effects: &mut Vec<Effect>,
    ) -> State {
        match stored {
            Stored::Record(Record { mark, session: Some(session) }) => {
                self.floor = self.floor.join(mark).ended();
                self.begin_ending(waiters, &session.tokens, now, effects);
                self.save(Outcome::Ended, effects)
            }
            Stored::Record(Record { session: None, .. }) | Stored::Nothing | Stored::Corrupt | Stored::Newer => {
                effects.extend(waiters.into_iter().map(|waiter| Effect::Answer(waiter, Ok(NOT_TOLD))));
                effects.push(Effect::ReleaseLock);
                self.signed_out(effects)
            }
        }
    }

    /// Without the lock nothing can be read that would still hold; no token is left in the store all the same.
    pub(super) fn forget_unread(&mut self, waiters: Vec<WaiterId>, effects: &mut Vec<Effect>) -> State {
        self.floor = self.floor.ended();
        let clearing = self.ticket();
        effects.push(Effect::WriteStore(clearing, Record { mark: self.floor, session: None }, Place::Asked));
        let answer = Answer::LoggedOut { revoked: None, told: false, error: Some(AuthError::LockTimeout) };
        effects.extend(waiters.into_iter().map(|waiter| Effect::Answer(waiter, Ok(answer.clone()))));
        self.signed_out(effects)
    }

    /// Tells the server.
    pub(super) fn begin_ending(
        &mut self,
        waiters: Vec<WaiterId>,
        tokens: &TokenSet,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let options = self.options.clone();
        match request::encode_end(&options, tokens) {
            Ok(Some((request, revoked))) => {
                let flight = self.send(request, now, effects);
                self.endings.push(Ending { waiters, stage: EndingStage::Sent(flight, revoked) });
            }
            Ok(None) | Err(_) => {
                effects.extend(waiters.into_iter().map(|waiter| Effect::Answer(waiter, Ok(NOT_TOLD))));
                self.release_login(now, effects);
            }
        }
    }

    pub(super) fn is_ending(&self, ticket: Ticket) -> bool {
        self.endings.iter().any(|ending| ending.ticket() == ticket)
    }

    pub(super) fn ending_replied(&mut self, now: Now, ticket: Ticket, reply: Reply, effects: &mut Vec<Effect>) {
        let Some(at) = self.endings.iter().position(|ending| ending.ticket() == ticket) else {
            return;
        };
        let ending = self.endings.remove(at);
        match ending.stage {
            // What the late refresh brought is what the server must take back.
            EndingStage::Settling(flight, before) => {
                let tokens = match self.decode(Phase::Refresh, &flight, reply) {
                    Ok((tokens, _)) => tokens.continuing(&before),
                    Err(_) => before,
                };
                self.begin_ending(ending.waiters, &tokens, now, effects);
            }
            EndingStage::Sent(flight, revoked) => {
                let error = match reply {
                    Ok(response) if (200..300).contains(&response.status) => None,
                    Ok(response) => {
                        let exchange = self.exchange(&self.options, Phase::Logout, flight.sent, &flight.secrets);
                        Some(rejection::decode(&response, &exchange))
                    }
                    Err(error) => Some(error.into_error(
                        Phase::Logout,
                        &self.options,
                        flight.cookies,
                        &flight.url,
                        flight.timeout,
                    )),
                };
                let answer = Answer::LoggedOut { revoked: revoked.filter(|_| error.is_none()), told: true, error };
                effects.extend(ending.waiters.into_iter().map(|waiter| Effect::Answer(waiter, Ok(answer.clone()))));
                self.release_login(now, effects);
            }
        }
    }

    pub(super) fn dispose(&mut self, mut state: State, effects: &mut Vec<Effect>) -> State {
        self.withdraw_login(AuthError::Disposed, effects);
        for ending in std::mem::take(&mut self.endings) {
            effects.push(Effect::CancelSend(ending.ticket()));
            effects.extend(ending.waiters.into_iter().map(|waiter| Effect::Answer(waiter, Err(AuthError::Disposed))));
        }
        if let State::Refreshing(flight, _) = &state {
            effects.push(Effect::CancelSend(flight.ticket));
        }
        if let Some(waiter) = state.committing_waiter() {
            effects.push(Effect::Answer(waiter, Err(AuthError::Disposed)));
        }
        for waiter in state.forgetting_waiters().map(std::mem::take).unwrap_or_default() {
            effects.push(Effect::Answer(waiter, Err(AuthError::Disposed)));
        }
        self.reject_all(&AuthError::Disposed, effects);
        if state.has_lock() {
            effects.push(Effect::ReleaseLock);
        }
        State::Disposed
    }
}

/// What a logout is told that nobody else had to be told of.
pub(super) const NOT_TOLD: Answer = Answer::LoggedOut { revoked: None, told: false, error: None };
