//! A login: from the request to the store. What comes in: credentials or a token reply; what goes out: a
//! session that takes the place of what was there, whatever was on its way at the time.

use super::Session;
use super::effect::{Answer, Effect};
use super::input::{Reply, Ticket, WaiterId};
use super::state::{Commit, LoginAttempt, LoginStage, State, Writing};
use crate::core::error::{AuthError, Phase, StorageOperation};
use crate::core::event::SessionEvent;
use crate::core::options;
use crate::core::record::StoredSession;
use crate::core::redact::Secrets;
use crate::core::reply;
use crate::core::request;
use crate::core::sight::Over;
use crate::core::spelling::hex;
use crate::core::text::concat;
use crate::core::token_set::TokenSet;
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
        // The answer to a logout or a refresh clears or sets the cookie; it must not come after the login that does.
        let stage = if options.dialect.is_cookie_mode() {
            LoginStage::Held(Box::new(request))
        } else {
            LoginStage::Sent(self.send(request, now, effects))
        };
        self.login = Some(LoginAttempt { waiter, remember, stage });
    }

    /// Under the lock: sends a login that waited for its turn.
    pub(super) fn send_login(&mut self, now: Now, effects: &mut Vec<Effect>) -> bool {
        let is_held = |login: &mut LoginAttempt| matches!(login.stage, LoginStage::Held(_));
        let Some(LoginAttempt { waiter, remember, stage: LoginStage::Held(request) }) = self.login.take_if(is_held)
        else {
            return false;
        };
        let flight = self.send(*request, now, effects);
        self.state = State::Exchanging(flight.ticket);
        self.login = Some(LoginAttempt { waiter, remember, stage: LoginStage::Sent(flight) });
        true
    }

    pub(super) fn withdraw_login(&mut self, why: AuthError, effects: &mut Vec<Effect>) {
        if let Some(login) = self.login.take() {
            if let LoginStage::Sent(flight) = &login.stage {
                effects.push(Effect::CancelSend(flight.ticket));
                if self.state.ticket() == Some(flight.ticket) {
                    self.release(effects);
                }
            }
            effects.push(Effect::Answer(login.waiter, Err(why)));
        }
    }

    pub(super) fn is_login(&self, ticket: Ticket) -> bool {
        self.login
            .as_ref()
            .is_some_and(|login| matches!(&login.stage, LoginStage::Sent(flight) if flight.ticket == ticket))
    }

    pub(super) fn login_replied(&mut self, reply: Reply, effects: &mut Vec<Effect>) {
        let Some(LoginAttempt { waiter, remember, stage: LoginStage::Sent(flight) }) = self.login.take() else {
            return;
        };
        match self.decode(Phase::Login, &flight, reply) {
            Err(error) => effects.push(Effect::Answer(waiter, Err(error))),
            Ok((tokens, warning)) => {
                self.warn_of_lifetime(warning, effects);
                self.granted(waiter, tokens, flight.sent, remember, effects);
            }
        }
    }

    pub(super) fn adopt(&mut self, now: Now, waiter: WaiterId, body: &Tree, remember: bool, effects: &mut Vec<Effect>) {
        let options = self.options.clone();
        let secrets = Secrets::default();
        match reply::adopt(body, &self.exchange(&options, Phase::Login, now, &secrets)) {
            Err(error) => effects.push(Effect::Answer(waiter, Err(error))),
            Ok((tokens, warning)) => {
                self.withdraw_login(AuthError::Superseded, effects);
                self.warn_of_lifetime(warning, effects);
                self.granted(waiter, tokens, now, remember, effects);
            }
        }
    }

    /// Takes a granted login to the store. A refresh of the session before it is of no use to anybody any more.
    fn granted(&mut self, waiter: WaiterId, tokens: TokenSet, sent: Now, remember: bool, effects: &mut Vec<Effect>) {
        let sid = concat(&[&hex(self.chance.next()), &hex(self.chance.next())]);
        let (issued_at, started_at) = (sent.wall, sent.wall);
        let session = StoredSession { sid, marker: false, remember, issued_at, started_at, wait: None, tokens };
        if let Some(before) = self.commit.replace(Box::new(Commit { waiter, session, sent })) {
            effects.push(Effect::Answer(before.waiter, Err(AuthError::Superseded)));
            // One that is being written is stored, if it can be, and replaced as any session is.
            if !matches!(self.state, State::Saving(_, Writing::Login)) {
                self.hand_back(&before.session.tokens, sent, effects);
            }
        }
        if let State::Refreshing(flight) = &self.state {
            effects.push(Effect::CancelSend(flight.ticket));
            self.read(effects);
        } else if let State::Saving(_, writing @ Writing::Login) = &mut self.state {
            *writing = Writing::Superseded;
        }
    }

    /// Storage must take a login, and did not take this one. What was there before takes its place again: a store that could
    /// not be written remembers what was to be.
    pub(super) fn turn_down(&mut self, operation: StorageOperation, now: Now, effects: &mut Vec<Effect>) {
        let Some(commit) = self.commit.take() else { return self.release(effects) };
        effects.push(Effect::Answer(commit.waiter, Err(AuthError::Storage(operation))));
        self.over = Over::default();
        let before = match &mut self.held {
            Some(held) => {
                held.mark = self.writing_mark;
                Writing::Restored
            }
            None => Writing::Tombstone,
        };
        self.write(before, now, effects);
        self.hand_back(&commit.session.tokens, now, effects);
    }

    pub(super) fn signed_in(&mut self, is_saved: bool, now: Now, effects: &mut Vec<Effect>) {
        let Some(commit) = self.commit.take() else { return };
        self.tell_of_login(&commit.session, effects);
        self.held = None;
        effects.push(Effect::Answer(commit.waiter, Ok(Answer::Done)));
        self.begin_limits(commit.session.started_at, now);
        let mut held = self.hold(self.writing_mark, commit.session, commit.sent);
        held.saved = is_saved;
        self.held = Some(held);
        self.serial = self.serial.wrapping_add(1);
        self.end_reason = None;
    }

    /// Of a login that takes the place of what is held.
    pub(super) fn tell_of_login(&self, session: &StoredSession, effects: &mut Vec<Effect>) {
        let user = &session.tokens.user;
        effects.push(Effect::Emit(SessionEvent::SignedIn { user: user.clone() }));
        let before = self.held.as_ref().map(|held| &held.session.tokens.user);
        if let Some(previous) = before.filter(|previous| *previous != user) {
            effects.push(Effect::Emit(SessionEvent::UserChanged { user: user.clone(), previous: previous.clone() }));
        }
    }
}
