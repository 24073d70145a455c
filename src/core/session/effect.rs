//! What the machine may ask for. Effects are owned values: nothing of the machine is borrowed while they run.

use super::input::{Ticket, WaiterId};
use crate::core::error::AuthError;
use crate::core::event::SessionEvent;
use crate::core::record::Record;
use crate::core::request::{HttpRequest, Revoked};
use crate::core::secret::Secret;

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
    Token(Secret),
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
    /// Ask for the lock; answer `LockGranted` or `LockDenied`.
    AcquireLock(Ticket),
    /// Let the lock go.
    ReleaseLock,
    /// Read the generation fence; answer `FenceRead`.
    ReadFence(Ticket),
    /// Commit a generation to the fence; answer `FenceWritten`.
    WriteFence(Ticket, u64),
    /// Read the store, which must show at least this generation; answer `StoreRead`.
    ReadStore(Ticket, u64),
    /// Write the store; answer `Saved`.
    WriteStore(Ticket, Record, Place),
    /// Tell the other tabs to look at the store.
    HintPeers,
    /// Send; answer `Replied`.
    Send(Ticket, HttpRequest),
    /// Withdraw a request; it is still answered `Replied`.
    CancelSend(Ticket),
    /// Settle a caller's promise.
    Answer(WaiterId, Result<Answer, AuthError>),
    /// Tell the subscribers.
    Emit(SessionEvent),
}
