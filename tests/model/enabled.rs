//! What can happen in a world, whatever the budget says.

use super::act::{Act, LOCK_TIMEOUT, TIMEOUT};
use super::contract::Promise;
use super::op::{Name, Op, What};
use super::world::World;

impl World {
    /// Whether this can happen at all, whatever the budget says.
    pub fn may(&self, act: Act) -> bool {
        let tab = |which: u8| &self.tabs[usize::from(which)];
        match act {
            Act::Ask(which)
            | Act::Force(which)
            | Act::Logout(which)
            | Act::Login(which)
            | Act::LoginHere(which)
            | Act::Dispose(which) => tab(which).runs(),
            Act::Show(which, visible) => tab(which).runs() && tab(which).visible != visible,
            Act::Tick(which) => {
                tab(which).runs() && tab(which).session.deadline().is_some_and(|due| due.0 <= self.now.mono.0)
            }
            Act::Hint(which) => tab(which).runs() && tab(which).hinted,
            Act::Hush(which) => tab(which).hinted,
            Act::Deny(which) => {
                let waits = |asking: &super::lock::Asking| {
                    asking.tab == usize::from(which) && self.now.mono.0 - asking.since >= LOCK_TIMEOUT
                };
                tab(which).runs() && self.lock.queue.iter().any(waits) && !self.is_burying(usize::from(which))
            }
            Act::Crash(which) => tab(which).alive,
            Act::Reopen(which, _) => !tab(which).alive,
            Act::Copy(which, from) => !tab(which).alive && self.own(usize::from(from)).is_some(),
            Act::Freeze(which) => tab(which).runs(),
            Act::Thaw(which) => tab(which).alive && tab(which).frozen,
            Act::Step(name) => self
                .at(name)
                .is_some_and(|at| (self.ops[at].is_remote() || tab(name.tab).runs()) && self.is_in_turn(at)),
            Act::Early(name) => self.is_next_in_store(name, |what| matches!(what, What::Read(_, None))),
            Act::Stale(name) => {
                let is_fenced = self.contract.keeps(Promise::Fence);
                let sees = |what: &What| match what {
                    What::Read(_, None) => true,
                    What::Write(_, _, _, None) => !is_fenced,
                    What::Read(..) | What::Write(..) | What::Grant(_) | What::Bury(..) | What::Flight(_) => false,
                };
                let is_shared = self.own(usize::from(name.tab)).is_none();
                self.is_next_in_store(name, sees) && is_shared && tab(name.tab).runs() && self.store.may_be_stale()
            }
            // A tab's own storage is not the mirror.
            Act::Full(name) => self
                .is_next_in_store(name, |what| matches!(what, What::Write(_, _, _, None)) && !Self::is_own_write(what)),
            Act::NoRoom(name) => self.is_next_in_store(name, |what| matches!(what, What::Write(_, _, _, None))),
            Act::Fail(name, ..) => self.at(name).is_some_and(|at| {
                self.ops[at].flight().is_some_and(|flight| flight.ticket.is_some() && flight.said.is_none())
            }),
            Act::Lose(name) => tab(name.tab).runs() && self.is_awaited(name),
            Act::TimeOut(name) => {
                let is_old = |at: usize| self.now.mono.0 - self.ops[at].since >= TIMEOUT;
                tab(name.tab).runs() && self.is_awaited(name) && self.at(name).is_some_and(is_old)
            }
            // Between the fence and the mirror there is no time to speak of.
            Act::Clear(_) => !self.ops.iter().any(|op| matches!(op.what, What::Write(_, _, _, Some(_)))),
            Act::Jump(_) | Act::Sleep(..) | Act::Pass(_) => true,
        }
    }

    /// Transactions of one tab happen in the order in which they were asked for.
    pub fn is_in_turn(&self, at: usize) -> bool {
        // A mirror that seems emptied is looked at for a second, in which it follows the fence.
        let follows = |op: &Op| matches!(op.what, What::Write(_, _, _, Some(_))) && self.tabs[op.tab].runs();
        if matches!(self.ops[at].what, What::Read(_, None))
            && self.own(self.ops[at].tab).is_none()
            && self.store.seems_emptied()
            && self.ops.iter().any(follows)
        {
            return false;
        }
        let is_asked_for =
            |what: &What| matches!(what, What::Read(_, None) | What::Write(_, _, _, None) | What::Bury(..));
        let op = &self.ops[at];
        let is_before =
            |other: &Op| other.tab == op.tab && matches!(other.what, What::Write(_, _, _, None) | What::Bury(..));
        !is_asked_for(&op.what) || !self.ops[..at].iter().any(is_before)
    }

    fn is_next_in_store(&self, name: Name, is_such: impl Fn(&What) -> bool) -> bool {
        self.at(name).is_some_and(|at| is_such(&self.ops[at].what) && self.is_in_turn(at))
    }

    fn is_awaited(&self, name: Name) -> bool {
        matches!(self.what(name), Some(What::Flight(flight)) if flight.ticket.is_some() && !flight.withdrawn)
    }

    fn what(&self, name: Name) -> Option<&What> {
        Some(&self.ops[self.at(name)?].what)
    }

    /// How an op is named.
    pub fn name(&self, at: usize) -> Name {
        let (tab, kind) = (self.ops[at].tab, self.ops[at].kind());
        let before = self.ops[..at].iter().filter(|op| op.tab == tab && op.kind() == kind).count();
        Name { tab: tab as u8, kind, nth: before as u8 }
    }

    /// Where an op of that name is.
    pub fn at(&self, name: Name) -> Option<usize> {
        let is_one = |at: &usize| {
            let op = &self.ops[*at];
            op.tab == usize::from(name.tab) && op.kind() == name.kind
        };
        (0..self.ops.len()).filter(is_one).nth(usize::from(name.nth))
    }
}
