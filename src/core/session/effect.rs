//! What the machine may ask for. Effects are owned values: nothing of the machine is borrowed while they run.

use super::input::{Ticket, WaiterId};
use crate::core::error::AuthError;
use crate::core::event::SessionEvent;
use crate::core::record::{Mark, Record};
use crate::core::request::{HttpRequest, Revoked};
use crate::core::secret::SharedSecret;
use crate::core::sight::Over;
use crate::core::units::UnixMillis;

/// Where a record goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// The storage that was asked for.
    Asked,
    /// This tab only.
    Tab,
}

/// What a waiter is told when all went well.
#[derive(Clone, PartialEq, Debug)]
pub enum Answer {
    /// Done.
    Done,
    /// Whether a session is there.
    Restored(bool),
    /// The access token.
    Token(SharedSecret),
    /// What a logout reached.
    LoggedOut {
        /// What was handed back, if the server confirmed or was told anything.
        revoked: Option<Revoked>,
        /// Whether the server was told at all.
        told: bool,
        /// Why it could not be told.
        error: Option<AuthError>,
    },
}

/// Everything the machine asks for. Its `Debug` shows no secret.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Ask for the lock; answer `LockGranted`, or `LockDenied` when it cannot be had in time. It is never stolen.
    AcquireLock(Ticket),
    /// Let the lock go, or stop waiting for it: no grant asked for before this is heard after it.
    ReleaseLock,
    /// Read the store and the fence beside it; answer `StoreRead`.
    ReadStore(Ticket),
    /// Write the store, unless it is no longer what was read: check and write are one. Answer `Saved`.
    WriteStore(Ticket, Record, Place, Over),
    /// Take every record of an older epoch out of the store, at once and without the lock; what is left is this mark. What tabs
    /// share is left alone where the place is this tab.
    Bury(Mark, Place),
    /// Tell the other tabs to look at the store.
    HintPeers,
    /// Tell the other tabs, and this one after a reload, when somebody last used the page.
    ShareActivity(UnixMillis),
    /// Send; answer `Replied`.
    Send(Ticket, HttpRequest),
    /// Withdraw a request; it is still answered `Replied`.
    CancelSend(Ticket),
    /// Settle a caller's promise.
    Answer(WaiterId, Result<Answer, AuthError>),
    /// Tell the subscribers.
    Emit(SessionEvent),
}
