//! Who is told what: each waiter once, as soon as what it waits for is known.

use super::Session;
use super::effect::{Answer, Effect};
use super::input::WaiterId;
use super::refresh::not_renewable;
use super::state::{Flight, Held, State};
use super::waiters::{Waiter, Want};
use crate::core::error::{AuthError, Phase, SessionEndReason};
use crate::core::event::WarningCode;
use crate::core::request::HttpRequest;
use crate::core::units::{Millis, Now};

/// How much longer than a request a caller may wait: for the lock, and for a second try. The shell waits as long
/// for the lock, so that whoever holds it can be through with a request.
pub const PATIENCE: Millis = Millis(5_000);

/// What a waiter is told.
type Told = Result<Answer, AuthError>;

impl Session {
    pub(super) fn wait(&mut self, id: WaiterId, want: Want, now: Now) {
        let until = now.mono.plus(self.options.timeout).plus(PATIENCE);
        self.waiters.join(Waiter { id, want, until, serial: self.serial });
    }

    pub(super) fn send(&mut self, request: HttpRequest, now: Now, effects: &mut Vec<Effect>) -> Box<Flight> {
        let ticket = self.ticket();
        let flight = Flight {
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

    /// Answers everybody whose answer is known by now.
    pub(super) fn serve(&mut self, now: Now, effects: &mut Vec<Effect>) {
        for waiter in self.waiters.take(|_| true) {
            match self.answer_to(&waiter, now) {
                Some(told) => effects.push(Effect::Answer(waiter.id, told)),
                None => self.waiters.join(waiter),
            }
        }
    }

    fn answer_to(&self, waiter: &Waiter, now: Now) -> Option<Told> {
        let has_looked = self.is_known && self.peek.is_none() && self.commit.is_none();
        let Some(held) = &self.held else {
            return has_looked.then(|| match waiter.want {
                Want::Restore => Ok(Answer::Restored(false)),
                Want::Token(_) | Want::Refresh => Err(self.ended_error()),
            });
        };
        let is_new = waiter.serial != self.serial;
        let can_renew = self.can_renew(held);
        let token = |least| held.token(least, now).map(|token| Ok(Answer::Token(token.clone())));
        match waiter.want {
            Want::Restore => has_looked.then_some(Ok(Answer::Restored(true))),
            // New tokens are what it waited for, whatever is left of them; and the most that there is.
            Want::Token(_) if is_new || !can_renew => token(Millis::ZERO),
            Want::Token(least) => token(self.least_left(held, least)),
            Want::Refresh if is_new && !held.is_expired(now) => Some(Ok(Answer::Done)),
            Want::Refresh if !can_renew => Some(Err(not_renewable(&self.options.dialect.reply))),
            Want::Refresh => None,
        }
        .or_else(|| self.turned_away(held, waiter, now))
    }

    /// What a waiter is told while no try may be made.
    fn turned_away(&self, held: &Held, waiter: &Waiter, now: Now) -> Option<Told> {
        let is_under_way = !matches!(self.state, State::Resting | State::Waiting(_));
        if is_under_way || waiter.want == Want::Restore || !self.is_blocked(held, now) {
            return None;
        }
        let trouble = held.trouble.as_ref()?;
        if let Some(token) = held.token(Millis::ZERO, now).filter(|_| waiter.want == Want::Token(None)) {
            return Some(Ok(Answer::Token(token.clone())));
        }
        let is_worth_waiting = trouble.is_short() && trouble.not_before < waiter.until;
        (!is_worth_waiting).then(|| Err(trouble.error.clone()))
    }

    /// Callers who wait for tokens are told that none will come; one who can do with what is left gets it.
    pub(super) fn reject_tokens(&mut self, error: &AuthError, now: Now, effects: &mut Vec<Effect>) {
        for waiter in self.waiters.take(|waiter| waiter.want != Want::Restore) {
            let left = self.held.as_ref().and_then(|held| held.token(Millis::ZERO, now));
            let told = match left.filter(|_| waiter.want == Want::Token(None)) {
                Some(token) => Ok(Answer::Token(token.clone())),
                None => Err(error.clone()),
            };
            effects.push(Effect::Answer(waiter.id, told));
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
    pub(super) fn reject_overdue(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let trouble = self.held.as_ref().and_then(|held| held.trouble.as_ref());
        let error = match (&self.state, trouble) {
            (State::Waiting(_), _) => AuthError::LockTimeout,
            (_, Some(trouble)) => trouble.error.clone(),
            (_, None) => AuthError::Timeout { phase: Phase::Refresh, timeout: self.options.timeout },
        };
        for waiter in self.waiters.take(|waiter| waiter.until <= now.mono) {
            effects.push(Effect::Answer(waiter.id, Err(error.clone())));
        }
    }

    pub(super) fn abandon(&mut self, waiter: WaiterId, effects: &mut Vec<Effect>) {
        if self.login.as_ref().is_some_and(|login| login.waiter == waiter) {
            self.withdraw_login(AuthError::Aborted, effects);
        }
        for gone in self.waiters.take(|one| one.id == waiter) {
            effects.push(Effect::Answer(gone.id, Err(AuthError::Aborted)));
        }
    }
}
