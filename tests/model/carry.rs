//! What is under way goes on: the store is read and written, the server answers, a tab hears of it.

use std::rc::Rc;

use wasm_auth_session::core::error::{Phase, StorageOperation};
use wasm_auth_session::core::event::StorageKind;
use wasm_auth_session::core::record::Stored;
use wasm_auth_session::core::session::{Input, NotSaved, Place, Ticket};
use wasm_auth_session::core::transport::TransportError;

use super::contract::Promise;
use super::op::{Flight, Name, Op, What, Wrote};
use super::store::Copied;
use super::wire::{Said, Token};
use super::world::World;

impl World {
    /// Takes an op of that name out, and does something with it.
    pub fn on_op(&mut self, name: Name, act: impl FnOnce(&mut Self, Op)) {
        if let Some(at) = self.at(name) {
            let op = self.ops.remove(at);
            act(self, op);
        }
    }

    /// It goes one step on.
    pub fn step(&mut self, op: Op) {
        match &op.what {
            What::Grant(ticket) => {
                self.tabs[op.tab].denied = false;
                self.input(op.tab, Input::LockGranted(*ticket));
            }
            What::Read(..) => self.read(op, false),
            What::Write(_, _, _, None) => self.write(op, Wrote::Committed),
            What::Write(..) => self.written(op),
            What::Bury(mark, place, grave) => {
                if *place == Place::Asked {
                    self.store.bury_fenced(*mark);
                }
                if let Some(grave) = grave {
                    self.store.bury_own(*mark, *place, grave);
                }
                // News of a logout may be faster than the logout: it is told again once it is in the fence.
                self.tell_others(op.tab);
                self.grant();
            }
            What::Flight(_) => self.fly(op),
        }
    }

    /// What is read is settled now, and heard later.
    pub fn settle_read(&mut self, mut op: Op) {
        let sight = self.sight(op.tab, false);
        if let What::Read(_, seen) = &mut op.what {
            *seen = Some(Rc::new(sight));
        }
        self.ops.push(op);
    }

    /// A tab hears what the store shows. `stale`: with the mirror as it was.
    pub fn read(&mut self, op: Op, stale: bool) {
        let What::Read(ticket, seen) = op.what else { return };
        if self.contract.keeps(Promise::Heals) {
            self.store.heal();
        }
        let mut sight = seen.map_or_else(|| self.sight(op.tab, stale), Rc::unwrap_or_clone);
        // What has been overtaken is forgotten.
        let is_newest = |memory: &Copied| self.store.kept().all(|copy| copy.mark() <= memory.mark());
        let memory = self.tabs[op.tab].memory.take().filter(is_newest);
        if let Some(memory) = &memory {
            sight.shown = Stored::Record(memory.record.clone());
        }
        self.tabs[op.tab].memory = memory;
        self.input(op.tab, Input::StoreRead(ticket, sight));
    }

    /// The fence is asked, in one transaction with the write.
    pub fn write(&mut self, mut op: Op, wanted: Wrote) {
        let What::Write(_, copy, over, wrote) = &mut op.what else { return };
        let (copy, over) = (copy.clone(), *over);
        let before = self.store.entry.as_ref().map(|entry| entry.copy.clone());
        let is_kept = self.tabs[op.tab].memory.is_some() || self.tabs[op.tab].own.is_some();
        let outcome = if copy.is_for_tab() {
            self.write_own(op.tab, &copy, over, wanted)
        } else if wanted == Wrote::Failed {
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
                if !copy.is_for_tab() {
                    self.committed(tab, before.as_deref(), &copy);
                }
            }
            Wrote::Failed => self.unsaved(tab, &copy),
            Wrote::Overtaken | Wrote::Blind => {}
        }
    }

    /// Whether a tab is between the fence and the mirror with tokens of this login.
    pub fn is_being_mirrored(&self, family: u16) -> bool {
        let is_its = |copy: &Copied| copy.token.is_some_and(|token| token.family == family);
        self.ops.iter().any(|op| matches!(&op.what, What::Write(_, copy, _, Some(Wrote::Committed)) if is_its(copy)))
    }

    /// The mirror follows, and the tab hears of it.
    fn written(&mut self, op: Op) {
        let What::Write(ticket, copy, _, Some(wrote)) = op.what else { return };
        let (epoch, burials) = self.tabs[op.tab].buried_in(&copy);
        let is_over = burials > op.burials && epoch > copy.mark().epoch;
        let wrote = if is_over { Wrote::Overtaken } else { wrote };
        match wrote {
            Wrote::Committed if copy.is_for_tab() => {
                self.own_written(op.tab, &copy);
                self.tell_others(op.tab);
            }
            Wrote::Committed => {
                self.leave_own(op.tab);
                let was_empty = self.store.mirror.is_none();
                self.store.follow(&copy, self.contract);
                // A logout that came between had nothing to take out of the mirror.
                if was_empty && self.contract.keeps(Promise::Heals) {
                    self.store.heal();
                }
                self.tell_others(op.tab);
                if std::mem::take(&mut self.tabs[op.tab].fell_back) {
                    self.input(op.tab, Input::StorageFellBack(StorageKind::Local, StorageOperation::Write));
                }
            }
            Wrote::Alone => {
                self.leave_own(op.tab);
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
                self.keep_cookie(flight.phase, said);
                self.heard(op.tab, flight.token, said);
                self.input(op.tab, Input::Replied(ticket, Ok(said.response())));
            }
            (None, Some(_)) => {}
        }
    }

    fn serve(&mut self, tab: usize, phase: Phase, token: Option<Token>, abandoned: bool) -> Said {
        match (phase, token) {
            (Phase::Login, _) => {
                let said = self.server.login(self.now.mono.0);
                self.in_body(said)
            }
            (Phase::Refresh, None) if self.has_cookie() => Said::Refused,
            (Phase::Refresh, Some(token)) => {
                let said = self.server.refresh(token, abandoned, self.now.mono.0);
                self.s09_no_family_is_revoked_without_need(tab, token);
                self.in_body(said)
            }
            (Phase::Refresh | Phase::Logout | Phase::Api, _) => self.server.revoke(token),
        }
    }

    /// Nobody hears of this one any more; the server may.
    pub fn lose(&mut self, op: Op, why: TransportError) {
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

    /// The machine withdraws a request; the server may see it all the same.
    pub fn withdraw(&mut self, tab: usize, ticket: Ticket) {
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

    /// A tab is gone, and all that only it could go on with.
    pub fn crash(&mut self, tab: usize) {
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
