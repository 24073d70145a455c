//! How things settle: what the store says, what the server says, and who is told.

use super::Session;
use super::begin::{NOT_TOLD, not_renewable};
use super::effect::{Answer, Effect, Place};
use super::input::{Saved, Ticket, WaiterId};
use super::state::{Commit, EndingStage, Flight, Held, LoginStage, Outcome, Purpose, State, Trouble};
use super::waiters::{Waiter, Want};
use crate::core::error::{AuthError, Phase, SessionEndReason, StorageOperation};
use crate::core::event::{SessionEvent, StorageKind, WarningCode};
use crate::core::record::{Mark, Record, Stored, StoredSession};
use crate::core::rejection;
use crate::core::reply;
use crate::core::request;
use crate::core::schedule::{self, LADDER, Obtained};
use crate::core::token_set::TokenSet;
use crate::core::transport::{HttpResponse, TransportError};
use crate::core::units::{Millis, Now};

type Reply = Result<HttpResponse, TransportError>;
type Decoded = Result<(TokenSet, Option<WarningCode>), AuthError>;

impl Session {
    // ── What the store holds ────────────────────────────────────────────────────────────────────────

    /// A session from the store, in hand.
    fn hold(&mut self, mark: Mark, session: StoredSession, now: Now) -> Held {
        let obtained = Obtained::restored(session.issued_at, session.tokens.lifetime, now);
        Held { mark, session, obtained, chance: self.chance.permille(), trouble: None, warned: false, saved: true }
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
    fn take_up(
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
                    return self.back_to(Some(Held { mark, saved: true, ..held }), now, effects);
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
    fn ended_elsewhere(&mut self, mark: Mark, reason: SessionEndReason, effects: &mut Vec<Effect>) -> State {
        self.floor = self.floor.join(mark);
        self.end_reason = Some(reason);
        effects.push(Effect::Emit(SessionEvent::SignedOut { reason }));
        self.reject_tokens(&AuthError::ended(reason), effects);
        self.signed_out(effects)
    }

    fn warn_of_newer(&mut self, effects: &mut Vec<Effect>) {
        let message =
            "What is stored is of a newer version of this package; it is left alone, and this session is not stored.";
        self.warn(WarningCode::RecordNewer, message, effects);
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
            return self.seal(Outcome::Renewed(Held { mark, saved: false, ..held }), effects);
        }
        self.save(Outcome::Renewed(Held { mark, saved: true, ..held }), effects)
    }

    fn send_refresh(&mut self, held: Held, now: Now, effects: &mut Vec<Effect>) -> State {
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

    /// Under the lock, before a login is stored: its mark must come after everything that was.
    pub(super) fn reread_to_commit(&mut self, commit: Commit, stored: &Stored, effects: &mut Vec<Effect>) -> State {
        let before_mark = commit.before.as_ref().map_or(self.floor, |before| before.mark.join(self.floor));
        let mark = match stored {
            Stored::Record(record) => record.mark.join(before_mark),
            Stored::Nothing | Stored::Corrupt | Stored::Newer => before_mark,
        }
        .next();
        let held = Held {
            mark,
            obtained: Obtained { wall: commit.sent.wall, mono: commit.sent.mono },
            chance: self.chance.permille(),
            trouble: None,
            warned: false,
            saved: *stored != Stored::Newer,
            session: StoredSession {
                sid: format!("{:016x}{:016x}", self.chance.next(), self.chance.next()),
                marker: false,
                remember: commit.remember,
                issued_at: commit.sent.wall,
                tokens: commit.tokens,
            },
        };
        let outcome = Outcome::SignedIn { held, waiter: commit.waiter, before: commit.before };
        if *stored == Stored::Newer {
            self.warn_of_newer(effects);
            return self.seal(outcome, effects);
        }
        self.save(outcome, effects)
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

    // ── Write, seal, release, tell ──────────────────────────────────────────────────────────────────

    fn save(&mut self, outcome: Outcome, effects: &mut Vec<Effect>) -> State {
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

    fn seal(&mut self, outcome: Outcome, effects: &mut Vec<Effect>) -> State {
        let ticket = self.ticket();
        effects.push(Effect::WriteFence(ticket, self.floor.generation));
        State::Sealing(ticket, outcome)
    }

    pub(super) fn saved(&mut self, outcome: Outcome, saved: Saved, now: Now, effects: &mut Vec<Effect>) -> State {
        let Err(operation) = saved else { return self.seal(outcome, effects) };
        match outcome {
            Outcome::SignedIn { waiter, before, .. } if self.options.storage_required => {
                effects.push(Effect::Answer(waiter, Err(AuthError::Storage(operation))));
                effects.push(Effect::ReleaseLock);
                self.back_to(before, now, effects)
            }
            Outcome::SignedIn { held, waiter, before } => {
                self.degrade(operation, effects);
                self.seal(Outcome::SignedIn { held: Held { saved: false, ..held }, waiter, before }, effects)
            }
            Outcome::Renewed(held) => {
                self.degrade(operation, effects);
                self.seal(Outcome::Renewed(Held { saved: false, ..held }), effects)
            }
            outcome @ (Outcome::Ended | Outcome::Overtaken(_)) => self.seal(outcome, effects),
        }
    }

    /// A granted session is kept, if only here.
    fn degrade(&mut self, operation: StorageOperation, effects: &mut Vec<Effect>) {
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

    // ── What the server says ────────────────────────────────────────────────────────────────────────

    fn decode(&self, phase: Phase, flight: &Flight, reply: Reply) -> Decoded {
        let options = &self.options;
        let shape = match (phase, &options.dialect.refresh) {
            (Phase::Refresh, Some(refresh)) => &refresh.reply,
            (Phase::Refresh | Phase::Login | Phase::Logout | Phase::Api, _) => &options.dialect.reply,
        };
        let response =
            reply.map_err(|error| error.into_error(phase, options, flight.cookies, &flight.url, flight.timeout))?;
        reply::decode(&response, shape, &self.exchange(options, phase, flight.sent, &flight.secrets))
    }

    pub(super) fn login_replied(&mut self, state: State, _now: Now, reply: Reply, effects: &mut Vec<Effect>) -> State {
        let Some(attempt) = self.login.take() else { return state };
        let LoginStage::Sent(flight) = attempt.stage else { return state };
        match self.decode(Phase::Login, &flight, reply) {
            Err(error) => {
                effects.push(Effect::Answer(attempt.waiter, Err(error)));
                state
            }
            Ok((tokens, warning)) => {
                self.warn_of_lifetime(warning, effects);
                let commit = Commit {
                    waiter: attempt.waiter,
                    tokens,
                    sent: flight.sent,
                    remember: attempt.remember,
                    before: None,
                };
                self.begin_commit(state, commit, effects)
            }
        }
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
        let session = StoredSession {
            issued_at: flight.sent.wall,
            tokens: tokens.continuing(&held.session.tokens),
            ..held.session
        };
        let attempts = held.trouble.as_ref().map_or(0, |trouble| trouble.attempts);
        let mut held = Held {
            mark: held.mark,
            session,
            obtained: Obtained { wall: flight.sent.wall, mono: flight.sent.mono },
            chance: self.chance.permille(),
            trouble: None,
            warned: false,
            saved: held.saved,
        };
        if held.is_expired(now) {
            held.trouble = Some(self.fruitless(attempts.saturating_add(1), now));
        }
        let read = self.ticket();
        effects.push(Effect::ReadStore(read, self.floor.generation));
        State::Rereading(read, Purpose::Keep(held))
    }

    /// Tokens that are over on arrival are no progress: the next try waits as if there had been no answer,
    /// and after the short steps half a minute at least.
    fn fruitless(&mut self, attempts: u32, now: Now) -> Trouble {
        let asked = if attempts > LADDER { Some(Millis(30_000)) } else { None };
        let wait = schedule::backoff(attempts, true, asked, self.chance.permille());
        Trouble { attempts, not_before: now.mono.plus(wait), error: AuthError::RefreshLoop }
    }

    /// The session is over and the lock is held already: nothing has to be asked for again.
    fn end_under_lock(
        &mut self,
        flight: &Flight,
        held: Held,
        reason: SessionEndReason,
        error: Option<&AuthError>,
        effects: &mut Vec<Effect>,
    ) -> State {
        self.end(State::Refreshing(flight.clone(), held), reason, error, effects).0
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

    pub(super) fn ending_replied(&mut self, now: Now, ticket: Ticket, reply: Reply, effects: &mut Vec<Effect>) {
        let Some(at) = self.endings.iter().position(|ending| ending.ticket() == ticket) else { return };
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

    // ── Who is told ─────────────────────────────────────────────────────────────────────────────────

    /// Back to rest with this session, or none.
    pub(super) fn back_to(&mut self, held: Option<Held>, now: Now, effects: &mut Vec<Effect>) -> State {
        let Some(held) = held else { return self.signed_out(effects) };
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
        let may_try = held.trouble.as_ref().is_none_or(|trouble| now.mono >= trouble.not_before);
        if self.can_renew(&held) && may_try { self.begin_refresh(held, effects) } else { State::Active(held) }
    }

    /// There are new tokens: that is what waiters wanted, whatever is left of them.
    fn answer_with_new(&mut self, held: &Held, now: Now, effects: &mut Vec<Effect>) {
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

    fn reject_tokens(&mut self, error: &AuthError, effects: &mut Vec<Effect>) {
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
}
