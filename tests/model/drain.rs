//! What must hold once things have calmed down: nothing fails any more, everybody is scheduled fairly, and what is
//! under way comes to its end.

use wasm_auth_session::core::snapshot::Status;

use super::act::Act;
use super::audit::Broken;
use super::cookie::Jar;
use super::tab::{Tab, Want};
use super::wire::Token;
use super::world::World;

/// More steps than any calm world takes.
const STEPS: u32 = 5_000;
/// Longer than any wait that is not asked for by the server.
const PATIENCE: i64 = 150_000;
/// A caller who is turned away tries again so often, a minute apart.
const TRIES: u32 = 70;

/// Lets a world calm down, and tells what does not hold then.
pub fn drain(world: &mut World) -> Option<Broken> {
    for tab in 0..world.tabs.len() {
        world.apply(Act::Thaw(tab as u8));
    }
    // What nobody waits for is lost on the way.
    world.ops.retain(|op| op.flight().is_none_or(|flight| flight.ticket.is_some()));
    quiet(world);
    world.l5_a_logout_needs_no_second_hint();
    for tab in &mut world.tabs {
        tab.hinted = tab.alive;
    }
    quiet(world);
    world.l3_the_lock_is_let_go();
    world.l4_tabs_agree();
    world.l1_every_logout_is_answered();
    world.s04_a_logout_holds_though_its_page_is_left();
    world.s04_the_server_knows_of_every_logout();
    world.l2_who_is_signed_in_gets_a_token();
    // What would follow is tried on a copy: who asked for calm may want to look at what it left.
    let mut after = world.clone();
    after.l5_a_logout_reaches_every_tab();
    after.ledger.broken
}

/// Everything that is due happens, first come first served; no time passes.
pub fn quiet(world: &mut World) {
    for _ in 0..STEPS {
        let Some(act) = next(world) else { return };
        world.apply(act);
    }
    world.ledger.breaks("L3", "it does not come to rest".to_owned());
}

fn next(world: &World) -> Option<Act> {
    let can_go_on =
        |at: &usize| (world.ops[*at].is_remote() || world.tabs[world.ops[*at].tab].runs()) && world.is_in_turn(*at);
    if let Some(at) = (0..world.ops.len()).find(can_go_on) {
        return Some(Act::Step(world.name(at)));
    }
    let tabs = 0..world.tabs.len() as u8;
    tabs.flat_map(|tab| [Act::Hint(tab), Act::Deny(tab), Act::Tick(tab)]).find(|act| world.may(*act))
}

/// Time passes until something is due, at most so long; `false` when nothing came due.
pub fn wait(world: &mut World, most: i64) -> bool {
    let due = world.tabs.iter().filter(|tab| tab.runs()).filter_map(|tab| tab.session.deadline());
    let Some(due) = due.min() else { return false };
    let by = due.since(world.now.mono).0.max(1);
    if by > most {
        return false;
    }
    world.apply(Act::Pass(by));
    quiet(world);
    true
}

/// Time passes until an alarm is due, and no further.
pub fn wait_for_alarm(world: &mut World) -> bool {
    let due = world.tabs.iter().filter(|tab| tab.runs()).filter_map(|tab| tab.session.deadline()).min();
    let Some(due) = due else { return false };
    world.apply(Act::Pass(due.since(world.now.mono).0.max(0)));
    (0..world.tabs.len() as u8).any(|tab| world.apply(Act::Tick(tab)))
}

impl World {
    /// L3: the lock is let go, and nobody waits for it.
    fn l3_the_lock_is_let_go(&mut self) {
        if !self.lock.holders.is_empty() || !self.lock.queue.is_empty() || !self.ops.is_empty() {
            let how = format!("holders {:?}, {} wait", self.lock.holders, self.lock.queue.len());
            self.ledger.breaks("L3", how);
        }
    }

    /// L4: tabs agree on who is signed in, with which tokens; and with the store.
    fn l4_tabs_agree(&mut self) {
        if !self.is_in_order() {
            return;
        }
        let views: Vec<(usize, Option<Token>)> = self.views().collect();
        for (tab, view) in &views {
            self.l4_somebody_holds_what_the_server_gave_last(*view);
            let stored = self.stored_for(*tab);
            if *view != stored {
                self.ledger.breaks("L4", format!("tab {} holds {view:?}, the store {stored:?}", tab + 1));
            }
        }
    }

    /// What tabs hold.
    fn views(&self) -> impl Iterator<Item = (usize, Option<Token>)> {
        self.tabs.iter().enumerate().filter(|(_, tab)| tab.is_taking_part()).map(|(at, tab)| (at, tab.token()))
    }

    fn l4_somebody_holds_what_the_server_gave_last(&mut self, view: Option<Token>) {
        let Some(token) = view.filter(|_| self.server.rotates && !self.has_cookie()) else { return };
        let family = self.server.family(token);
        let is_left = family.newest > token.step && !family.unheard && !family.unsaved && family.over.is_none();
        if is_left {
            self.ledger.breaks("L4", format!("nobody holds what the server gave last; a tab holds {token:?}"));
        }
    }

    /// An emptied store remembers no order, and a clock that was set back cannot give one; nor can a store that did not
    /// take everything.
    fn is_in_order(&self) -> bool {
        let is_orderless = self.ledger.cleared && self.ledger.jumps > 0;
        !is_orderless && !self.server.families.iter().any(|family| family.unsaved)
    }

    /// L5: where hints arrive, nobody holds what another tab has logged out of.
    fn l5_a_logout_needs_no_second_hint(&mut self) {
        if self.ledger.hushed || !self.is_in_order() || self.store.newest().is_some() {
            return;
        }
        let is_over = |token: Token| self.server.families[usize::from(token.family)].logged_out;
        let holds = |tab: &Tab| tab.is_taking_part() && tab.token().is_some_and(is_over);
        if let Some(tab) = self.tabs.iter().position(holds) {
            self.ledger.breaks("L5", format!("tab {} holds what was logged out of until it is told again", tab + 1));
        }
    }

    /// L5: a logout reaches every tab at once: in no more time than it takes to be told of it and to look.
    fn l5_a_logout_reaches_every_tab(&mut self) {
        let holds = |tab: &Tab| tab.token().filter(|_| tab.is_taking_part()).map(|token| token.family);
        let first = self.tabs.iter().enumerate().find_map(|(at, tab)| Some((at, holds(tab)?)));
        let Some((at, family)) = first.filter(|_| self.is_in_order() && self.ledger.broken.is_none()) else { return };
        self.apply(Act::Logout(at as u8));
        quiet(self);
        if let Some(left) = self.tabs.iter().position(|tab| holds(tab) == Some(family)) {
            let how = format!("tab {} still holds what tab {} has logged out of", left + 1, at + 1);
            self.ledger.breaks("L5", how);
        }
    }

    /// L1: nothing is under way that a logout could still wait for.
    fn l1_every_logout_is_answered(&mut self) {
        let waits = |tab: &Tab| tab.waiting.iter().any(|waiting| matches!(waiting.want, Want::Logout(_)));
        if let Some(tab) = self.tabs.iter().position(|tab| tab.alive && waits(tab)) {
            self.ledger.breaks("L1", format!("tab {}: a logout is never answered", tab + 1));
        }
    }

    /// S4: what was logged out of is not stored, though its page was left at once. A clock that was set back gives no order.
    fn s04_a_logout_holds_though_its_page_is_left(&mut self) {
        let stored = self.store.newest().filter(|token| self.ledger.left.contains(&token.family));
        if let Some(token) = stored.filter(|_| self.is_in_order() && self.ledger.jumps == 0) {
            let how = format!("login {} is stored after its logout, whose page was left", token.family + 1);
            self.ledger.breaks("S4", how);
        }
    }

    /// S4: where no request was lost, what was logged out of is over at the server too, whoever held the newest tokens.
    fn s04_the_server_knows_of_every_logout(&mut self) {
        // Who finds another login in place of the one before cannot tell whether that one was logged out of.
        let (is_replaced, has_cookie) = (self.ledger.logins > 1, self.has_cookie());
        let is_left = |family: &super::server::Family| {
            let is_late = !has_cookie && family.committed < Some(family.newest);
            family.resolved && family.over.is_none() && (is_late || !is_replaced)
        };
        // Its cookie crossed that of a refresh: it was spent by then, and its answer took the new one from the browser.
        let is_nobodys = self.ledger.crossed && self.jar == Some(Jar::default());
        let is_excused = self.ledger.mishap || self.ledger.cleared || is_nobodys;
        if !is_excused && self.server.families.iter().any(is_left) {
            self.ledger.breaks("S4", "a login goes on at the server after its logout".to_owned());
        }
    }

    /// L2: whoever is signed in gets a token, in the time that waits may take; L1: or is told otherwise.
    fn l2_who_is_signed_in_gets_a_token(&mut self) {
        for tab in 0..self.tabs.len() {
            if !self.tabs[tab].is_taking_part() || self.ledger.broken.is_some() {
                continue;
            }
            for _ in 0..TRIES {
                if self.ask_and_wait(tab) {
                    break;
                }
            }
            let holds = self.tabs[tab].token();
            let is_good = holds.is_some_and(|token| self.server.family(token).over.is_none());
            if is_good && self.tabs[tab].told != Some(true) {
                self.ledger.breaks("L2", format!("tab {} gets no token for {holds:?}", tab + 1));
            }
        }
    }

    /// Whether a caller was given a token, or there is no session.
    fn ask_and_wait(&mut self, tab: usize) -> bool {
        self.tabs[tab].told = None;
        self.apply(Act::Ask(tab as u8));
        quiet(self);
        let until = self.now.mono.0 + PATIENCE;
        while self.tabs[tab].told.is_none() && self.now.mono.0 < until {
            if !wait(self, PATIENCE) {
                break;
            }
        }
        match self.tabs[tab].told {
            None => {
                self.ledger.breaks("L1", format!("tab {}: a caller is never answered", tab + 1));
                true
            }
            Some(true) => true,
            Some(false) => {
                // Waits may be long, those that the server asked for up to an hour.
                self.pass(60_000);
                self.tabs[tab].token().is_none()
            }
        }
    }
}

impl Tab {
    /// Whether it still has a part in the session, or has one already.
    fn is_taking_part(&self) -> bool {
        self.alive && !self.disposed && self.session.status() != Status::Restoring
    }
}
