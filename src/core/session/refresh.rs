//! A refresh: who asks for it, what is sent, and what comes of it.

use super::Session;
use super::effect::{Answer, Effect};
use super::input::{Reply, WaiterId};
use super::state::{Flight, Held, Outcome, Purpose, State, Trouble};
use super::waiters::{Waiter, Want};
use crate::core::error::{AuthError, Phase, SessionEndReason};
use crate::core::event::SessionEvent;
use crate::core::event::WarningCode;
use crate::core::record::{Mark, Record, Stored};
use crate::core::reply;
use crate::core::request;
use crate::core::schedule::{self, LADDER, Obtained};
use crate::core::token_set::TokenSet;
use crate::core::units::{Millis, Now};

type Decoded = Result<(TokenSet, Option<WarningCode>), AuthError>;

impl Session {
    pub(super) fn token_wanted(
        &mut self,
        held: Held,
        now: Now,
        waiter: WaiterId,
        least: Option<Millis>,
        effects: &mut Vec<Effect>,
    ) -> State {
        if let Some(token) = held.token(self.least_left(&held, least), now) {
            effects.push(Effect::Answer(waiter, Ok(Answer::Token(token.clone()))));
            return State::Active(held);
        }
        if !self.can_renew(&held) {
            // The most that there is, for a caller who asked for more.
            if let Some(token) = held.token(Millis::ZERO, now) {
                effects.push(Effect::Answer(waiter, Ok(Answer::Token(token.clone()))));
                return State::Active(held);
            }
            let (state, ..) = self.end(State::Active(held), SessionEndReason::Expired, None, effects);
            effects.push(Effect::Answer(waiter, Err(self.ended_error())));
            return state;
        }
        if let Some(trouble) = held.trouble.as_ref().filter(|trouble| now.mono < trouble.not_before) {
            match held.token(Millis::ZERO, now).filter(|_| least.is_none()) {
                Some(token) => effects.push(Effect::Answer(waiter, Ok(Answer::Token(token.clone())))),
                None if trouble.is_short() => self.wait(waiter, Want::Token(least), now),
                None => effects.push(Effect::Answer(waiter, Err(trouble.error.clone()))),
            }
            return State::Active(held);
        }
        self.wait(waiter, Want::Token(least), now);
        self.lock_for(Purpose::Refresh(held), effects)
    }

    pub(super) fn refresh_wanted(
        &mut self,
        held: Held,
        now: Now,
        waiter: WaiterId,
        effects: &mut Vec<Effect>,
    ) -> State {
        if !self.can_renew(&held) {
            effects.push(Effect::Answer(waiter, Err(not_renewable())));
            return State::Active(held);
        }
        // A wait the server asked for holds for everybody; our own waits are for the background.
        let asked_to_wait = |trouble: &&Trouble| now.mono < trouble.not_before && trouble.error.retry_after().is_some();
        if let Some(trouble) = held.trouble.as_ref().filter(asked_to_wait) {
            effects.push(Effect::Answer(waiter, Err(trouble.error.clone())));
            return State::Active(held);
        }
        self.wait(waiter, Want::Refresh, now);
        self.lock_for(Purpose::Refresh(held), effects)
    }

    /// Under the lock, before a refresh: the store may hold something newer than this tab.
    pub(super) fn reread_to_refresh(
        &mut self,
        held: Held,
        now: Now,
        stored: Stored,
        effects: &mut Vec<Effect>,
    ) -> State {
        match stored {
            Stored::Record(Record { mark, session: Some(session) }) if mark > held.mark => {
                self.floor = self.floor.join(mark);
                effects.push(Effect::ReleaseLock);
                self.take_up(mark, session, Some(held), now, effects)
            }
            Stored::Record(Record { mark, session: None }) if mark.epoch > held.mark.epoch => {
                effects.push(Effect::ReleaseLock);
                self.ended_elsewhere(mark, SessionEndReason::LoggedOut, effects)
            }
            Stored::Nothing if held.saved => {
                effects.push(Effect::ReleaseLock);
                self.ended_elsewhere(held.mark.ended(), SessionEndReason::StorageCleared, effects)
            }
            Stored::Newer if held.saved => {
                self.warn_of_newer(effects);
                effects.push(Effect::ReleaseLock);
                self.ended_elsewhere(held.mark, SessionEndReason::Elsewhere, effects)
            }
            Stored::Record(_) | Stored::Nothing | Stored::Corrupt | Stored::Newer => {
                self.send_refresh(held, now, effects)
            }
        }
    }

    pub(super) fn send_refresh(&mut self, held: Held, now: Now, effects: &mut Vec<Effect>) -> State {
        let options = self.options.clone();
        match request::encode_refresh(&options, &held.session.tokens)
            .and_then(|request| request.ok_or_else(not_renewable))
        {
            Ok(request) => State::Refreshing(self.send(request, now, effects), held),
            Err(error) => {
                effects.push(Effect::ReleaseLock);
                self.refresh_failed(held, now, error, effects)
            }
        }
    }

    pub(super) fn decode(&self, phase: Phase, flight: &Flight, reply: Reply) -> Decoded {
        let options = &self.options;
        let shape = match (phase, &options.dialect.refresh) {
            (Phase::Refresh, Some(refresh)) => &refresh.reply,
            (Phase::Refresh | Phase::Login | Phase::Logout | Phase::Api, _) => &options.dialect.reply,
        };
        let response =
            reply.map_err(|error| error.into_error(phase, options, flight.cookies, &flight.url, flight.timeout))?;
        reply::decode(&response, shape, &self.exchange(options, phase, flight.sent, &flight.secrets))
    }

    pub(super) fn refresh_replied(
        &mut self,
        flight: &Flight,
        held: Held,
        now: Now,
        reply: Reply,
        effects: &mut Vec<Effect>,
    ) -> State {
        let (tokens, warning) = match self.decode(Phase::Refresh, flight, reply) {
            Ok(decoded) => decoded,
            Err(error @ AuthError::SessionEnded { .. }) => {
                return self.end_under_lock(flight, held, SessionEndReason::Refused, Some(&error), effects);
            }
            Err(error) => {
                effects.push(Effect::ReleaseLock);
                return self.refresh_failed(held, now, error, effects);
            }
        };
        let is_another =
            held.session.tokens.user.is_some() && tokens.user.is_some() && held.session.tokens.user != tokens.user;
        if is_another {
            let (user, previous) = (tokens.user, held.session.tokens.user.clone());
            effects.push(Effect::Emit(SessionEvent::UserChanged { user, previous }));
            return self.end_under_lock(flight, held, SessionEndReason::IdentityChanged, None, effects);
        }
        self.warn_of_lifetime(warning, effects);
        let attempts = held.trouble.as_ref().map_or(0, |trouble| trouble.attempts);
        let mut held = held;
        held.session.tokens = tokens.continuing(&held.session.tokens);
        held.session.issued_at = flight.sent.wall;
        held.obtained = Obtained { wall: flight.sent.wall, mono: flight.sent.mono };
        held.chance = self.chance.permille();
        held.trouble = None;
        held.warned = false;
        if held.is_expired(now) {
            held.trouble = Some(self.fruitless(attempts.saturating_add(1), now));
        }
        let read = self.ticket();
        effects.push(Effect::ReadStore(read, self.floor.generation));
        State::Rereading(read, Purpose::Keep(held))
    }

    /// Under the lock, before new tokens are stored: what ended the session meanwhile wins, and the server
    /// takes back what came too late.
    pub(super) fn reread_to_keep(&mut self, held: Held, now: Now, stored: &Stored, effects: &mut Vec<Effect>) -> State {
        let over = match stored {
            Stored::Record(Record { mark, session: None }) if mark.epoch > held.mark.epoch => {
                Some((*mark, SessionEndReason::LoggedOut))
            }
            Stored::Nothing if held.saved => Some((held.mark.ended(), SessionEndReason::StorageCleared)),
            Stored::Record(_) | Stored::Nothing | Stored::Corrupt | Stored::Newer => None,
        };
        if let Some((mark, reason)) = over {
            effects.push(Effect::ReleaseLock);
            let state = self.ended_elsewhere(mark, reason, effects);
            self.begin_ending(Vec::new(), &held.session.tokens, now, effects);
            return state;
        }
        let mark = held.mark.join(self.floor).next();
        if *stored == Stored::Newer {
            return self.seal(Outcome::Renewed(placed(held, mark, false)), effects);
        }
        self.save(Outcome::Renewed(placed(held, mark, true)), effects)
    }

    /// Tokens that are over on arrival are no progress: the next try waits as if there had been no answer,
    /// and after the short steps half a minute at least.
    pub(super) fn fruitless(&mut self, attempts: u32, now: Now) -> Trouble {
        let asked = if attempts > LADDER { Some(Millis(30_000)) } else { None };
        let wait = schedule::backoff(attempts, true, asked, self.chance.permille());
        Trouble { attempts, not_before: now.mono.plus(wait), error: AuthError::RefreshLoop }
    }

    /// The session stays; what is tried next, and when, depends on what went wrong.
    pub(super) fn refresh_failed(
        &mut self,
        held: Held,
        now: Now,
        error: AuthError,
        effects: &mut Vec<Effect>,
    ) -> State {
        let attempts = held.trouble.as_ref().map_or(1, |trouble| trouble.attempts.saturating_add(1));
        let is_retryable = error.code().row().retryable;
        let is_watched = self.visible || !self.waiters.none_for_tokens();
        // What is not worth retrying by itself is tried again when somebody asks, but not in a loop.
        let step = if is_retryable { attempts } else { LADDER + 1 };
        let wait = schedule::backoff(step, is_watched, error.retry_after(), self.chance.permille());
        let not_before = now.mono.plus(wait);

        let mut held = held;
        held.trouble = Some(Trouble { attempts, not_before, error: error.clone() });
        let is_short = held.trouble.as_ref().is_some_and(Trouble::is_short);
        let waits_on = |waiter: &Waiter| is_short && not_before < waiter.until && waiter.want != Want::Restore;
        for waiter in self.waiters.take(|waiter| !waits_on(waiter) || waiter.want == Want::Token(None)) {
            match (waiter.want, held.token(Millis::ZERO, now)) {
                (Want::Token(None), Some(token)) => {
                    effects.push(Effect::Answer(waiter.id, Ok(Answer::Token(token.clone()))));
                }
                (Want::Token(_), _) if waits_on(&waiter) => self.waiters.join(waiter),
                (Want::Restore, _) => effects.push(Effect::Answer(waiter.id, Ok(Answer::Restored(true)))),
                (Want::Token(_) | Want::Refresh, _) => effects.push(Effect::Answer(waiter.id, Err(error.clone()))),
            }
        }
        let is_planned = self.visible && self.refresh_at(&held).is_some() || !self.waiters.none_for_tokens();
        let next_attempt_at = is_planned.then(|| now.wall.plus(wait));
        effects.push(Effect::Emit(SessionEvent::RefreshFailed { error, next_attempt_at }));
        State::Active(held)
    }
}

/// What a refresh is told where there is nothing to refresh with.
pub(super) fn not_renewable() -> AuthError {
    AuthError::invalid("refresh", "nothing in this session can renew it")
}

/// The same session at this place in the order of writes.
pub(super) fn placed(mut held: Held, mark: Mark, saved: bool) -> Held {
    held.mark = mark;
    held.saved = saved;
    held
}
