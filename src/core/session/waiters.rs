//! Who awaits what. Each waiter is answered exactly once; joining a running refresh is being one more.

use super::input::WaiterId;
use crate::core::units::{Millis, MonoMillis};

/// What a waiter wants.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Want {
    /// An access token, with at least this much left if it says so.
    Token(Option<Millis>),
    /// New tokens.
    Refresh,
    /// To know whether a session is there.
    Restore,
}

/// A caller's promise.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Waiter {
    /// Which.
    pub id: WaiterId,
    /// For what.
    pub want: Want,
    /// No longer than until then.
    pub until: MonoMillis,
    /// The tokens that were held when it came: any after these are new to it.
    pub serial: u32,
}

/// All of them, in the order they came.
#[derive(Clone, Debug, Default)]
pub struct Waiters(Vec<Waiter>);

impl Waiters {
    /// One more.
    pub fn join(&mut self, waiter: Waiter) {
        self.0.push(waiter);
    }

    /// Whether there is none who waits for tokens.
    #[must_use]
    pub fn none_for_tokens(&self) -> bool {
        self.0.iter().all(|waiter| waiter.want == Want::Restore)
    }

    /// Whether there is none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// When the first of them has waited long enough.
    #[must_use]
    pub fn deadline(&self) -> Option<MonoMillis> {
        self.0.iter().map(|waiter| waiter.until).min()
    }

    /// All of them.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn iter(&self) -> impl Iterator<Item = &Waiter> {
        self.0.iter()
    }

    /// Takes out those that `is_served`, to be answered now.
    pub fn take(&mut self, is_served: impl Fn(&Waiter) -> bool) -> Vec<Waiter> {
        let (served, waiting) = self.0.drain(..).partition(|waiter| is_served(waiter));
        self.0 = waiting;
        served
    }
}
