//! Answers that are held back, so that something else comes first.

use wasm_auth_session::core::request::HttpRequest;
use wasm_auth_session::core::session::{Input, Ticket};

use super::{Reply, World};

/// What an answer can be held back for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Lock,
    Read,
    Write,
    Reply,
}

/// An answer that is held back, or a request that nobody has answered.
#[derive(Clone, Debug)]
pub struct Kept {
    pub tab: usize,
    pub kind: Kind,
    pub ticket: Ticket,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Input(Box<Input>),
    Grant,
    Request(Box<HttpRequest>),
}

impl World {
    /// Answers of this kind are held back from now on.
    pub fn hold(&mut self, kind: Kind) {
        self.hold.push(kind);
    }

    /// Nothing is held back any more from now on; what is held stays so.
    pub fn stop_holding(&mut self) {
        self.hold.clear();
    }

    /// Gives what is held back, in order, and whatever follows.
    pub fn release(&mut self) {
        self.stop_holding();
        while !self.kept.is_empty() {
            self.release_at(0);
        }
    }

    /// Gives one held answer.
    pub fn release_at(&mut self, index: usize) {
        let kept = self.kept.remove(index);
        self.deliver(kept);
        self.settle();
    }

    /// Answers the first held request in another way.
    pub fn release_with(&mut self, reply: Reply) {
        let index = self.kept.iter().position(|kept| kept.kind == Kind::Reply).expect("a request is out");
        let kept = self.kept.remove(index);
        self.input(kept.tab, Input::Replied(kept.ticket, reply));
    }

    /// The lock asked for cannot be had.
    pub fn deny_lock(&mut self) {
        let index = self.kept.iter().position(|kept| kept.kind == Kind::Lock).expect("the lock is asked for");
        let kept = self.kept.remove(index);
        self.input(kept.tab, Input::LockDenied(kept.ticket));
    }
}
