//! The lock: one holder, then whoever asked first. A holder that is gone lets go; one that sleeps does not.

use std::collections::VecDeque;

use wasm_auth_session::core::session::Ticket;

/// Somebody in the queue.
#[derive(Clone, Copy, Debug)]
pub struct Asking {
    /// Which tab.
    pub tab: usize,
    /// By which ticket.
    pub ticket: Ticket,
    /// Since when.
    pub since: i64,
}

/// The lock of one session.
#[derive(Clone, Debug, Default)]
pub struct Lock {
    /// Who holds it: one, unless that promise is broken.
    pub holders: Vec<usize>,
    /// Who waits.
    pub queue: VecDeque<Asking>,
}

impl Lock {
    /// The next one, if the lock is free.
    pub fn next(&mut self, exclusive: bool) -> Option<Asking> {
        if exclusive && !self.holders.is_empty() {
            return None;
        }
        let next = self.queue.pop_front()?;
        self.holders.push(next.tab);
        Some(next)
    }

    /// Lets go, and waits no more.
    pub fn leave(&mut self, tab: usize) {
        self.holders.retain(|holder| *holder != tab);
        self.queue.retain(|asking| asking.tab != tab);
    }

    /// Takes one out of the queue that has waited too long.
    pub fn give_up(&mut self, tab: usize) -> Option<Asking> {
        let at = self.queue.iter().position(|asking| asking.tab == tab)?;
        self.queue.remove(at)
    }

    /// Whether this tab holds it.
    pub fn is_held_by(&self, tab: usize) -> bool {
        self.holders.contains(&tab)
    }
}
