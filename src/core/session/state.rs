//! What the session can be. A value is only where it means something.

use super::input::{Ticket, WaiterId};
use crate::core::dialect::CookiePolicy;
use crate::core::error::AuthError;
use crate::core::record::{Mark, Record, StoredSession};
use crate::core::redact::Secrets;
use crate::core::request::{HttpRequest, Revoked};
use crate::core::schedule::{LADDER, Obtained};
use crate::core::secret::Secret;
use crate::core::token_set::TokenSet;
use crate::core::units::{Millis, MonoMillis, Now};

/// Boxed, because states are moved at every step and these are large.
pub type Held = Box<HeldParts>;
/// See [`Held`].
pub type Commit = Box<CommitParts>;
/// See [`Held`].
pub type Flight = Box<FlightParts>;

/// The one state of the machine. The diagram stands in [`super`].
#[derive(Debug)]
pub enum State {
    /// Not known yet: the store has not been read.
    Restoring,
    /// Nothing is held.
    SignedOut,
    /// A session is held.
    Active(Held),
    /// The lock has been asked for.
    Waiting(Ticket, Purpose),
    /// Under the lock: the fence is being read.
    Fencing(Ticket, Purpose),
    /// Under the lock: the store is being read.
    Rereading(Ticket, Purpose),
    /// Under the lock: the refresh request is out.
    Refreshing(Flight, Held),
    /// Under the lock: the store is being written.
    Saving(Ticket, Outcome),
    /// Under the lock: the generation is being committed.
    Sealing(Ticket, Outcome),
    /// Nothing more will be emitted.
    Disposed,
}

/// A session in hand.
#[derive(Clone, Debug)]
pub struct HeldParts {
    /// Where it stands in the order of writes.
    pub mark: Mark,
    /// What is, or would be, stored.
    pub session: StoredSession,
    /// When its tokens were asked for, on both clocks.
    pub obtained: Obtained,
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

/// What the lock is wanted for.
#[derive(Debug)]
pub enum Purpose {
    /// To renew this session.
    Refresh(Held),
    /// To store a new login.
    Commit(Commit),
    /// To store what a refresh brought. Until then it keeps the mark of the tokens before it.
    Keep(Held),
    /// To clear the store of what is older than this mark.
    End(Mark),
    /// To end whatever session the store holds, of which nothing is known yet. These wait.
    Forget(Vec<WaiterId>),
}

/// A login that has been granted and is not stored yet.
#[derive(Debug)]
pub struct CommitParts {
    /// Who waits.
    pub waiter: WaiterId,
    /// What was granted.
    pub tokens: TokenSet,
    /// When it was asked for.
    pub sent: Now,
    /// Beyond this tab's life.
    pub remember: bool,
    /// The session it takes the place of.
    pub before: Option<Held>,
}

/// What is announced once the write is sealed.
#[derive(Debug)]
pub enum Outcome {
    /// New tokens.
    Renewed(Held),
    /// A new session.
    SignedIn {
        /// The session.
        held: Held,
        /// Who waits.
        waiter: WaiterId,
        /// The session whose place it took.
        before: Option<Held>,
    },
    /// No session.
    Ended,
    /// Something newer wants the store once this write is through.
    Overtaken(Purpose),
}

/// A request that is out.
#[derive(Clone, Debug)]
pub struct FlightParts {
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

/// A login that is out, or waits for a logout's cookies to be through.
#[derive(Debug)]
pub struct LoginAttempt {
    /// Who waits.
    pub waiter: WaiterId,
    /// Beyond this tab's life.
    pub remember: bool,
    /// How far it has got.
    pub stage: LoginStage,
}

/// How far a login has got.
#[derive(Debug)]
pub enum LoginStage {
    /// Not sent: a logout is still out whose answer would clear the new cookie.
    Held(Box<HttpRequest>),
    /// Sent.
    Sent(Flight),
}

/// The server's part of a logout.
#[derive(Debug)]
pub struct Ending {
    /// Who waits.
    pub waiters: Vec<WaiterId>,
    /// How far it has got.
    pub stage: EndingStage,
}

/// How far the server's part of a logout has got.
#[derive(Debug)]
pub enum EndingStage {
    /// A refresh was out when the user logged out: what it brings is what must be revoked.
    Settling(Flight, TokenSet),
    /// The server is being told.
    Sent(Flight, Option<Revoked>),
}

impl State {
    /// The session that callers are served from in this state.
    #[must_use]
    pub fn held(&self) -> Option<&Held> {
        match self {
            Self::Active(held) | Self::Refreshing(_, held) => Some(held),
            Self::Waiting(_, purpose) | Self::Fencing(_, purpose) | Self::Rereading(_, purpose) => purpose.held(),
            Self::Saving(_, outcome) | Self::Sealing(_, outcome) => match outcome {
                Outcome::Renewed(held) => Some(held),
                Outcome::SignedIn { before, .. } => before.as_ref(),
                Outcome::Ended => None,
                Outcome::Overtaken(purpose) => purpose.held(),
            },
            Self::Restoring | Self::SignedOut | Self::Disposed => None,
        }
    }

    /// Whether the lock is held in this state.
    #[must_use]
    pub fn has_lock(&self) -> bool {
        match self {
            Self::Fencing(..) | Self::Rereading(..) | Self::Refreshing(..) | Self::Saving(..) | Self::Sealing(..) => {
                true
            }
            Self::Restoring | Self::SignedOut | Self::Active(_) | Self::Waiting(..) | Self::Disposed => false,
        }
    }

    /// Who waits for a login that is on its way into the store.
    #[must_use]
    pub fn committing_waiter(&self) -> Option<WaiterId> {
        match self {
            Self::Waiting(_, purpose) | Self::Fencing(_, purpose) | Self::Rereading(_, purpose) => purpose.waiter(),
            Self::Saving(_, outcome) | Self::Sealing(_, outcome) => match outcome {
                Outcome::SignedIn { waiter, .. } => Some(*waiter),
                Outcome::Overtaken(purpose) => purpose.waiter(),
                Outcome::Renewed(_) | Outcome::Ended => None,
            },
            Self::Restoring | Self::SignedOut | Self::Active(_) | Self::Refreshing(..) | Self::Disposed => None,
        }
    }

    /// Whether a logout waits for the store to be read.
    #[must_use]
    pub fn is_forgetting(&self) -> bool {
        matches!(
            self,
            Self::Waiting(_, Purpose::Forget(_))
                | Self::Fencing(_, Purpose::Forget(_))
                | Self::Rereading(_, Purpose::Forget(_))
        )
    }

    /// The logouts that wait for the store to be read.
    pub fn forgetting_waiters(&mut self) -> Option<&mut Vec<WaiterId>> {
        match self {
            Self::Waiting(_, Purpose::Forget(waiters))
            | Self::Fencing(_, Purpose::Forget(waiters))
            | Self::Rereading(_, Purpose::Forget(waiters)) => Some(waiters),
            Self::Restoring
            | Self::SignedOut
            | Self::Active(_)
            | Self::Waiting(..)
            | Self::Fencing(..)
            | Self::Rereading(..)
            | Self::Refreshing(..)
            | Self::Saving(..)
            | Self::Sealing(..)
            | Self::Disposed => None,
        }
    }

    /// Whether a login is on its way into the store.
    #[must_use]
    pub fn is_committing(&self) -> bool {
        self.committing_waiter().is_some()
    }
}

impl Purpose {
    fn waiter(&self) -> Option<WaiterId> {
        match self {
            Self::Commit(commit) => Some(commit.waiter),
            Self::Refresh(_) | Self::Keep(_) | Self::End(_) | Self::Forget(_) => None,
        }
    }

    fn held(&self) -> Option<&Held> {
        match self {
            Self::Refresh(held) | Self::Keep(held) => Some(held),
            Self::Commit(commit) => commit.before.as_ref(),
            Self::End(_) | Self::Forget(_) => None,
        }
    }
}

impl HeldParts {
    /// How much is left of the access token; `None` when its lifetime is unknown.
    #[must_use]
    pub fn left(&self, now: Now) -> Option<Millis> {
        self.session.tokens.lifetime.map(|lifetime| lifetime.minus(self.obtained.age(now)))
    }

    /// Whether the access token is over. One of unknown lifetime is used until it is refused.
    #[must_use]
    pub fn is_expired(&self, now: Now) -> bool {
        self.left(now).is_some_and(|left| left <= Millis::ZERO)
    }

    /// The access token, if at least this much is left of it.
    #[must_use]
    pub fn token(&self, least: Millis, now: Now) -> Option<&Secret> {
        let enough = self.left(now).is_none_or(|left| left > Millis::ZERO && left >= least);
        self.session.tokens.access_token.as_ref().filter(|_| enough)
    }

    /// Whether the last failure is long enough ago.
    #[must_use]
    pub fn may_try(&self, now: Now) -> bool {
        self.trouble.as_ref().is_none_or(|trouble| now.mono >= trouble.not_before)
    }

    /// What the store is to hold.
    #[must_use]
    pub fn record(&self) -> Record {
        Record { mark: self.mark, session: Some(self.session.clone()) }
    }
}

impl Ending {
    /// The ticket of the request it waits for.
    #[must_use]
    pub fn ticket(&self) -> Ticket {
        match &self.stage {
            EndingStage::Settling(flight, _) | EndingStage::Sent(flight, _) => flight.ticket,
        }
    }
}

impl Trouble {
    /// Whether the next try follows soon enough to wait for it.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.attempts <= LADDER && self.error.code().row().retryable && self.error.retry_after().is_none()
    }
}
