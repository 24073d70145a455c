//! Who is told what: each waiter once, as soon as what it waits for is known.

use super::Session;
use super::effect::{Answer, Effect};
use super::input::WaiterId;
use super::refresh::not_renewable;
use super::state::{Flight, FlightParts, Held, Purpose, State};
use super::waiters::{Waiter, Want};
use crate::core::error::{AuthError, Phase, SessionEndReason};
use crate::core::event::WarningCode;
use crate::core::request::HttpRequest;
use crate::core::units::{Millis, Now};

/// How much longer than a request a caller may wait: for the lock, and for a second try.
const PATIENCE: Millis = Millis(5_000);

impl Session {
    pub(super) fn wait(&mut self, id: WaiterId, want: Want, now: Now) {
        let until = now.mono.plus(self.options.timeout).plus(PATIENCE);
        self.waiters.join(Waiter { id, want, until });
    }

    pub(super) fn send(&mut self, request: HttpRequest, now: Now, effects: &mut Vec<Effect>) -> Flight {
        let ticket = self.ticket();
        let flight = FlightParts {
            ticket,
            sent: now,
            secrets: request.secrets.clone(),
            cookies: request.cookies,
            url: request.url.clone(),
            timeout: request.timeout,
        };
        effects.push(Effect::Send(ticket, request));
        Box::new(flight)
    }

    /// What a caller without a session is told.
    pub(super) fn ended_error(&self) -> AuthError {
        AuthError::ended(self.end_reason.unwrap_or(SessionEndReason::LoggedOut))
    }

    pub(super) fn warn_of_lifetime(&mut self, warning: Option<WarningCode>, effects: &mut Vec<Effect>) {
        let message = match warning {
            Some(WarningCode::LifetimeClamped) => {
                "The server states a lifetime beyond maxLifetimeMs; it was cut to that."
            }
            Some(_) => {
                "Nothing believable tells how long the access token lasts; it is used until it is refused. Name its place in reply.lifetime, or give defaultLifetimeMs."
            }
            None => return,
        };
        if let Some(code) = warning {
            self.warn(code, message, effects);
        }
    }

    /// Back to rest with this session, or none.
    pub(super) fn back_to(&mut self, held: Option<Held>, now: Now, effects: &mut Vec<Effect>) -> State {
        let Some(held) = held else {
            return self.signed_out(effects);
        };
        for waiter in self.waiters.take(|_| true) {
            let token = |least| {
                held.token(if self.can_renew(&held) { self.least_left(&held, least) } else { Millis::ZERO }, now)
            };
            match waiter.want {
                Want::Restore => effects.push(Effect::Answer(waiter.id, Ok(Answer::Restored(true)))),
                Want::Refresh if !self.can_renew(&held) => {
                    effects.push(Effect::Answer(waiter.id, Err(not_renewable())))
                }
                Want::Token(least) if let Some(token) = token(least) => {
                    effects.push(Effect::Answer(waiter.id, Ok(Answer::Token(token.clone()))));
                }
                Want::Token(_) | Want::Refresh => self.waiters.join(waiter),
            }
        }
        if self.waiters.none_for_tokens() {
            return State::Active(held);
        }
        // What was taken up is over already: it is renewed for those who still wait.
        if self.can_renew(&held) && held.may_try(now) {
            self.lock_for(Purpose::Refresh(held), effects)
        } else {
            State::Active(held)
        }
    }

    /// There are new tokens: that is what waiters wanted, whatever is left of them.
    pub(super) fn answer_with_new(&mut self, held: &Held, now: Now, effects: &mut Vec<Effect>) {
        let token = held.token(Millis::ZERO, now);
        for waiter in
            self.waiters.take(|waiter| waiter.want == Want::Refresh || token.is_some() && waiter.want != Want::Restore)
        {
            let answer = match (waiter.want, token) {
                (Want::Token(_), Some(token)) => Answer::Token(token.clone()),
                (Want::Token(_) | Want::Refresh | Want::Restore, _) => Answer::Done,
            };
            effects.push(Effect::Answer(waiter.id, Ok(answer)));
        }
    }

    /// At rest without a session.
    pub(super) fn signed_out(&mut self, effects: &mut Vec<Effect>) -> State {
        self.reject_tokens(&self.ended_error(), effects);
        for waiter in self.waiters.take(|_| true) {
            effects.push(Effect::Answer(waiter.id, Ok(Answer::Restored(false))));
        }
        State::SignedOut
    }

    pub(super) fn reject_tokens(&mut self, error: &AuthError, effects: &mut Vec<Effect>) {
        for waiter in self.waiters.take(|waiter| waiter.want != Want::Restore) {
            effects.push(Effect::Answer(waiter.id, Err(error.clone())));
        }
    }

    pub(super) fn reject_all(&mut self, error: &AuthError, effects: &mut Vec<Effect>) {
        for waiter in self.waiters.take(|_| true) {
            let is_question = waiter.want == Want::Restore && *error != AuthError::Disposed;
            let answer = if is_question { Ok(Answer::Restored(false)) } else { Err(error.clone()) };
            effects.push(Effect::Answer(waiter.id, answer));
        }
    }

    /// Callers who have waited long enough.
    pub(super) fn reject_overdue(&mut self, now: Now, held: Option<&Held>, effects: &mut Vec<Effect>) {
        let timeout = AuthError::Timeout { phase: Phase::Refresh, timeout: self.options.timeout };
        let error = held.and_then(|held| held.trouble.as_ref()).map_or(timeout, |trouble| trouble.error.clone());
        for waiter in self.waiters.take(|waiter| waiter.until <= now.mono) {
            effects.push(Effect::Answer(waiter.id, Err(error.clone())));
        }
    }

    pub(super) fn abandon(&mut self, state: State, waiter: WaiterId, effects: &mut Vec<Effect>) -> State {
        if self.login.as_ref().is_some_and(|login| login.waiter == waiter) {
            self.withdraw_login(AuthError::Aborted, effects);
        }
        for gone in self.waiters.take(|one| one.id == waiter) {
            effects.push(Effect::Answer(gone.id, Err(AuthError::Aborted)));
        }
        state
    }
}
