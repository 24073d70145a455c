//! What the shell promises the machine. Each promise can be broken, to see that it is needed.

use super::op::Wrote;

/// A promise of the shell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Promise {
    /// One tab holds the lock.
    ExclusiveLock,
    /// A lock is held until it is let go, however long its holder sleeps.
    NeverStolen,
    /// The lock is held while the request is out.
    HeldWhileSending,
    /// Check and write are one.
    CheckedWrite,
    /// A burial reaches every place at once.
    BuriedAtOnce,
    /// There is a fence beside the store.
    Fence,
    /// Whoever sees a tombstone in one place sees to it that there is one in the other.
    Heals,
    /// What the fence holds alone is said to be so until the mirror has taken it.
    AloneIsKept,
}

/// The promises that are kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Contract(u16);

impl Contract {
    /// All promises but this one.
    pub fn without(promise: Promise) -> Self {
        Self(1 << promise as u16)
    }

    /// What is kept for a write: one that sees the mirror as it was cannot be checked.
    pub fn seeing(self, wrote: Wrote) -> Self {
        if wrote == Wrote::Blind { Self(self.0 | 1 << Promise::CheckedWrite as u16) } else { self }
    }

    /// Whether this one is kept.
    pub fn keeps(self, promise: Promise) -> bool {
        self.0 & (1 << promise as u16) == 0
    }
}
