//! A refresh: when it is wanted, what is sent, and what comes of it.

use super::Session;
use super::effect::Effect;
use super::input::Reply;
use super::state::{Flight, Held, State, Trouble, Writing};
use crate::core::dialect::ReplyShape;
use crate::core::error::{AuthError, ErrorCode, Phase, SessionEndReason};
use crate::core::event::{SessionEvent, WarningCode};
use crate::core::guard::guard;
use crate::core::reply;
use crate::core::request;
use crate::core::schedule::{self, LADDER, Obtained};
use crate::core::sight::Over;
use crate::core::text::concat;
use crate::core::token_set::TokenSet;
use crate::core::units::{Millis, MonoMillis, Now};

type Decoded = Result<(TokenSet, Option<WarningCode>), AuthError>;

/// A refresh this much overdue was slept through: the network may not be back yet.
const SLEPT: Millis = Millis(5_000);
/// How long the background leaves alone a lock that another tab does not let go.
const LOCKED: Millis = Millis(5_000);

impl Session {
    /// Whether tokens are to be renewed now: for callers who wait, or because it is time.
    pub(super) fn wants_refresh(&self, held: &Held, now: Now) -> bool {
        let is_asked_for = || !self.waiters.none_for_tokens();
        !self.is_closing
            && self.can_renew(held)
            && !self.is_blocked(held, now)
            && (is_asked_for() || self.is_time && self.is_due(held, now))
    }

    fn is_due(&self, held: &Held, now: Now) -> bool {
        self.visible && now.mono >= self.calm_until && self.refresh_at(held).is_some_and(|due| held.is_past(due, now))
    }

    /// Whether the last failure forbids a try. What a caller asks for outright need not wait for our own short waits.
    pub(super) fn is_blocked(&self, held: &Held, now: Now) -> bool {
        let is_too_soon = |trouble: &Trouble| {
            let is_ours = trouble.attempts <= LADDER && trouble.error.retry_after().is_none();
            now.mono < trouble.not_before && !(self.is_urgent && is_ours)
        };
        guard!(WaitIsKept, held.trouble.as_ref().is_some_and(is_too_soon))
    }

    /// What time alone brings about.
    pub(super) fn tick(&mut self, now: Now, effects: &mut Vec<Effect>) {
        self.reject_overdue(now, effects);
        if !self.visible {
            self.forget_unseen(effects);
        }
        self.active = self.active.caught_up(now);
        if let Some(held) = &mut self.held {
            held.obtained = held.obtained.caught_up(now);
            held.started = held.started.caught_up(now);
        }
        let Some(held) = &self.held else { return };
        // Woken, or shown again: the network is given a moment, and the tabs are spread.
        let was_slept_through = |due: MonoMillis| held.is_past(due.plus(SLEPT), now) && self.calm_until < due;
        let has_token = held.session.tokens.access_token.is_some();
        if self.visible && has_token && held.trouble.is_none() && self.refresh_at(held).is_some_and(was_slept_through) {
            let spread = Millis(1_000 + i64::from(self.chance.permille()));
            self.calm_until = now.mono.plus(spread);
        }
        self.is_time = self.held.as_ref().is_some_and(|held| self.is_due(held, now));
        self.warn_of_end(now, effects);
    }

    fn warn_of_end(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(held) = self.held.as_ref().filter(|held| !held.warned && !self.can_renew(held)) else { return };
        let warn_at = self.margin(held).unwrap_or_default();
        let (left, expires_at) = (held.left(now), held.expires_at());
        if let (Some(left), Some(expires_at)) = (left, expires_at)
            && left <= warn_at
            && left > Millis::ZERO
        {
            effects.push(Effect::Emit(SessionEvent::Expiring { expires_at }));
            if let Some(held) = &mut self.held {
                held.warned = true;
            }
        }
    }

    /// A wait that was only for the network is over, but for a little that spreads the clients.
    pub(super) fn came_online(&mut self, now: Now) {
        let spread = now.mono.plus(Millis(i64::from(self.chance.permille())));
        let trouble = self.held.as_mut().and_then(|held| held.trouble.as_mut());
        if let Some(trouble) = trouble.filter(|trouble| trouble.error.is_offline()) {
            trouble.not_before = trouble.not_before.min(spread);
        }
    }

    /// The lock is not to be had in time. Nothing was tried, so nothing has failed.
    pub(super) fn lock_denied(&mut self, now: Now, effects: &mut Vec<Effect>) {
        self.burial = None;
        self.is_urgent = false;
        self.calm_until = now.mono.plus(LOCKED);
        if let Some(commit) = self.commit.take() {
            effects.push(Effect::Answer(commit.waiter, Err(AuthError::LockTimeout)));
            self.hand_back(&commit.session.tokens, now, effects);
        }
        self.withdraw_login(AuthError::LockTimeout, effects);
        while self.send_ending(now, effects) {}
        self.reject_tokens(&AuthError::LockTimeout, now, effects);
    }

    /// The store knows that these tokens are about to be spent.
    pub(super) fn marked(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if self.commit.is_some() {
            return self.decide(now, effects);
        }
        if let Some(held) = &mut self.held {
            held.mark = self.writing_mark;
            if held.session.remember {
                let mark = self.over.mark.map(|_| held.mark);
                self.over = Over { mark, is_shown: false };
            }
        }
        self.send_refresh(now, effects);
    }

    pub(super) fn send_refresh(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let options = self.options.clone();
        let encoded = match &self.held {
            Some(held) => request::encode_refresh(&options, &held.session.tokens),
            None => Ok(None),
        };
        self.is_urgent = false;
        match encoded.and_then(|request| request.ok_or_else(|| not_renewable(&self.options.dialect.reply))) {
            Ok(request) => self.state = State::Refreshing(self.send(request, now, effects)),
            Err(error) => {
                self.release(effects);
                self.note_failure(error, now);
                self.tell_of_failure(now, effects);
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

    pub(super) fn refresh_replied(&mut self, flight: &Flight, now: Now, reply: Reply, effects: &mut Vec<Effect>) {
        let Some(held) = self.held.clone() else { return self.release(effects) };
        let (tokens, warning) = match self.decode(Phase::Refresh, flight, reply) {
            Ok(decoded) => decoded,
            Err(error @ AuthError::SessionEnded { .. }) => {
                let reason = if self.was_marked { SessionEndReason::Ambiguous } else { SessionEndReason::Refused };
                return self.refused(reason, error.because(reason), now, effects);
            }
            Err(error) if !guard!(TransientKeeps) => {
                return self.refused(SessionEndReason::Refused, error, now, effects);
            }
            Err(error) => return self.refresh_failed(error, now, effects),
        };
        let is_another =
            held.session.tokens.user.is_some() && tokens.user.is_some() && held.session.tokens.user != tokens.user;
        if is_another {
            let (user, previous) = (tokens.user, held.session.tokens.user);
            effects.push(Effect::Emit(SessionEvent::UserChanged { user, previous }));
            let reason = SessionEndReason::IdentityChanged;
            return self.refused(reason, AuthError::ended(reason), now, effects);
        }
        self.warn_of_lifetime(warning, effects);
        let attempts = held.trouble.as_ref().map_or(0, |trouble| trouble.attempts);
        let mut renewed = held;
        renewed.session.tokens = tokens.continuing(&renewed.session.tokens);
        renewed.session.issued_at = flight.sent.wall;
        renewed.session.marker = false;
        renewed.obtained = Obtained { wall: flight.sent.wall, mono: flight.sent.mono };
        renewed.chance = self.chance.permille();
        renewed.trouble = None;
        renewed.warned = false;
        if renewed.is_expired(now) {
            renewed.trouble = Some(self.fruitless(attempts.saturating_add(1), now));
        }
        self.renewed = Some(renewed);
        // Who logged out, or emptied the store, while the request was out, wins.
        self.read(effects);
    }

    /// The server has refused what was sent; whether that was the newest, the store must tell.
    fn refused(&mut self, reason: SessionEndReason, error: AuthError, now: Now, effects: &mut Vec<Effect>) {
        if guard!(RefusedIsNewest) {
            self.refusal = Some((reason, error));
            self.read(effects);
        } else {
            self.end(reason, Some(error), now, effects);
        }
    }

    /// Tokens that are over on arrival are no progress: the next try waits as if there had been no answer.
    fn fruitless(&mut self, attempts: u32, now: Now) -> Trouble {
        let wait = schedule::backoff(attempts, true, None, self.chance.permille());
        Trouble { attempts, not_before: now.mono.plus(wait), error: AuthError::RefreshLoop }
    }

    /// The session stays; every tab is told of the wait, then this one's callers are told.
    fn refresh_failed(&mut self, error: AuthError, now: Now, effects: &mut Vec<Effect>) {
        self.note_failure(error, now);
        let trouble = self.held.as_ref().and_then(|held| held.trouble.as_ref());
        let is_shared = trouble.is_some_and(|trouble| !trouble.error.is_offline());
        if guard!(WaitIsShared, is_shared) {
            self.write(Writing::Trouble, now, effects);
        } else {
            self.release(effects);
            self.tell_of_failure(now, effects);
        }
    }

    /// What is tried next, and when, depends on what went wrong.
    fn note_failure(&mut self, error: AuthError, now: Now) {
        let Some(held) = &self.held else { return };
        let before = held.trouble.as_ref().map_or(0, |trouble| trouble.attempts);
        // A request that never left was no attempt.
        let attempts = if error.is_offline() { before.max(1) } else { before.saturating_add(1) };
        let is_watched = self.visible || !self.waiters.none_for_tokens();
        // What is not worth retrying by itself is tried again when somebody asks, but not in a loop.
        let step = match error.code().row().retryable {
            true if error.is_offline() => LADDER,
            true => attempts,
            false => LADDER + 1,
        };
        let wait = schedule::backoff(step, is_watched, error.retry_after(), self.chance.permille());
        if let Some(held) = &mut self.held {
            // An answer that says what the server did not do says that nothing was lost.
            held.session.marker = self.was_marked || !is_plain_no(error.code());
            held.trouble = Some(Trouble { attempts, not_before: now.mono.plus(wait), error });
        }
    }

    pub(super) fn tell_of_failure(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(held) = &self.held else { return };
        let Some(trouble) = &held.trouble else { return };
        let is_awaited = trouble.is_short() && !self.waiters.none_for_tokens();
        let is_planned = self.visible && self.refresh_at(held).is_some() || is_awaited;
        let next_attempt_at = is_planned.then(|| now.wall.plus(trouble.not_before.since(now.mono)));
        effects.push(Effect::Emit(SessionEvent::RefreshFailed { error: trouble.error.clone(), next_attempt_at }));
    }
}

impl Held {
    /// Whether an instant of the monotonic clock is past by either clock.
    fn is_past(&self, instant: MonoMillis, now: Now) -> bool {
        self.obtained.age(now) >= instant.since(self.obtained.mono)
    }
}

/// Whether an answer with this code says that the server did nothing.
fn is_plain_no(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::RateLimited
            | ErrorCode::Misconfigured
            | ErrorCode::Forbidden
            | ErrorCode::Rejected
            | ErrorCode::Validation
            | ErrorCode::InvalidCredentials
    )
}

/// What a refresh is told where there is nothing to refresh with.
pub(super) fn not_renewable(reply: &ReplyShape) -> AuthError {
    let missing = reply.refresh_token.first();
    let at = missing.map_or_else(String::new, |at| concat(&[": no refresh token came at ", at]));
    AuthError::invalid("refresh", concat(&["nothing in this session can renew it", &at]))
}
