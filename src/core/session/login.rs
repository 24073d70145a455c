//! A login: from the request to the store. What comes in: credentials or a token reply; what goes out: a
//! session that takes the place of what was there, whatever was on its way at the time.

use super::Session;
use super::effect::Effect;
use super::input::{Reply, Ticket, WaiterId};
use super::logout::NOT_TOLD;
use super::state::{Commit, CommitParts, Held, LoginAttempt, LoginStage, Outcome, Purpose, State};
use crate::core::error::{AuthError, Phase};
use crate::core::options;
use crate::core::record::{Stored, StoredSession};
use crate::core::redact::Secrets;
use crate::core::reply;
use crate::core::request;
use crate::core::spelling::hex;
use crate::core::text::concat;
use crate::core::tree::Tree;
use crate::core::units::Now;

impl Session {
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

    pub(super) fn login_replied(&mut self, state: State, reply: Reply, effects: &mut Vec<Effect>) -> State {
        let Some(attempt) = self.login.take() else {
            return state;
        };
        let LoginStage::Sent(flight) = attempt.stage else {
            return state;
        };
        match self.decode(Phase::Login, &flight, reply) {
            Err(error) => {
                effects.push(Effect::Answer(attempt.waiter, Err(error)));
                state
            }
            Ok((tokens, warning)) => {
                self.warn_of_lifetime(warning, effects);
                let (waiter, remember) = (attempt.waiter, attempt.remember);
                let commit = CommitParts { waiter, tokens, sent: flight.sent, remember, before: None };
                self.begin_commit(state, Box::new(commit), effects)
            }
        }
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
                self.begin_commit(
                    state,
                    Box::new(CommitParts { waiter, tokens, sent: now, remember, before: None }),
                    effects,
                )
            }
        }
    }

    /// Takes a granted login to the store. What was on its way there gives way, at the step it has reached.
    pub(super) fn begin_commit(&mut self, state: State, commit: Commit, effects: &mut Vec<Effect>) -> State {
        let with = |before: Option<Held>| {
            let mut commit = commit;
            commit.before = before;
            Purpose::Commit(commit)
        };
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
    pub(super) fn give_way(&mut self, purpose: Purpose, effects: &mut Vec<Effect>) -> Option<Held> {
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

    pub(super) fn give_way_saved(&mut self, outcome: Outcome, effects: &mut Vec<Effect>) -> Option<Held> {
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

    /// Under the lock, before a login is stored: its mark must come after everything that was.
    pub(super) fn reread_to_commit(&mut self, commit: Commit, stored: &Stored, effects: &mut Vec<Effect>) -> State {
        let before_mark = commit.before.as_ref().map_or(self.floor, |before| before.mark.join(self.floor));
        let mark = match stored {
            Stored::Record(record) => record.mark.join(before_mark),
            Stored::Nothing | Stored::Corrupt | Stored::Newer => before_mark,
        }
        .next();
        let CommitParts { waiter, tokens, sent, remember, before } = *commit;
        let sid = concat(&[&hex(self.chance.next()), &hex(self.chance.next())]);
        let session = StoredSession { sid, marker: false, remember, issued_at: sent.wall, tokens };
        let mut held = self.hold(mark, session, sent);
        held.saved = *stored != Stored::Newer;
        let outcome = Outcome::SignedIn { held, waiter, before };
        if *stored == Stored::Newer {
            self.warn_of_newer(effects);
            return self.seal(outcome, effects);
        }
        self.save(outcome, effects)
    }
}
