//! What the session can be, and what it holds. A value is only where it means something.

use super::input::{Ticket, WaiterId};
use crate::core::dialect::CookiePolicy;
use crate::core::error::{AuthError, ErrorCode, Phase};
use crate::core::record::{Mark, Record, StoredSession, Wait};
use crate::core::redact::Secrets;
use crate::core::rejection::ServerSaid;
use crate::core::request::{HttpRequest, Revoked};
use crate::core::schedule::{self, LADDER, LONGEST_WAIT, Obtained};
use crate::core::secret::SharedSecret;
use crate::core::token_set::TokenSet;
use crate::core::units::{Millis, MonoMillis, Now, UnixMillis};

use super::effect::Answer;

/// How far the machine has got on its way through the lock. What for stands beside it, in [`super::Session`]:
/// whoever holds the lock does what is wanted most by then. The diagram stands in [`super`].
#[derive(Clone, Debug)]
pub enum State {
    /// Nothing is under way.
    Resting,
    /// The lock has been asked for.
    Waiting(Ticket),
    /// Under the lock: the store is being read.
    Rereading(Ticket),
    /// Under the lock: a login or logout is out whose cookies must not cross another's.
    Exchanging(Ticket),
    /// Under the lock: the store is being told that the refresh token is about to be spent.
    Marking(Ticket),
    /// Under the lock: the refresh request is out.
    Refreshing(Box<Flight>),
    /// Under the lock: the store is being written.
    Saving(Ticket, Writing),
    /// Nothing more will be emitted.
    Disposed,
}

/// What is being written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Writing {
    /// New tokens of the session held.
    Renewal,
    /// A new session.
    Login,
    /// A new session, and another login has been granted since.
    Superseded,
    /// That a refresh failed.
    Trouble,
    /// The session before a login that was turned down.
    Restored,
    /// That there is no session.
    Tombstone,
}

/// A session in hand.
#[derive(Clone, Debug)]
pub struct Held {
    /// Where it stands in the order of writes.
    pub mark: Mark,
    /// What is, or would be, stored.
    pub session: StoredSession,
    /// When its tokens were asked for, on both clocks.
    pub obtained: Obtained,
    /// When the user logged in, on both clocks.
    pub started: Obtained,
    /// Spreads the refresh among tabs: 0 to 999.
    pub chance: u32,
    /// Failures since the last success, and when the next try may be.
    pub trouble: Option<Trouble>,
    /// Whether `expiring` has been emitted.
    pub warned: bool,
    /// Whether the store holds it.
    pub saved: bool,
}

/// Failures in a row.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// How many.
    pub attempts: u32,
    /// No try before this.
    pub not_before: MonoMillis,
    /// The last one.
    pub error: AuthError,
}

/// A login that has been granted and is not stored yet.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Who waits.
    pub waiter: WaiterId,
    /// What is to be stored.
    pub session: StoredSession,
    /// When it was asked for.
    pub sent: Now,
}

/// A request that is out.
#[derive(Clone, Debug)]
pub struct Flight {
    /// Its ticket.
    pub ticket: Ticket,
    /// When it was sent.
    pub sent: Now,
    /// What its answer must not echo.
    pub secrets: Secrets,
    /// Whether it carried cookies.
    pub cookies: CookiePolicy,
    /// Where it went.
    pub url: String,
    /// Its deadline.
    pub timeout: Millis,
}

/// A login that is out, or waits for its turn.
#[derive(Clone, Debug)]
pub struct LoginAttempt {
    /// Who waits.
    pub waiter: WaiterId,
    /// Beyond this tab's life.
    pub remember: bool,
    /// How far it has got.
    pub stage: LoginStage,
}

/// How far a login has got.
#[derive(Clone, Debug)]
pub enum LoginStage {
    /// Not sent: it sets a cookie, and goes under the lock.
    Held(Box<HttpRequest>),
    /// Sent.
    Sent(Box<Flight>),
}

/// The server's part of a logout.
#[derive(Clone, Debug)]
pub struct Ending {
    /// Who waits.
    pub waiters: Vec<WaiterId>,
    /// How far it has got.
    pub stage: EndingStage,
}

/// How far the server's part of a logout has got.
#[derive(Clone, Debug)]
pub enum EndingStage {
    /// A refresh was out when the user logged out: what it brings is what must be revoked.
    Settling(Box<Flight>, Box<TokenSet>),
    /// Not sent: it clears a cookie, and goes under the lock.
    Held(Box<HttpRequest>, Option<Revoked>),
    /// The server is being told.
    Sent(Box<Flight>, Option<Revoked>),
    /// The server's part is through; the store's may not be.
    Through(Answer),
}

impl State {
    /// Whether the lock is held in this state.
    #[must_use]
    pub fn has_lock(&self) -> bool {
        match self {
            Self::Rereading(_) | Self::Exchanging(_) | Self::Marking(_) | Self::Refreshing(_) | Self::Saving(..) => {
                true
            }
            Self::Resting | Self::Waiting(_) | Self::Disposed => false,
        }
    }

    /// The ticket whose answer moves it on.
    #[must_use]
    pub fn ticket(&self) -> Option<Ticket> {
        match self {
            Self::Waiting(ticket)
            | Self::Rereading(ticket)
            | Self::Exchanging(ticket)
            | Self::Marking(ticket)
            | Self::Saving(ticket, _) => Some(*ticket),
            Self::Refreshing(flight) => Some(flight.ticket),
            Self::Resting | Self::Disposed => None,
        }
    }
}

impl Held {
    /// How much is left of the access token; `None` when its lifetime is unknown.
    #[must_use]
    pub fn left(&self, now: Now) -> Option<Millis> {
        self.session.tokens.lifetime.map(|lifetime| lifetime.minus(self.obtained.age(now)))
    }

    /// When the access token expires by the wall clock; `None` when unknown.
    #[must_use]
    pub fn expires_at(&self) -> Option<UnixMillis> {
        self.session.tokens.lifetime.map(|lifetime| self.obtained.wall.plus(lifetime))
    }

    /// Whether the access token is over. One of unknown lifetime is used until it is refused.
    #[must_use]
    pub fn is_expired(&self, now: Now) -> bool {
        self.left(now).is_some_and(|left| left <= Millis::ZERO)
    }

    /// The access token, if at least this much is left of it.
    #[must_use]
    pub fn token(&self, least: Millis, now: Now) -> Option<&SharedSecret> {
        let enough = self.left(now).is_none_or(|left| left > Millis::ZERO && left >= least);
        self.session.tokens.access_token.as_ref().filter(|_| enough)
    }

    /// Whether both are the same tokens of the same login.
    #[must_use]
    pub fn has_tokens_of(&self, other: &StoredSession) -> bool {
        let (mine, theirs) = (&self.session.tokens, &other.tokens);
        self.session.sid == other.sid
            && self.session.issued_at == other.issued_at
            && (mine.access_token == theirs.access_token || theirs.access_token.is_none())
            && mine.refresh_token == theirs.refresh_token
    }

    /// What the store is to hold, at this place in the order of writes.
    pub fn record_at(&mut self, mark: Mark, now: Now) -> Record {
        self.session.wait = self.trouble.as_ref().map(|trouble| trouble.shared(now));
        Record { mark, session: Some(self.session.clone()) }
    }
}

impl Ending {
    /// The ticket of the request it waits for.
    #[must_use]
    pub fn ticket(&self) -> Option<Ticket> {
        match &self.stage {
            EndingStage::Settling(flight, _) | EndingStage::Sent(flight, _) => Some(flight.ticket),
            EndingStage::Held(..) | EndingStage::Through(_) => None,
        }
    }
}

impl Trouble {
    /// Whether the next try follows soon enough to wait for it.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.attempts <= LADDER && self.error.code().row().retryable && self.error.retry_after().is_none()
    }

    /// As other tabs are told of it.
    fn shared(&self, now: Now) -> Wait {
        Wait {
            attempts: self.attempts,
            until: now.wall.plus(self.not_before.since(now.mono)),
            asked: self.error.retry_after().is_some(),
            code: self.error.code(),
        }
    }

    /// What another tab went through. No wait is believed to be longer than the longest.
    #[must_use]
    pub fn of(wait: &Wait, timeout: Millis, now: Now) -> Self {
        // Longer than it can have been, it is of another clock.
        let own = || schedule::backoff(wait.attempts.max(LADDER + 1), false, None, 999);
        let longest = if wait.asked { LONGEST_WAIT } else { own() };
        let left = wait.until.since(now.wall).clamp(Millis::ZERO, longest);
        let phase = Phase::Refresh;
        let error = if wait.code == ErrorCode::Network {
            AuthError::Network { phase, causes: &[], hint: String::new() }
        } else if wait.code == ErrorCode::Timeout {
            AuthError::Timeout { phase, timeout }
        } else if wait.code == ErrorCode::RefreshLoop {
            AuthError::RefreshLoop
        } else {
            let said = ServerSaid { retry_after: wait.asked.then_some(left), ..ServerSaid::nothing(phase) };
            AuthError::Refused(wait.code, said.into())
        };
        Self { attempts: wait.attempts, not_before: now.mono.plus(left), error }
    }
}
