//! The end of a session, here at once and at the server in its own time.

use super::Session;
use super::effect::{Answer, Effect, Place};
use super::input::{Reply, Ticket, WaiterId};
use super::state::{Ending, EndingStage, Flight, LoginStage, State};
use crate::core::dialect::EndBy;
use crate::core::error::{AuthError, Phase, SessionEndReason};
use crate::core::event::SessionEvent;
use crate::core::guard::guard;
use crate::core::record::StoredSession;
use crate::core::rejection;
use crate::core::reply::says_error;
use crate::core::request::{self, HttpRequest, Revoked};
use crate::core::token_set::TokenSet;
use crate::core::units::Now;

/// The tokens that are over, the newest last, and the refresh that is still out.
type Ended = (Vec<TokenSet>, Option<Box<Flight>>);

/// What a logout is told that the server had no part in.
const NOT_TOLD: Answer = Answer::LoggedOut { revoked: None, told: false, error: None };

impl Session {
    pub(super) fn logout(&mut self, now: Now, waiter: WaiterId, effects: &mut Vec<Effect>) {
        self.withdraw_login(AuthError::Superseded, effects);
        if !self.is_known {
            // Whatever the store holds is over, and what was to take its place.
            if let Some(commit) = self.commit.take() {
                effects.push(Effect::Answer(commit.waiter, Err(AuthError::Superseded)));
                self.hand_back(&commit.session.tokens, now, effects);
            }
            self.forgetting.push((waiter, self.floor.next_epoch(now.wall)));
            return;
        }
        let over = self.end(SessionEndReason::LoggedOut, None, now, effects);
        self.tell_of_logout(vec![waiter], over, now, effects);
    }

    fn tell_of_logout(&mut self, waiters: Vec<WaiterId>, over: Ended, now: Now, effects: &mut Vec<Effect>) {
        let (mut over, flight) = over;
        match (over.pop(), flight) {
            (Some(tokens), Some(flight)) => {
                let stage = EndingStage::Settling(flight, Box::new(tokens));
                self.endings.push(Ending { waiters, stage });
            }
            (Some(tokens), None) => self.begin_ending(waiters, &tokens, now, effects),
            (None, _) => match self.endings.last_mut() {
                Some(ending) => ending.waiters.extend(waiters),
                None => self.endings.push(Ending { waiters, stage: EndingStage::Through(NOT_TOLD) }),
            },
        }
        for tokens in over {
            self.hand_back(&tokens, now, effects);
        }
    }

    /// The store has been read: logouts that came before end what it held, and nothing that began after them. Whether it held
    /// anything.
    pub(super) fn forget(&mut self, now: Now, effects: &mut Vec<Effect>) -> bool {
        let waiters: Vec<_> = std::mem::take(&mut self.forgetting).into_iter().map(|(waiter, _)| waiter).collect();
        if waiters.is_empty() {
            return false;
        }
        let is_over = self.held.is_some();
        let begun_since = self.commit.take();
        let over = self.end(SessionEndReason::LoggedOut, None, now, effects);
        self.commit = begun_since;
        self.tell_of_logout(waiters, over, now, effects);
        is_over
    }

    /// The page may be gone before the store has been read: what it holds is taken out unseen, and the server is not told. To do so
    /// at the logout itself would leave nothing to hand back.
    pub(super) fn forget_unseen(&mut self, effects: &mut Vec<Effect>) {
        if let Some((_, mark)) = self.forgetting.last() {
            self.floor = self.floor.join(*mark);
            effects.push(Effect::Bury(*mark, Place::Asked));
            effects.push(Effect::HintPeers);
        }
    }

    /// Ends the session here, at once: nobody is served from it after this. The store is cleared at once, and
    /// looked at again under the lock, because a write may be on its way.
    pub(super) fn end(
        &mut self,
        reason: SessionEndReason,
        error: Option<AuthError>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) -> Ended {
        // What is to take its place is ended by a logout only.
        let commit = self.commit.take_if(|_| reason == SessionEndReason::LoggedOut);
        let (held, renewed) = (self.held.take(), self.renewed.take());
        if held.is_none() && commit.is_none() {
            return (Vec::new(), None);
        }
        let was_held = held.is_some();
        // A logout ends what tabs share as well; what else ends a session of this tab alone, ends nobody else's.
        let is_own = commit.is_none() && held.as_ref().is_some_and(|held| !held.session.remember);
        let is_alone = guard!(OwnEndsAlone, is_own && reason != SessionEndReason::LoggedOut);
        let place = if is_alone { Place::Tab } else { Place::Asked };
        let mark = self.floor.next_epoch(now.wall);
        match place {
            Place::Asked => self.floor = mark,
            // From now on this tab has a part in what tabs share.
            Place::Tab => self.is_hinted = true,
        }
        // What is being read now may be older than this end.
        self.peek = None;
        self.end_reason = Some(reason);
        self.is_urgent = false;
        if !self.is_newer {
            if guard!(BuriedAtOnce) {
                effects.push(Effect::Bury(mark, place));
            }
            self.burial = Some(mark).filter(|_| place == Place::Asked && guard!(BurialIsConfirmed));
        }
        let flight = match std::mem::replace(&mut self.state, State::Resting) {
            // Its answer sets a cookie, which the logout must come after.
            State::Refreshing(flight) if self.options.dialect.is_cookie_mode() => {
                self.state = State::Exchanging(flight.ticket);
                Some(flight)
            }
            State::Refreshing(flight) => {
                effects.push(Effect::ReleaseLock);
                Some(flight)
            }
            // The lock is on its way, which is just what is needed.
            State::Waiting(ticket) => {
                self.state = State::Waiting(ticket);
                None
            }
            // What is being read now may be older than this end.
            State::Rereading(_) => {
                self.read(effects);
                None
            }
            // A login is out, and no other cookie must cross its own.
            State::Exchanging(ticket) if self.is_login(ticket) => {
                self.state = State::Exchanging(ticket);
                None
            }
            State::Exchanging(_) | State::Marking(_) | State::Saving(..) => {
                effects.push(Effect::ReleaseLock);
                None
            }
            State::Resting | State::Disposed => None,
        };
        if let Some(commit) = &commit {
            effects.push(Effect::Answer(commit.waiter, Err(AuthError::Superseded)));
        }
        if was_held {
            effects.push(Effect::Emit(SessionEvent::SignedOut { reason }));
            effects.push(Effect::HintPeers);
        }
        self.reject_all(&error.unwrap_or_else(|| AuthError::ended(reason)), effects);
        let sessions = renewed.or(held).map(|held| held.session).into_iter().chain(commit.map(|commit| commit.session));
        (sessions.map(|session| session.tokens).collect(), flight)
    }

    /// Ends the session, which the server does not know of yet.
    pub(super) fn end_and_tell(&mut self, reason: SessionEndReason, now: Now, effects: &mut Vec<Effect>) {
        let (over, flight) = self.end(reason, None, now, effects);
        for tokens in over {
            match &flight {
                Some(flight) => self.endings.push(Ending {
                    waiters: Vec::new(),
                    stage: EndingStage::Settling(flight.clone(), Box::new(tokens)),
                }),
                None => self.begin_ending(Vec::new(), &tokens, now, effects),
            }
        }
    }

    /// Without a session that can be renewed, time alone ends it.
    pub(super) fn expire(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if self.held.as_ref().is_some_and(|held| !self.can_renew(held) && held.is_expired(now)) {
            self.end(SessionEndReason::Expired, None, now, effects);
        }
    }

    /// Tokens that came too late to be of use: the server takes them back. A cookie is the browser's, and by now
    /// perhaps another session's, unless the lock is held.
    pub(super) fn hand_back(&mut self, tokens: &TokenSet, now: Now, effects: &mut Vec<Effect>) {
        let is_ours = self.state.has_lock() || !self.options.dialect.is_cookie_mode();
        if guard!(LateIsHandedBack, is_ours) && !self.is_closing {
            self.begin_ending(Vec::new(), tokens, now, effects);
        }
    }

    /// Whether the server can be told that these tokens are over, and the session that has begun since is left alone. An endpoint may
    /// end every session of the user, and the revocation of a token that the server has granted twice ends both.
    fn is_apart(&self, tokens: &TokenSet) -> bool {
        let is_revoked = self.options.dialect.end.as_ref().is_some_and(|end| end.by == EndBy::Revocation);
        let begins = self.login.as_ref().is_some_and(|login| matches!(login.stage, LoginStage::Sent(_)));
        let next = self.commit.as_ref().map(|commit| &commit.session);
        let differs = |other: &StoredSession| {
            other.tokens.access_token != tokens.access_token
                && (tokens.refresh_token.is_none() || other.tokens.refresh_token != tokens.refresh_token)
        };
        match next.or(self.held.as_ref().map(|held| &held.session)) {
            Some(other) => is_revoked && differs(other),
            None => is_revoked || !begins,
        }
    }

    /// Tells the server.
    fn begin_ending(&mut self, waiters: Vec<WaiterId>, tokens: &TokenSet, now: Now, effects: &mut Vec<Effect>) {
        let options = self.options.clone();
        let stage = match request::encode_end(&options, tokens) {
            Ok(Some((request, revoked))) if options.dialect.is_cookie_mode() => {
                EndingStage::Held(Box::new(request), revoked)
            }
            Ok(Some((request, revoked))) if self.is_apart(tokens) => {
                EndingStage::Sent(self.send(request, now, effects), revoked)
            }
            Ok(_) | Err(_) => EndingStage::Through(NOT_TOLD),
        };
        self.endings.push(Ending { waiters, stage });
    }

    /// Sends one logout that waited for its turn. Under the lock, its answer is waited for there.
    pub(super) fn send_ending(&mut self, now: Now, effects: &mut Vec<Effect>) -> bool {
        let is_held = |ending: &Ending| matches!(ending.stage, EndingStage::Held(..));
        let Some(at) = self.endings.iter().position(is_held) else { return false };
        let Ending { waiters, stage: EndingStage::Held(request, revoked) } = self.endings.remove(at) else {
            return false;
        };
        if self.held.is_some() || self.commit.is_some() {
            // Another login has taken its place, and the cookie is that one's.
            self.endings.push(Ending { waiters, stage: EndingStage::Through(NOT_TOLD) });
            return self.send_ending(now, effects);
        }
        let ticket = self.send_end(waiters, *request, revoked, now, effects);
        if self.state.has_lock() {
            self.state = State::Exchanging(ticket);
        }
        true
    }

    fn send_end(
        &mut self,
        waiters: Vec<WaiterId>,
        request: HttpRequest,
        revoked: Option<Revoked>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) -> Ticket {
        let flight = self.send(request, now, effects);
        let ticket = flight.ticket;
        self.endings.push(Ending { waiters, stage: EndingStage::Sent(flight, revoked) });
        ticket
    }

    pub(super) fn is_ending(&self, ticket: Ticket) -> bool {
        self.endings.iter().any(|ending| ending.ticket() == Some(ticket))
    }

    pub(super) fn ending_replied(&mut self, now: Now, ticket: Ticket, reply: Reply, effects: &mut Vec<Effect>) {
        let Some(at) = self.endings.iter().position(|ending| ending.ticket() == Some(ticket)) else {
            return;
        };
        let Ending { waiters, stage } = self.endings.remove(at);
        match stage {
            // What the late refresh brought is what the server must take back.
            EndingStage::Settling(flight, before) => {
                let tokens = match self.decode(Phase::Refresh, &flight, reply) {
                    Ok((tokens, _)) => tokens.continuing(&before),
                    Err(_) => *before,
                };
                self.begin_ending(waiters, &tokens, now, effects);
            }
            EndingStage::Sent(flight, revoked) => {
                let error = match reply {
                    Ok(response) if (200..300).contains(&response.status) && !says_error(&response.body) => None,
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
                self.endings.push(Ending { waiters, stage: EndingStage::Through(answer) });
            }
            stage @ (EndingStage::Held(..) | EndingStage::Through(_)) => self.endings.push(Ending { waiters, stage }),
        }
    }

    /// Answers logouts that are through at the server, once the store is known to be clear.
    pub(super) fn answer_endings(&mut self, effects: &mut Vec<Effect>) {
        if self.burial.is_some() {
            return;
        }
        self.endings.retain(|ending| {
            let EndingStage::Through(answer) = &ending.stage else { return true };
            effects.extend(ending.waiters.iter().map(|waiter| Effect::Answer(*waiter, Ok(answer.clone()))));
            false
        });
    }

    pub(super) fn dispose(&mut self, effects: &mut Vec<Effect>) {
        self.withdraw_login(AuthError::Disposed, effects);
        for ending in std::mem::take(&mut self.endings) {
            effects.extend(ending.ticket().map(Effect::CancelSend));
            effects.extend(ending.waiters.into_iter().map(|waiter| Effect::Answer(waiter, Err(AuthError::Disposed))));
        }
        self.forget_unseen(effects);
        let committing = self.commit.take().map(|commit| commit.waiter);
        let forgetting = std::mem::take(&mut self.forgetting).into_iter().map(|(waiter, _)| waiter);
        effects.extend(forgetting.chain(committing).map(|waiter| Effect::Answer(waiter, Err(AuthError::Disposed))));
        self.reject_all(&AuthError::Disposed, effects);
        self.burial = None;
        self.peek = None;
        // What a refresh brings must not be lost: the tokens before it are spent.
        let is_renewing = self.renewed.is_some() || matches!(self.state, State::Refreshing(_));
        self.is_closing = true;
        if !is_renewing {
            if !matches!(self.state, State::Resting) {
                effects.push(Effect::ReleaseLock);
            }
            self.state = State::Disposed;
        }
    }
}
