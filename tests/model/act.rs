//! All that can happen next: what callers, tabs, the browser, the network and misfortune may do.

use super::budget::Budget;
use super::op::{Kind, Name, What};
use super::world::World;

/// Short waits are over after this.
pub const SOON: i64 = 6_000;
/// Requests and locks have been waited for long enough after this.
pub const LONG: i64 = 16_000;
/// Tokens of a hundred seconds come due before this, and not so long before that a tab thinks it has slept.
pub const DUE: i64 = 84_100;
/// How long a request may take.
pub const TIMEOUT: i64 = 10_000;
/// How long a tab waits for the lock.
pub const LOCK_TIMEOUT: i64 = 15_000;

/// Something that happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Act {
    /// A caller in this tab wants a token.
    Ask(u8),
    /// A caller in this tab wants new tokens.
    Force(u8),
    /// The user logs out in this tab.
    Logout(u8),
    /// A user logs in in this tab.
    Login(u8),
    /// A user logs in in this tab, for this tab only.
    LoginHere(u8),
    /// The page disposes of the session.
    Dispose(u8),
    /// The tab's alarm goes off, or would have.
    Tick(u8),
    /// The tab comes to the front or goes to the back.
    Show(u8, bool),
    /// A hint arrives.
    Hint(u8),
    /// A hint is lost.
    Hush(u8),
    /// Something under way goes one step on.
    Step(Name),
    /// A read is settled now and heard later.
    Early(Name),
    /// A read is shown the mirror as it was.
    Stale(Name),
    /// The mirror has no room for a write.
    Full(Name),
    /// No place takes a write.
    NoRoom(Name),
    /// A request or its reply is lost.
    Lose(Name),
    /// The server answers with this status, and after how many seconds to come again.
    Fail(Name, u16, Option<u16>),
    /// A request is given up for lost.
    TimeOut(Name),
    /// A tab has waited for the lock long enough.
    Deny(u8),
    /// The tab is gone from one moment to the next.
    Crash(u8),
    /// A page is opened in place of one that is gone; it may look for a session at once, or leave it until it is asked for.
    Reopen(u8, bool),
    /// A page is opened in place of one that is gone, as a copy of another.
    Copy(u8, u8),
    /// The tab stops.
    Freeze(u8),
    /// The tab goes on.
    Thaw(u8),
    /// Somebody empties localStorage, or the fence too.
    Clear(bool),
    /// The wall clock jumps.
    Jump(i64),
    /// The machine sleeps; the monotonic clock may stand meanwhile.
    Sleep(i64, bool),
    /// Time passes.
    Pass(i64),
}

impl World {
    /// Everything that the budget allows now.
    pub fn acts(&self, acts: &mut Vec<Act>) {
        acts.clear();
        for at in 0..self.tabs.len() {
            self.acts_of_tab(at, acts);
        }
        for (at, op) in self.ops.iter().enumerate() {
            let name = self.name(at);
            let tab = &self.tabs[op.tab];
            if !(op.is_remote() || tab.runs()) || !self.is_in_turn(at) {
                continue;
            }
            acts.push(Act::Step(name));
            self.faults_of_op(name, &op.what, acts);
            if self.may(Act::TimeOut(name)) {
                acts.push(Act::TimeOut(name));
            }
        }
        let left = self.budget;
        let is_slow = |op: &super::op::Op| op.flight().is_none() && self.tabs[op.tab].runs();
        // The shell does not wait for the store or the news of a lock any longer.
        let has_time = !self.ops.iter().any(is_slow);
        let of_the_world = [
            (left.clears, Act::Clear(false)),
            (left.clears, Act::Clear(true)),
            (left.jumps, Act::Jump(3_600_000)),
            (left.jumps, Act::Jump(-3_600_000)),
            (left.soon * u8::from(has_time), Act::Pass(SOON)),
            (left.long * u8::from(has_time), Act::Pass(LONG)),
            (left.due * u8::from(has_time), Act::Pass(DUE)),
        ];
        acts.extend(of_the_world.iter().filter(|(left, act)| *left > 0 && self.may(*act)).map(|(_, act)| *act));
    }

    fn acts_of_tab(&self, at: usize, acts: &mut Vec<Act>) {
        let (tab, left, which) = (&self.tabs[at], self.budget, at as u8);
        let of_the_tab = [
            (left.asks > 0 && !tab.is_asked(), Act::Ask(which)),
            (left.forces > 0 && !tab.is_asked(), Act::Force(which)),
            (left.logouts > 0, Act::Logout(which)),
            (left.logins > 0, Act::Login(which)),
            (left.here > 0, Act::LoginHere(which)),
            (true, Act::Tick(which)),
            (true, Act::Hint(which)),
            (left.hushed > 0, Act::Hush(which)),
            (true, Act::Deny(which)),
            (left.crashes > 0, Act::Crash(which)),
            (left.reopens > 0, Act::Reopen(which, true)),
            (left.copies > 0, Act::Copy(which, (which + 1) % self.tabs.len() as u8)),
            (left.freezes > 0, Act::Freeze(which)),
            (true, Act::Thaw(which)),
        ];
        acts.extend(of_the_tab.iter().filter(|(allowed, act)| *allowed && self.may(*act)).map(|(_, act)| *act));
    }

    fn faults_of_op(&self, name: Name, what: &What, acts: &mut Vec<Act>) {
        let left = self.budget;
        match what {
            What::Read(_, None) => {
                if left.stale > 0 && self.may(Act::Stale(name)) {
                    acts.push(Act::Stale(name));
                }
                if left.early > 0 {
                    acts.push(Act::Early(name));
                }
            }
            What::Write(_, _, _, None) => {
                if left.full > 0 && self.may(Act::Full(name)) {
                    acts.push(Act::Full(name));
                }
                if left.failed > 0 {
                    acts.push(Act::NoRoom(name));
                }
                if left.stale > 0 && self.may(Act::Stale(name)) {
                    acts.push(Act::Stale(name));
                }
            }
            What::Flight(flight) if flight.ticket.is_some() && !flight.withdrawn => {
                if left.losses > 0 {
                    acts.push(Act::Lose(name));
                }
                if left.failures > 0 && flight.said.is_none() {
                    acts.push(Act::Fail(name, 503, None));
                }
            }
            What::Flight(_) | What::Read(..) | What::Write(..) | What::Grant(_) | What::Bury(..) => {}
        }
    }
}

/// Takes from the budget what an act costs.
pub fn spend(budget: &mut Budget, act: Act) {
    let spent = match act {
        Act::Ask(_) => &mut budget.asks,
        Act::Force(_) => &mut budget.forces,
        Act::Logout(_) => &mut budget.logouts,
        Act::Login(_) => &mut budget.logins,
        Act::LoginHere(_) => &mut budget.here,
        Act::Copy(..) => &mut budget.copies,
        Act::Crash(_) => &mut budget.crashes,
        Act::Reopen(..) => &mut budget.reopens,
        Act::Freeze(_) => &mut budget.freezes,
        Act::Lose(_) => &mut budget.losses,
        Act::Fail(..) => &mut budget.failures,
        Act::Stale(_) => &mut budget.stale,
        Act::Early(_) => &mut budget.early,
        Act::Full(_) => &mut budget.full,
        Act::NoRoom(_) => &mut budget.failed,
        Act::Hush(_) => &mut budget.hushed,
        Act::Clear(_) => &mut budget.clears,
        Act::Jump(_) => &mut budget.jumps,
        Act::Pass(SOON) => &mut budget.soon,
        Act::Pass(LONG) => &mut budget.long,
        Act::Pass(DUE) => &mut budget.due,
        Act::Dispose(_)
        | Act::Tick(_)
        | Act::Show(..)
        | Act::Hint(_)
        | Act::Step(_)
        | Act::TimeOut(_)
        | Act::Deny(_)
        | Act::Thaw(_)
        | Act::Sleep(..)
        | Act::Pass(_) => return,
    };
    *spent = spent.saturating_sub(1);
}

/// Whether a kind of op is a request.
pub fn is_request(kind: Kind) -> bool {
    matches!(kind, Kind::Refresh | Kind::Login | Kind::Revoke)
}
