//! The world around the machines: it carries out what they ask for, one act at a time, and keeps watch.

use wasm_auth_session::core::error::Phase;
use wasm_auth_session::core::session::{Effect, Input, Place, WaiterId};
use wasm_auth_session::core::snapshot::Status;
use wasm_auth_session::core::transport::TransportError;
use wasm_auth_session::core::units::{Millis, MonoMillis, Now, UnixMillis};

use super::act::{Act, spend};
use super::audit::Ledger;
use super::begin::FIRST;
use super::budget::Budget;
use super::contract::{Contract, Promise};
use super::cookie::Jar;
use super::lock::Lock;
use super::op::{Flight, Op, What, Wrote};
use super::server::Server;
use super::store::{Store, Written};
use super::tab::{Tab, Want};
use super::wire::{Said, Token, credentials};

/// Where the monotonic clock starts: far from every duration and from the wall clock.
pub const MONO: i64 = 1_000_000_000_000;
/// Where the wall clock starts.
pub const WALL: i64 = 1_700_000_000_000;

/// Everything there is.
#[derive(Clone, Debug)]
pub struct World {
    /// Both clocks.
    pub now: Now,
    /// The tabs.
    pub tabs: Vec<Tab>,
    /// What they share.
    pub store: Store,
    /// Who may refresh.
    pub lock: Lock,
    /// What they talk to.
    pub server: Server,
    /// Where a cookie renews the session.
    pub jar: Option<Jar>,
    /// What is under way.
    pub ops: Vec<Op>,
    /// What may still happen.
    pub budget: Budget,
    /// What the shell keeps to.
    pub contract: Contract,
    /// What the invariants need to know.
    pub ledger: Ledger,
}

impl World {
    /// So many tabs, with nothing read yet.
    pub fn new(tabs: usize, lifetime: i64) -> Self {
        Self {
            now: Now { wall: UnixMillis(WALL), mono: MonoMillis(MONO) },
            tabs: (0..tabs).map(|which| Tab::open(which, false)).collect(),
            store: Store::default(),
            lock: Lock::default(),
            server: Server::new(lifetime),
            jar: None,
            ops: Vec::new(),
            budget: Budget::default(),
            contract: Contract::default(),
            ledger: Ledger::default(),
        }
    }

    /// Lets something happen; `false` when it cannot.
    pub fn apply(&mut self, act: Act) -> bool {
        if !self.may(act) {
            return false;
        }
        spend(&mut self.budget, act);
        match act {
            Act::Ask(tab) => self.ask(tab, Want::Token, |id| Input::TokenWanted(id, None)),
            Act::Force(tab) => self.ask(tab, Want::Refresh, Input::RefreshWanted),
            Act::Logout(tab) if self.own(usize::from(tab)).is_some() => {
                // Nobody logs out in one tab within the millisecond in which another logs in.
                self.apply(Act::Pass(1));
                self.logout(usize::from(tab));
                self.apply(Act::Pass(1));
            }
            Act::Logout(tab) => self.logout(usize::from(tab)),
            Act::Login(tab) => self.login(tab, true),
            Act::LoginHere(tab) => self.login(tab, false),
            Act::Dispose(tab) => {
                self.ledger.mishap = true;
                // The lock is let go, and what is being written may come after what the next holder reads.
                let is_its_write = |op: &Op| op.tab == usize::from(tab) && matches!(op.what, What::Write(..));
                self.ledger.crossed |= self.has_cookie() && self.ops.iter().any(is_its_write);
                self.tabs[usize::from(tab)].disposed = true;
                self.input(usize::from(tab), Input::Dispose);
            }
            Act::Tick(tab) => self.tick(usize::from(tab)),
            Act::Show(tab, visible) => {
                self.tabs[usize::from(tab)].visible = visible;
                self.clock(usize::from(tab));
            }
            Act::Hint(tab) => {
                self.tabs[usize::from(tab)].hinted = false;
                self.input(usize::from(tab), Input::StoreHinted);
            }
            Act::Hush(tab) => {
                self.ledger.hushed = true;
                self.tabs[usize::from(tab)].hinted = false;
            }
            Act::Step(name) => self.on_op(name, Self::step),
            Act::Early(name) => self.on_op(name, Self::settle_read),
            Act::Stale(name) => self.on_op(name, |world, op| match op.what {
                What::Read(..) => world.read(op, true),
                _ => world.write(op, Wrote::Blind),
            }),
            Act::Full(name) => self.on_op(name, |world, op| world.write(op, Wrote::Alone)),
            Act::NoRoom(name) => self.on_op(name, |world, op| world.write(op, Wrote::Failed)),
            Act::Lose(name) => self.on_op(name, |world, op| world.lose(op, TransportError::Failed)),
            Act::TimeOut(name) => self.on_op(name, |world, op| world.lose(op, TransportError::TimedOut)),
            Act::Fail(name, status, later) => self.on_op(name, |world, mut op| {
                world.ledger.mishap = true;
                if let What::Flight(flight) = &mut op.what {
                    flight.said = Some(Said::Failed(status, later));
                }
                world.ops.push(op);
            }),
            Act::Deny(tab) => {
                if let Some(asking) = self.lock.give_up(usize::from(tab)) {
                    self.tabs[asking.tab].denied = true;
                    self.input(asking.tab, Input::LockDenied(asking.ticket));
                }
            }
            Act::Crash(tab) => self.crash(usize::from(tab)),
            Act::Reopen(tab, looks) => {
                self.open(usize::from(tab));
                if looks {
                    self.restore(usize::from(tab));
                }
            }
            Act::Copy(tab, from) => {
                self.open(usize::from(tab));
                self.copy_own(usize::from(tab), usize::from(from));
                self.restore(usize::from(tab));
            }
            Act::Freeze(tab) => {
                let tab = &mut self.tabs[usize::from(tab)];
                tab.frozen = true;
                tab.sleep();
                if !self.contract.keeps(Promise::NeverStolen) {
                    self.steal();
                }
            }
            Act::Thaw(tab) => self.tabs[usize::from(tab)].frozen = false,
            Act::Clear(fence_too) => {
                self.ledger.cleared = true;
                self.store.clear(fence_too);
                if fence_too {
                    self.tabs.iter_mut().for_each(|tab| tab.own = None);
                }
                self.tell_others(self.tabs.len());
                // Nobody empties a store and logs in within the millisecond in which another tab did.
                self.apply(Act::Pass(10));
            }
            Act::Jump(by) => {
                self.ledger.jumps += 1;
                self.now.wall = self.now.wall.plus(Millis(by));
            }
            Act::Sleep(by, stands) => {
                self.tabs.iter_mut().for_each(Tab::sleep);
                let mono = if stands { self.now.mono } else { self.now.mono.plus(Millis(by)) };
                self.ledger.jumps += u32::from(stands);
                self.now = Now { wall: self.now.wall.plus(Millis(by)), mono };
            }
            Act::Pass(by) => {
                self.now = Now { wall: self.now.wall.plus(Millis(by)), mono: self.now.mono.plus(Millis(by)) };
            }
        }
        true
    }

    fn login(&mut self, tab: u8, remember: bool) {
        self.ledger.logins += 1;
        self.ledger.here += u32::from(!remember);
        let grant = "password".to_owned();
        let credentials = credentials();
        self.ask(tab, Want::Login, |waiter| Input::Login { waiter, grant, credentials, remember });
    }

    /// A page, in the place of one that is gone, with what that one's storage holds.
    fn open(&mut self, tab: usize) {
        self.ledger.opened += 1;
        let which = FIRST + self.ledger.opened * self.tabs.len() + tab;
        let own = self.tabs[tab].own.take();
        self.tabs[tab] = Tab { own, ..Tab::open(which, self.has_cookie()) };
    }

    fn ask(&mut self, tab: u8, want: Want, input: impl FnOnce(WaiterId) -> Input) {
        let tab = usize::from(tab);
        let id = self.tabs[tab].promise(want, self.now.mono.0);
        self.input(tab, input(WaiterId(id)));
    }

    /// A page that was just opened looks for a session.
    pub fn restore(&mut self, tab: usize) {
        self.ask(tab as u8, Want::Restore, Input::Restore);
    }

    fn logout(&mut self, tab: usize) {
        // One who has not looked yet ends whatever the store holds.
        let is_unknown = self.tabs[tab].session.status() == Status::Restoring;
        let unknown = || self.stored_for(tab).filter(|_| is_unknown);
        let family = self.tabs[tab].token().or_else(unknown).map(|token| token.family);
        self.tabs[tab].gone = family;
        // A copy that has not looked may turn out to be behind, and to hold nothing.
        let family = family.filter(|_| !(is_unknown && self.tabs[tab].copied));
        if let Some(family) = family {
            self.server.families[usize::from(family)].logged_out = true;
        }
        self.ask(tab as u8, Want::Logout(family), Input::Logout);
    }

    fn tick(&mut self, tab: usize) {
        self.clock(tab);
        self.s14_an_alarm_is_not_set_for_the_past(tab);
    }

    fn clock(&mut self, tab: usize) {
        let Tab { visible, waiting, .. } = &self.tabs[tab];
        let visible = *visible;
        // A logout that was about to read the store leaves nothing to read there: the server may not be told.
        self.ledger.mishap |= !visible && waiting.iter().any(|waiting| matches!(waiting.want, Want::Logout(_)));
        self.input(tab, Input::ClockTicked { visible });
    }

    /// Hands an input to a tab, and carries out what it asks for.
    pub fn input(&mut self, tab: usize, input: Input) {
        self.ledger.note(|| format!("    in:  {input:?}"));
        self.tabs[tab].held = self.tabs[tab].token();
        for effect in self.tabs[tab].session.handle(self.now, input) {
            self.ledger.note(|| format!("    out: {effect:?}"));
            self.effect(tab, effect);
        }
        self.s04_what_was_logged_out_of_is_not_held(tab);
        if std::mem::take(&mut self.ledger.has_news) {
            self.s05_no_tab_goes_back(tab);
        }
    }

    fn effect(&mut self, tab: usize, effect: Effect) {
        match effect {
            Effect::AcquireLock(ticket) => {
                self.lock.queue.push_back(super::lock::Asking { tab, ticket, since: self.now.mono.0 });
                self.grant();
            }
            Effect::ReleaseLock => {
                self.lock.leave(tab);
                self.ops.retain(|op| op.tab != tab || !matches!(op.what, What::Grant(_)));
                self.grant();
            }
            Effect::ReadStore(ticket) => self.begin(tab, What::Read(ticket, None)),
            Effect::WriteStore(ticket, record, _, over) => {
                let copy = if self.has_cookie() { Written::bare(record) } else { Written::new(record) };
                self.begin(tab, What::Write(ticket, copy, over, None));
            }
            Effect::Bury(mark, place) => {
                self.tabs[tab].bury(mark, place);
                let grave = self.bury_own(tab, mark);
                if place == Place::Asked {
                    self.store.bury_shown(mark);
                }
                self.tell_others(tab);
                if self.contract.keeps(Promise::BuriedAtOnce) {
                    self.begin(tab, What::Bury(mark, place, grave));
                }
            }
            Effect::HintPeers => self.tell_others(tab),
            // Nobody idles here.
            Effect::ShareActivity(_) => {}
            Effect::Send(ticket, request) => {
                let token = Token::within(&request.body).or_else(|| self.cookie(request.phase));
                self.sent(tab, request.phase, token);
                let flight = Flight { ticket: Some(ticket), phase: request.phase, token, said: None, withdrawn: false };
                self.begin(tab, What::Flight(flight));
                if request.phase == Phase::Refresh && !self.contract.keeps(Promise::HeldWhileSending) {
                    self.lock.leave(tab);
                    self.grant();
                }
            }
            Effect::CancelSend(ticket) => self.withdraw(tab, ticket),
            Effect::Answer(waiter, answer) => self.answered(tab, waiter, &answer),
            Effect::Emit(event) => self.emitted(tab, &event),
        }
    }

    /// Something is under way from now on.
    pub fn begin(&mut self, tab: usize, what: What) {
        let burials = self.tabs[tab].buried.1;
        self.ops.push(Op { tab, since: self.now.mono.0, due: None, burials, what });
    }

    /// The lock goes to whoever is next, once what its holder buried has reached the fence.
    pub fn grant(&mut self) {
        if self.ops.iter().any(|op| matches!(op.what, What::Bury(..)) && self.tabs[op.tab].alive) {
            return;
        }
        while let Some(next) = self.lock.next(self.contract.keeps(Promise::ExclusiveLock)) {
            self.begin(next.tab, What::Grant(next.ticket));
        }
    }

    fn steal(&mut self) {
        let frozen: Vec<usize> = self.lock.holders.iter().copied().filter(|tab| self.tabs[*tab].frozen).collect();
        for tab in frozen {
            self.lock.leave(tab);
        }
        self.grant();
    }

    /// Every other tab is hinted at the store.
    pub fn tell_others(&mut self, teller: usize) {
        let now = self.now.mono.0;
        for (at, tab) in self.tabs.iter_mut().enumerate() {
            if at != teller && tab.alive && !tab.hinted {
                tab.hinted = true;
                tab.hint_at = now + (now.wrapping_mul(31) + at as i64 * 17) % 97;
            }
        }
    }
}
