//! What two machines must agree on to behave alike: for tests that explore every interleaving and must know
//! where they have been. Left out is what only names things (tickets) or spreads them (chance).

use std::hash::{Hash, Hasher};
use std::mem::discriminant;

use super::Session;
use super::state::{Commit, EndingStage, Held, LoginStage, State};
use crate::core::explain::Trace;
use crate::core::record::StoredSession;
use crate::core::secret::SharedSecret;
use crate::core::token_set::TokenSet;

impl Session {
    /// Forgets what it keeps for people to read: nothing follows from it, and searches copy machines by the million.
    pub fn forget_steps(&mut self) {
        self.trace = Trace::default();
    }
}

impl Hash for Session {
    fn hash<H: Hasher>(&self, to: &mut H) {
        discriminant(&self.state).hash(to);
        if let State::Saving(_, writing) = &self.state {
            discriminant(writing).hash(to);
        }
        for held in [&self.held, &self.renewed] {
            held.is_some().hash(to);
            held.iter().for_each(|held| hash_held(held, to));
        }
        self.refusal.as_ref().map(|(reason, _)| *reason as u8).hash(to);
        self.login.as_ref().map(|login| (login.waiter.0, matches!(login.stage, LoginStage::Held(_)))).hash(to);
        self.commit.is_some().hash(to);
        self.commit.iter().for_each(|commit| hash_commit(commit, to));
        (self.burial, self.floor, self.writing_mark, self.over).hash(to);
        self.forgetting.hash(to);
        for ending in &self.endings {
            ending.waiters.hash(to);
            discriminant(&ending.stage).hash(to);
            if let EndingStage::Settling(_, tokens) = &ending.stage {
                hash_tokens(tokens, to);
            }
        }
        let flags =
            [self.peek.is_some(), self.is_known, self.is_hinted, self.is_newer, self.is_urgent, self.is_closing];
        (flags, self.overtaken, self.is_time, self.was_marked, self.visible, self.calm_until.0).hash(to);
        for waiter in self.waiters.iter() {
            (waiter.id, waiter.want, waiter.until.0, waiter.serial == self.serial).hash(to);
        }
        (self.end_reason.map(|reason| reason as u8), self.storage as u8).hash(to);
    }
}

fn hash_held(held: &Held, to: &mut impl Hasher) {
    (held.mark, held.obtained.wall.0, held.obtained.mono.0, held.warned, held.saved).hash(to);
    held.trouble.as_ref().map(|trouble| (trouble.attempts, trouble.not_before.0, trouble.error.code() as u8)).hash(to);
    hash_session(&held.session, to);
}

fn hash_commit(commit: &Commit, to: &mut impl Hasher) {
    (commit.waiter, commit.sent.wall.0).hash(to);
    hash_session(&commit.session, to);
}

fn hash_session(session: &StoredSession, to: &mut impl Hasher) {
    (&session.sid, session.marker, session.remember, session.issued_at.0).hash(to);
    session.wait.map(|wait| (wait.attempts, wait.until.0, wait.asked)).hash(to);
    hash_tokens(&session.tokens, to);
}

fn hash_tokens(tokens: &TokenSet, to: &mut impl Hasher) {
    for token in [&tokens.access_token, &tokens.refresh_token] {
        token.as_ref().map(SharedSecret::expose).hash(to);
    }
    (&tokens.user, tokens.lifetime.map(|lifetime| lifetime.0)).hash(to);
}
