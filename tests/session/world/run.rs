//! What the machine wants done is done, and what comes of it is given to the tabs.

use wasm_auth_session::core::session::{Effect, Input, Ticket};
use wasm_auth_session::core::transport::TransportError;

use super::World;
use super::held::{Kept, Kind, What};
use super::server::{Sent, fields};
use crate::support;

impl World {
    pub(super) fn take(&mut self, tab: usize, input: Input) {
        if let Some(debug) = &mut self.debug {
            debug.push_str(&format!("{input:?}\n"));
        }
        let is_dispose = matches!(input, Input::Dispose);
        // What a refresh brings is stored even then.
        let was_disposed = self.tabs[tab].disposed && !self.tabs[tab].session.is_busy();
        let effects = self.tabs[tab].session.handle(self.now, input);
        if let Some(debug) = &mut self.debug {
            debug.push_str(&format!("{effects:?}\n"));
        }
        if was_disposed {
            let is_allowed = |effect: &Effect| matches!(effect, Effect::Answer(..));
            assert!(effects.iter().all(is_allowed), "after it was disposed of: {effects:?}");
        }
        self.tabs[tab].disposed |= is_dispose;
        self.tabs[tab].effects.extend(effects.iter().cloned());
        effects.into_iter().for_each(|effect| self.run(tab, effect));
    }

    pub(super) fn settle(&mut self) {
        let mut steps = 0_u32;
        while let Some(tab) = (0..self.tabs.len()).find(|tab| !self.tabs[*tab].inputs.is_empty()) {
            if let Some(input) = self.tabs[tab].inputs.pop_front() {
                self.take(tab, input);
            }
            steps += 1;
            assert!(steps < 100_000, "it never comes to rest");
        }
    }

    pub(super) fn run(&mut self, tab: usize, effect: Effect) {
        match effect {
            Effect::AcquireLock(ticket) => self.give(tab, Kind::Lock, ticket, What::Grant),
            Effect::ReleaseLock if self.lock == Some(tab) => {
                self.tabs[tab].released += 1;
                self.tabs[tab].inputs.retain(|input| !matches!(input, Input::LockGranted(_)));
                self.lock = None;
                self.grant_next();
            }
            // It no longer waits.
            Effect::ReleaseLock => {
                let waited = self.queue.len() + self.kept.len();
                self.queue.retain(|(waiting, _)| *waiting != tab);
                self.kept.retain(|kept| kept.tab != tab || kept.kind != Kind::Lock);
                assert!(
                    self.queue.len() + self.kept.len() < waited,
                    "only who holds it or waits for it lets the lock go"
                );
            }
            Effect::ReadStore(ticket) => {
                let sight = self.look_at_store(tab);
                self.give_input(tab, Kind::Read, ticket, Input::StoreRead(ticket, sight));
            }
            Effect::Bury(mark, place) => self.bury(tab, mark, place),
            Effect::WriteStore(ticket, record, place, over) => {
                assert_eq!(self.lock, Some(tab), "what is written is written under the lock");
                let saved = self.write(tab, record, place, over);
                self.give_input(tab, Kind::Write, ticket, Input::Saved(ticket, saved));
            }
            Effect::HintPeers => self.hint_others(tab),
            Effect::ShareActivity(_) => {}
            Effect::Send(ticket, request) => {
                self.sent.push(Sent { phase: request.phase, url: request.url.clone(), fields: fields(&request.body) });
                self.give(tab, Kind::Reply, ticket, What::Request(Box::new(request)));
            }
            Effect::CancelSend(ticket) => {
                if let Some(index) = self.kept.iter().position(|kept| kept.tab == tab && kept.ticket == ticket) {
                    self.kept.remove(index);
                    self.tabs[tab].inputs.push_back(Input::Replied(ticket, Err(TransportError::Cancelled)));
                }
            }
            Effect::Answer(waiter, told) => {
                let all = self.answers.entry(waiter).or_default();
                assert!(all.is_empty(), "{waiter:?} was told {all:?} and now {told:?}");
                all.push(told);
            }
            Effect::Emit(event) => {
                if let Some(debug) = &mut self.debug {
                    debug.push_str(&format!("{}\n", support::json(&event.detail())));
                }
                self.tabs[tab].events.push(event);
            }
        }
    }

    pub(super) fn give_input(&mut self, tab: usize, kind: Kind, ticket: Ticket, input: Input) {
        self.give(tab, kind, ticket, What::Input(Box::new(input)));
    }

    pub(super) fn give(&mut self, tab: usize, kind: Kind, ticket: Ticket, what: What) {
        self.tickets.insert(ticket);
        let kept = Kept { tab, kind, ticket, what };
        if self.hold.contains(&kind) {
            self.kept.push(kept);
        } else {
            self.deliver(kept);
        }
    }

    pub(super) fn deliver(&mut self, Kept { tab, ticket, what, .. }: Kept) {
        match what {
            What::Input(input) => self.tabs[tab].inputs.push_back(*input),
            What::Grant => self.queue_for_lock(tab, ticket),
            What::Request(request) => {
                let reply = self.serve(&request);
                self.tabs[tab].inputs.push_back(Input::Replied(ticket, reply));
            }
        }
    }

    pub(super) fn queue_for_lock(&mut self, tab: usize, ticket: Ticket) {
        self.queue.push_back((tab, ticket));
        self.grant_next();
    }

    pub(super) fn grant_next(&mut self) {
        if self.lock.is_some() {
            return;
        }
        if let Some((tab, ticket)) = self.queue.pop_front() {
            self.lock = Some(tab);
            self.tabs[tab].acquired += 1;
            self.tabs[tab].inputs.push_back(Input::LockGranted(ticket));
        }
    }

    pub(super) fn hint_others(&mut self, tab: usize) {
        if self.hints {
            for other in (0..self.tabs.len()).filter(|other| *other != tab) {
                self.tabs[other].inputs.push_back(Input::StoreHinted);
            }
        }
    }
}
