//! The world around the machines: it carries out what they ask for, one act at a time, and keeps watch.

use wasm_auth_session::core::error::{Phase, StorageOperation};
use wasm_auth_session::core::event::StorageKind;
use wasm_auth_session::core::record::Stored;
use wasm_auth_session::core::session::{Effect, Input, NotSaved, Ticket, WaiterId};
use wasm_auth_session::core::snapshot::Status;
use wasm_auth_session::core::transport::TransportError;
use wasm_auth_session::core::units::{Millis, MonoMillis, Now, UnixMillis};

use super::act::{Act, spend};
use super::audit::Ledger;
use super::budget::Budget;
use super::contract::{Contract, Promise};
use super::lock::Lock;
use super::op::{Flight, Name, Op, What, Wrote};
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
            tabs: (0..tabs).map(Tab::open).collect(),
            store: Store::default(),
            lock: Lock::default(),
            server: Server::new(lifetime),
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
            Act::Logout(tab) => self.logout(usize::from(tab)),
            Act::Login(tab) => {
                self.ledger.logins += 1;
                self.ask(tab, Want::Login, |waiter| Input::Login {
                    waiter,
                    grant: "password".to_owned(),
                    credentials: credentials(),
                    remember: true,
                });
            }
            Act::Dispose(tab) => {
                self.ledger.mishap = true;
                self.tabs[usize::from(tab)].disposed = true;
                self.input(usize::from(tab), Input::Dispose);
            }
            Act::Tick(tab) => self.tick(usize::from(tab)),
            Act::Show(tab, visible) => {
                self.tabs[usize::from(tab)].visible = visible;
                self.input(usize::from(tab), Input::ClockTicked { visible });
            }
            Act::Hint(tab) => {
                self.tabs[usize::from(tab)].hinted = false;
                self.input(usize::from(tab), Input::StoreHinted);
            }
            Act::Hush(tab) => self.tabs[usize::from(tab)].hinted = false,
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
                    self.input(asking.tab, Input::LockDenied(asking.ticket));
                }
            }
            Act::Crash(tab) => self.crash(usize::from(tab)),
            Act::Reopen(tab) => {
                self.tabs[usize::from(tab)] = Tab::open(usize::from(tab) + self.tabs.len());
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
                self.tell_others(self.tabs.len());
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
        let unknown = || self.store.newest().filter(|_| is_unknown);
        let family = self.tabs[tab].token().or_else(unknown).map(|token| token.family);
        self.tabs[tab].gone = family;
        if let Some(family) = family {
            self.server.families[usize::from(family)].logged_out = true;
        }
        self.ask(tab as u8, Want::Logout(family), Input::Logout);
    }

    fn tick(&mut self, tab: usize) {
        let visible = self.tabs[tab].visible;
        self.input(tab, Input::ClockTicked { visible });
        self.s14_an_alarm_is_not_set_for_the_past(tab);
    }

    /// Hands an input to a tab, and carries out what it asks for.
    pub fn input(&mut self, tab: usize, input: Input) {
        self.ledger.note(|| format!("    in:  {input:?}"));
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
                self.begin(tab, What::Write(ticket, Written::new(record), over, None));
            }
            Effect::Bury(mark) => {
                self.tabs[tab].buried = mark.epoch;
                self.store.bury_shown(mark);
                self.tell_others(tab);
                if self.contract.keeps(Promise::BuriedAtOnce) {
                    self.begin(tab, What::Bury(mark));
                }
            }
            Effect::HintPeers => self.tell_others(tab),
            // Nobody idles here.
            Effect::ShareActivity(_) => {}
            Effect::Send(ticket, request) => {
                let token = Token::within(&request.body);
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

    fn begin(&mut self, tab: usize, what: What) {
        self.ops.push(Op { tab, since: self.now.mono.0, due: None, what });
    }

    fn grant(&mut self) {
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

    fn tell_others(&mut self, teller: usize) {
        let now = self.now.mono.0;
        for (at, tab) in self.tabs.iter_mut().enumerate() {
            if at != teller && tab.alive && !tab.hinted {
                tab.hinted = true;
                tab.hint_at = now + (now.wrapping_mul(31) + at as i64 * 17) % 97;
            }
        }
    }

    // ── What is under way ───────────────────────────────────────────────────────────────────────────

    fn on_op(&mut self, name: Name, act: impl FnOnce(&mut Self, Op)) {
        if let Some(at) = self.at(name) {
            let op = self.ops.remove(at);
            act(self, op);
        }
    }

    fn step(&mut self, op: Op) {
        match &op.what {
            What::Grant(ticket) => self.input(op.tab, Input::LockGranted(*ticket)),
            What::Read(..) => self.read(op, false),
            What::Write(_, _, _, None) => self.write(op, Wrote::Committed),
            What::Write(..) => self.written(op),
            What::Bury(mark) => self.store.bury_fenced(*mark),
            What::Flight(_) => self.fly(op),
        }
    }

    fn settle_read(&mut self, mut op: Op) {
        let sight = self.store.sight(false, self.contract);
        if let What::Read(_, seen) = &mut op.what {
            *seen = Some(Box::new(sight));
        }
        self.ops.push(op);
    }

    fn read(&mut self, op: Op, stale: bool) {
        let What::Read(ticket, seen) = op.what else { return };
        if self.contract.keeps(Promise::Heals) {
            self.store.heal();
        }
        let mut sight = seen.map_or_else(|| self.store.sight(stale, self.contract), |sight| *sight);
        if let Some(memory) = &self.tabs[op.tab].memory
            && self.store.kept().all(|copy| copy.mark() < memory.mark())
        {
            sight.shown = Stored::Record(memory.record.clone());
        }
        self.input(op.tab, Input::StoreRead(ticket, sight));
    }

    /// The fence is asked, in one transaction with the write.
    fn write(&mut self, mut op: Op, wanted: Wrote) {
        let What::Write(_, copy, over, wrote) = &mut op.what else { return };
        let (copy, over) = (copy.clone(), *over);
        let before = self.store.entry.clone();
        let is_kept = self.tabs[op.tab].memory.is_some();
        let outcome = if wanted == Wrote::Failed {
            wanted
        } else if self.store.commit(&copy, over, is_kept || wanted == Wrote::Blind, self.contract.seeing(wanted)) {
            if wanted == Wrote::Blind { Wrote::Committed } else { wanted }
        } else {
            Wrote::Overtaken
        };
        *wrote = Some(outcome);
        let tab = op.tab;
        self.ops.push(op);
        match outcome {
            Wrote::Committed | Wrote::Alone => {
                self.tabs[tab].memory = None;
                self.committed(tab, before.as_ref().map(|entry| &*entry.copy), &copy);
            }
            Wrote::Failed => self.unsaved(tab, &copy),
            Wrote::Overtaken | Wrote::Blind => {}
        }
    }

    /// The mirror follows, and the tab hears of it.
    fn written(&mut self, op: Op) {
        let What::Write(ticket, copy, _, Some(wrote)) = op.what else { return };
        let is_over = self.tabs[op.tab].buried > copy.mark().epoch;
        let wrote = if is_over { Wrote::Overtaken } else { wrote };
        match wrote {
            Wrote::Committed => {
                self.store.follow(&copy, self.contract);
                self.tell_others(op.tab);
            }
            Wrote::Alone => {
                self.store.stand_alone();
                if !std::mem::replace(&mut self.tabs[op.tab].fell_back, true) {
                    let fell_back = Input::StorageFellBack(StorageKind::IndexedDb, StorageOperation::Write);
                    self.input(op.tab, fell_back);
                }
            }
            Wrote::Overtaken | Wrote::Failed | Wrote::Blind => {}
        }
        self.s04_what_was_logged_out_of_is_not_stored();
        let saved = match wrote {
            Wrote::Committed | Wrote::Alone => Ok(()),
            Wrote::Overtaken | Wrote::Blind => Err(NotSaved::Overtaken),
            Wrote::Failed => Err(NotSaved::Failed(StorageOperation::Write)),
        };
        self.input(op.tab, Input::Saved(ticket, saved));
    }

    fn fly(&mut self, mut op: Op) {
        let What::Flight(flight) = &mut op.what else { return };
        match (flight.ticket, flight.said) {
            (Some(ticket), _) if flight.withdrawn => {
                self.input(op.tab, Input::Replied(ticket, Err(TransportError::Cancelled)));
            }
            (ticket, None) => {
                let (phase, token) = (flight.phase, flight.token);
                let said = self.serve(op.tab, phase, token, ticket.is_none());
                if let What::Flight(flight) = &mut op.what {
                    flight.said = Some(said);
                }
                // What is handed back is handed back: the answer brings nothing new.
                let is_plain = phase == Phase::Logout && self.budget.losses == 0 && self.budget.failures == 0;
                match ticket {
                    Some(_) if is_plain && self.tabs[op.tab].runs() => self.fly(op),
                    Some(_) => self.ops.push(op),
                    None => {}
                }
            }
            (Some(ticket), Some(said)) => {
                self.heard(op.tab, flight.token, said);
                self.input(op.tab, Input::Replied(ticket, Ok(said.response())));
            }
            (None, Some(_)) => {}
        }
    }

    fn serve(&mut self, tab: usize, phase: Phase, token: Option<Token>, abandoned: bool) -> Said {
        match (phase, token) {
            (Phase::Login, _) => self.server.login(self.now.mono.0),
            (Phase::Refresh, Some(token)) => {
                let said = self.server.refresh(token, abandoned, self.now.mono.0);
                self.s09_no_family_is_revoked_without_need(tab, token);
                said
            }
            (Phase::Refresh | Phase::Logout | Phase::Api, _) => self.server.revoke(token),
        }
    }

    /// Nobody hears of this one any more; the server may.
    fn lose(&mut self, op: Op, why: TransportError) {
        let What::Flight(flight) = op.what else { return };
        let Some(ticket) = flight.ticket else { return };
        self.ledger.mishap = true;
        if flight.said.is_some() {
            self.unheard(flight.token);
        } else if why == TransportError::TimedOut {
            let orphan = Flight { ticket: None, ..flight };
            self.ops.push(Op { what: What::Flight(orphan), ..op });
        }
        self.input(op.tab, Input::Replied(ticket, Err(why)));
    }

    fn withdraw(&mut self, tab: usize, ticket: Ticket) {
        let is_it = |op: &Op| op.tab == tab && op.flight().is_some_and(|flight| flight.ticket == Some(ticket));
        let Some(at) = self.ops.iter().position(is_it) else { return };
        let Some(flight) = self.ops[at].flight().cloned() else { return };
        self.ledger.mishap = true;
        if flight.said.is_some() {
            self.unheard(flight.token);
        } else {
            let orphan = Flight { ticket: None, ..flight.clone() };
            self.begin(tab, What::Flight(orphan));
        }
        self.ops[at].what = What::Flight(Flight { withdrawn: true, ..flight });
    }

    fn crash(&mut self, tab: usize) {
        let held = self.lock.is_held_by(tab);
        self.ledger.mishap = true;
        self.ops.retain_mut(|op| match &mut op.what {
            What::Flight(flight) if op.tab == tab => {
                flight.ticket = None;
                flight.said.is_none() && !flight.withdrawn
            }
            _ => op.tab != tab,
        });
        if held {
            self.unkept();
        }
        let gone = &mut self.tabs[tab];
        (gone.alive, gone.frozen, gone.hinted) = (false, false, false);
        gone.waiting.clear();
        self.lock.leave(tab);
        self.grant();
    }
}
