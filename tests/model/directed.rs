//! Small stories told on purpose: a world goes on until something is about to happen, then something else does.

use wasm_auth_session::core::snapshot::Status;

use super::act::Act;
use super::begin::due;
use super::drain::{drain, quiet, wait};
use super::op::{Kind, Name};
use super::world::World;

/// Tabs whose tokens of a hundred seconds are due.
pub fn due_tabs(tabs: usize) -> World {
    let mut world = due(tabs);
    world.ledger.searched = true;
    world
}

impl World {
    /// Goes on until an op of this kind is about to go on.
    pub fn until(&mut self, kind: Kind) -> Name {
        for _ in 0..1_000 {
            if let Some(at) = (0..self.ops.len()).find(|at| self.ops[*at].kind() == kind) {
                return self.name(at);
            }
            assert!(self.go_on(), "no {kind:?} comes");
        }
        panic!("no {kind:?} comes");
    }

    /// One step of what is due.
    pub fn go_on(&mut self) -> bool {
        let tabs = 0..self.tabs.len() as u8;
        let ops = (0..self.ops.len()).map(|at| Act::Step(self.name(at)));
        let acts = ops.chain(tabs.flat_map(|tab| [Act::Hint(tab), Act::Deny(tab), Act::Tick(tab)]));
        let acts: Vec<Act> = acts.collect();
        acts.into_iter().any(|act| self.apply(act))
    }

    /// So much time passes, and everything happens when it is due.
    pub fn pass(&mut self, milliseconds: i64) {
        let end = self.now.mono.0 + milliseconds;
        quiet(self);
        while self.now.mono.0 < end && wait(self, end - self.now.mono.0) {}
        self.apply(Act::Pass((end - self.now.mono.0).max(0)));
        quiet(self);
    }

    /// A caller asks; whether it got a token, once it is answered.
    pub fn asks(&mut self, tab: usize) -> bool {
        self.tabs[tab].told = None;
        self.apply(Act::Ask(tab as u8));
        quiet(self);
        while self.tabs[tab].told.is_none() && wait(self, 20_000) {}
        self.tabs[tab].told.expect("every caller is answered")
    }

    /// Whether a tab has a session.
    pub fn is_signed_in(&self, tab: usize) -> bool {
        self.tabs[tab].session.status() == Status::Active
    }

    /// Why a tab has none.
    pub fn reason(&self, tab: usize) -> Option<&'static str> {
        self.tabs[tab].session.snapshot().end_reason.map(|reason| reason.name())
    }

    /// Refreshes that were sent so far.
    pub fn refreshes(&self) -> u32 {
        self.ledger.refreshes
    }

    /// Everything calms down, and every invariant holds.
    pub fn holds(&mut self) {
        assert_eq!(drain(self), None);
    }
}
