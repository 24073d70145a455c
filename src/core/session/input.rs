//! What can happen.

use crate::core::error::StorageOperation;
use crate::core::event::StorageKind;
use crate::core::sight::Sight;
use crate::core::transport::{HttpResponse, TransportError};
use crate::core::tree::Tree;
use crate::core::units::{Millis, UnixMillis};

/// Names a caller's promise. Made by the shell; each is answered exactly once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct WaiterId(pub u32);

/// Names one pending effect. Made by the machine, never twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Ticket(pub u64);

/// Why a record was not written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotSaved {
    /// The store holds a mark that is not before the record's.
    Overtaken,
    /// No place takes it.
    Failed(StorageOperation),
}

impl NotSaved {
    /// What did not succeed.
    pub(super) fn operation(self) -> StorageOperation {
        if let Self::Failed(operation) = self { operation } else { StorageOperation::Write }
    }
}

/// What the store says of a write.
pub type Saved = Result<(), NotSaved>;

/// What became of a request.
pub type Reply = Result<HttpResponse, TransportError>;

/// Everything the machine is told. Its `Debug` shows no secret.
#[derive(Clone, Debug)]
pub enum Input {
    /// A caller wants the stored session.
    Restore(WaiterId),
    /// A caller logs in.
    Login {
        /// Who waits.
        waiter: WaiterId,
        /// By which grant.
        grant: String,
        /// With what.
        credentials: Tree,
        /// Beyond this tab's life.
        remember: bool,
    },
    /// A caller brings a token reply.
    Adopt {
        /// Who waits.
        waiter: WaiterId,
        /// The reply.
        reply: Tree,
        /// Beyond this tab's life.
        remember: bool,
    },
    /// A caller logs out.
    Logout(WaiterId),
    /// A caller wants an access token with this much left.
    TokenWanted(WaiterId, Option<Millis>),
    /// A caller wants new tokens.
    RefreshWanted(WaiterId),
    /// A caller no longer waits.
    Abandoned(WaiterId),
    /// The session is no longer wanted.
    Dispose,
    /// Time may have passed; the page may have become visible or hidden.
    ClockTicked {
        /// Whether the page is visible.
        visible: bool,
    },
    /// Somebody used this page.
    Active,
    /// Somebody used another tab, or this one before a reload, at this time.
    ActiveElsewhere(UnixMillis),
    /// The browser is online again.
    CameOnline,
    /// The session is kept in another place than asked for, because of this; or there again.
    StorageFellBack(StorageKind, StorageOperation),
    /// The store may have changed.
    StoreHinted,
    /// The lock is held.
    LockGranted(Ticket),
    /// The lock cannot be had in time.
    LockDenied(Ticket),
    /// What the store shows.
    StoreRead(Ticket, Sight),
    /// What became of a write.
    Saved(Ticket, Saved),
    /// What became of a request.
    Replied(Ticket, Reply),
}
