//! How things begin: a login, a logout, a refresh, a look at the store.

use super::Session;
use super::effect::{Answer, Effect, Place};
use super::input::{Ticket, WaiterId};
use super::state::{Commit, Ending, EndingStage, Flight, Held, LoginAttempt, LoginStage, Outcome, Purpose, State};
use super::waiters::{Waiter, Want};
use crate::core::error::{AuthError, Phase, SessionEndReason};
use crate::core::event::{SessionEvent, WarningCode};
use crate::core::options;
use crate::core::record::{Mark, Record};
use crate::core::redact::Secrets;
use crate::core::reply;
use crate::core::request::{self, HttpRequest};
use crate::core::token_set::TokenSet;
use crate::core::tree::Tree;
use crate::core::units::{Millis, Now};

/// How much longer than a request a caller may wait: for the lock, and for a second try.
const PATIENCE: Millis = Millis(5_000);

impl Session {
    pub(super) fn wait(&mut self, id: WaiterId, want: Want, now: Now) {
        let until = now.mono.plus(self.options.timeout).plus(PATIENCE);
        self.waiters.join(Waiter { id, want, until });
    }

    /// Looks at the store without the lock, unless that is under way.
    pub(super) fn look(&mut self, effects: &mut Vec<Effect>) {
        if self.peek.is_none() {
            let ticket = self.ticket();
            self.peek = Some(ticket);
            effects.push(Effect::ReadFence(ticket));
        }
    }

    /// What a caller without a session is told.
    pub(super) fn ended_error(&self) -> AuthError {
        AuthError::ended(self.end_reason.unwrap_or(SessionEndReason::LoggedOut))
    }

    pub(super) fn send(&mut self, request: HttpRequest, now: Now, effects: &mut Vec<Effect>) -> Flight {
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
        flight
    }

    pub(super) fn lock_for(&mut self, purpose: Purpose, effects: &mut Vec<Effect>) -> State {
        let ticket = self.ticket();
        effects.push(Effect::AcquireLock(ticket));
        State::Waiting(ticket, purpose)
    }

    // ── Login ───────────────────────────────────────────────────────────────────────────────────────

    pub(super) fn begin_login(
        &mut self,
        now: Now,
        waiter: WaiterId,
        grant: &str,
        credentials: &Tree,
        remember: bool,
        effects: &mut Vec<Effect>,
    ) {
        let options = self.options.clone();
        let encoded = match options.dialect.grant(grant) {
            Some(shape) => request::encode_grant(&options, shape, credentials),
            None => {
                let known: Vec<&str> = options.dialect.grants.iter().map(|grant| grant.name.as_str()).collect();
                Err(AuthError::invalid("credentials.grant", options::unknown(grant, &known)))
            }
        };
        let request = match encoded {
            Ok(request) => request,
            Err(error) => return effects.push(Effect::Answer(waiter, Err(error))),
        };
        self.withdraw_login(AuthError::Superseded, effects);
        // The answer to a logout clears the cookie; it must not come after the login that sets it.
        let cookie_is_busy = options.dialect.is_cookie_mode() && !self.endings.is_empty();
        let stage = if cookie_is_busy {
            LoginStage::Held(Box::new(request))
        } else {
            LoginStage::Sent(self.send(request, now, effects))
        };
        self.login = Some(LoginAttempt { waiter, remember, stage });
    }

    /// Sends a login that waited for a logout to be through.
    pub(super) fn release_login(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if !self.endings.is_empty() {
            return;
        }
        if let Some(LoginAttempt { waiter, remember, stage: LoginStage::Held(request) }) =
            self.login.take_if(|login| matches!(login.stage, LoginStage::Held(_)))
        {
            let stage = LoginStage::Sent(self.send(*request, now, effects));
            self.login = Some(LoginAttempt { waiter, remember, stage });
        }
    }

    pub(super) fn withdraw_login(&mut self, why: AuthError, effects: &mut Vec<Effect>) {
        if let Some(login) = self.login.take() {
            if let LoginStage::Sent(flight) = &login.stage {
                effects.push(Effect::CancelSend(flight.ticket));
            }
            effects.push(Effect::Answer(login.waiter, Err(why)));
        }
    }

    pub(super) fn is_login(&self, ticket: Ticket) -> bool {
        self.login
            .as_ref()
            .is_some_and(|login| matches!(&login.stage, LoginStage::Sent(flight) if flight.ticket == ticket))
    }

    pub(super) fn adopt(
        &mut self,
        state: State,
        now: Now,
        waiter: WaiterId,
        body: &Tree,
        remember: bool,
        effects: &mut Vec<Effect>,
    ) -> State {
        let options = self.options.clone();
        let secrets = Secrets::default();
        match reply::adopt(body, &self.exchange(&options, Phase::Login, now, &secrets)) {
            Err(error) => {
                effects.push(Effect::Answer(waiter, Err(error)));
                state
            }
            Ok((tokens, warning)) => {
                self.withdraw_login(AuthError::Superseded, effects);
                self.warn_of_lifetime(warning, effects);
                self.begin_commit(state, Commit { waiter, tokens, sent: now, remember, before: None }, effects)
            }
        }
    }

    /// Takes a granted login to the store. What was on its way there gives way, at the step it has reached.
    pub(super) fn begin_commit(&mut self, state: State, commit: Commit, effects: &mut Vec<Effect>) -> State {
        let with = |before: Option<Held>| Purpose::Commit(Commit { before, ..commit });
        match state {
            State::Restoring | State::SignedOut | State::Disposed => self.lock_for(with(None), effects),
            State::Active(held) => self.lock_for(with(Some(held)), effects),
            State::Waiting(ticket, purpose) => State::Waiting(ticket, with(self.give_way(purpose, effects))),
            State::Fencing(ticket, purpose) => State::Fencing(ticket, with(self.give_way(purpose, effects))),
            State::Rereading(ticket, purpose) => State::Rereading(ticket, with(self.give_way(purpose, effects))),
            State::Refreshing(flight, held) => {
                effects.push(Effect::CancelSend(flight.ticket));
                let read = self.ticket();
                effects.push(Effect::ReadStore(read, self.floor.generation));
                State::Rereading(read, with(Some(held)))
            }
            State::Saving(ticket, outcome) => {
                let before = self.give_way_saved(outcome, effects);
                State::Saving(ticket, Outcome::Overtaken(with(before)))
            }
            State::Sealing(ticket, outcome) => {
                let before = self.give_way_saved(outcome, effects);
                State::Sealing(ticket, Outcome::Overtaken(with(before)))
            }
        }
    }

    /// Takes a purpose off; what is left is the session it was about.
    fn give_way(&mut self, purpose: Purpose, effects: &mut Vec<Effect>) -> Option<Held> {
        match purpose {
            Purpose::Refresh(held) | Purpose::Keep(held) => Some(held),
            Purpose::Commit(commit) => {
                effects.push(Effect::Answer(commit.waiter, Err(AuthError::Superseded)));
                commit.before
            }
            Purpose::End(mark) => {
                self.floor = self.floor.join(mark);
                None
            }
            Purpose::Forget(waiters) => {
                effects.extend(waiters.into_iter().map(|waiter| Effect::Answer(waiter, Ok(NOT_TOLD))));
                None
            }
        }
    }

    fn give_way_saved(&mut self, outcome: Outcome, effects: &mut Vec<Effect>) -> Option<Held> {
        match outcome {
            Outcome::Renewed(held) => Some(held),
            // What was not announced never was: the session before it is what subscribers know.
            Outcome::SignedIn { waiter, before, .. } => {
                effects.push(Effect::Answer(waiter, Err(AuthError::Superseded)));
                before
            }
            Outcome::Ended => None,
            Outcome::Overtaken(purpose) => self.give_way(purpose, effects),
        }
    }

    // ── Logout ──────────────────────────────────────────────────────────────────────────────────────

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

    /// Whether the store was seen to hold a record of a newer version, which is never written over.
    fn has_seen_newer(&self) -> bool {
        self.warnings.iter().any(|warning| warning.code == WarningCode::RecordNewer)
    }

    fn replaced(
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
    fn granted_and_unsaved(&self, state: &State) -> Option<TokenSet> {
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

    // ── Refresh ─────────────────────────────────────────────────────────────────────────────────────

    pub(super) fn begin_refresh(&mut self, held: Held, effects: &mut Vec<Effect>) -> State {
        self.lock_for(Purpose::Refresh(held), effects)
    }

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
        self.begin_refresh(held, effects)
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
        let asked_to_wait =
            |trouble: &&super::state::Trouble| now.mono < trouble.not_before && trouble.error.retry_after().is_some();
        if let Some(trouble) = held.trouble.as_ref().filter(asked_to_wait) {
            effects.push(Effect::Answer(waiter, Err(trouble.error.clone())));
            return State::Active(held);
        }
        self.wait(waiter, Want::Refresh, now);
        self.begin_refresh(held, effects)
    }

    // ── The end of it all ───────────────────────────────────────────────────────────────────────────

    pub(super) fn abandon(&mut self, state: State, waiter: WaiterId, effects: &mut Vec<Effect>) -> State {
        if self.login.as_ref().is_some_and(|login| login.waiter == waiter) {
            self.withdraw_login(AuthError::Aborted, effects);
        }
        for gone in self.waiters.take(|one| one.id == waiter) {
            effects.push(Effect::Answer(gone.id, Err(AuthError::Aborted)));
        }
        state
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

/// What a refresh is told where there is nothing to refresh with.
pub(super) fn not_renewable() -> AuthError {
    AuthError::invalid("refresh", "nothing in this session can renew it")
}

/// What a logout is told that nobody else had to be told of.
pub(super) const NOT_TOLD: Answer = Answer::LoggedOut { revoked: None, told: false, error: None };
