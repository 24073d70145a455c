//! What the shell promises the machine. Each promise can be broken, to see that it is needed.

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
    /// Whoever sees a tombstone in the fence sees to it that the mirror has one.
    Heals,
    /// What the mirror could not take stands in the fence.
    FallsBack,
}

/// The promises that are kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Contract(u16);

impl Contract {
    /// All promises but this one.
    pub fn without(promise: Promise) -> Self {
        Self(1 << promise as u16)
    }

    /// Whether this one is kept.
    pub fn keeps(self, promise: Promise) -> bool {
        self.0 & (1 << promise as u16) == 0
    }
}
