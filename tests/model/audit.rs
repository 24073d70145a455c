//! What is written down of a trace, so that the invariants can be judged at each step.

use std::fmt::Write as _;

use wasm_auth_session::core::error::{AuthError, Phase};
use wasm_auth_session::core::event::SessionEvent;
use wasm_auth_session::core::session::{Answer, WaiterId};

use super::act::LOCK_TIMEOUT;
use super::cookie::Jar;
use super::op::What;
use super::store::{Copied, Written};
use super::tab::Want;
use super::wire::{Said, Token};
use super::world::World;

/// An invariant that does not hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken {
    /// Which.
    pub rule: &'static str,
    /// How.
    pub how: String,
}

/// What has happened so far.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Users who logged in.
    pub logins: u32,
    /// Of these, for one tab only.
    pub here: u32,
    /// It begins with a session that one tab keeps to itself: what ends that one ends no other.
    pub alone: bool,
    /// Pages that were opened in the place of others.
    pub opened: usize,
    /// Login requests.
    pub login_requests: u32,
    /// Refresh requests.
    pub refreshes: u32,
    /// Tabs that crashed with the lock.
    pub crashed: u32,
    /// A request or its answer went astray, or a tab with it.
    pub mishap: bool,
    /// Somebody emptied the store.
    pub cleared: bool,
    /// A hint was lost.
    pub hushed: bool,
    /// Logins that a tab logged out of whose page was left before that was confirmed.
    pub left: Vec<u16>,
    /// A logout was sent without the lock, which could not be had in time, or a page was disposed of that had not stored its
    /// login yet: one cookie may have crossed another.
    pub crossed: bool,
    /// Jumps of the wall clock.
    pub jumps: u32,
    /// Alarms, answers and timeouts come when they are due: promises can be timed.
    pub timed: bool,
    /// There is no lock: that refreshes collide is not held against anybody.
    pub unlocked: bool,
    /// Everything that is printed is searched for tokens.
    pub searched: bool,
    /// When refreshes were sent that brought nothing: family and instant.
    pub fruitless: Vec<(u16, i64)>,
    /// When refreshes were sent, where somebody counts them.
    pub sent_at: Option<Vec<i64>>,
    /// Answers that callers got.
    pub answers: u32,
    /// Subscribers were told of other tokens.
    pub has_news: bool,
    /// Logins that reached the store.
    pub stored: u16,
    /// The first invariant that broke.
    pub broken: Option<Broken>,
    /// Every input and effect, where somebody reads along.
    pub notes: Option<String>,
}

impl Ledger {
    /// Writes down an input or effect; it must not show a token.
    pub fn note(&mut self, line: impl FnOnce() -> String) {
        if self.notes.is_none() && !self.searched {
            return;
        }
        let line = line();
        super::invariants::s13_no_token_is_printed(self, &line);
        if let Some(notes) = &mut self.notes {
            let _ = writeln!(notes, "{line}");
        }
    }

    /// An invariant does not hold. Only the first is kept.
    pub fn breaks(&mut self, rule: &'static str, how: String) {
        if !(self.unlocked && matches!(rule, "S1" | "S2" | "S8")) {
            self.broken.get_or_insert(Broken { rule, how });
        }
    }
}

impl World {
    /// A request leaves a tab.
    pub fn sent(&mut self, tab: usize, phase: Phase, token: Option<Token>) {
        match (phase, token) {
            (Phase::Login, _) => {
                self.ledger.login_requests += 1;
                self.s11_a_login_is_sent_once();
            }
            (Phase::Refresh, Some(token)) => {
                self.ledger.refreshes += 1;
                let now = self.now.mono.0;
                if let Some(sent_at) = &mut self.ledger.sent_at {
                    sent_at.push(now);
                }
                self.s01_one_refresh_is_in_flight(tab, token);
                self.s02_a_token_is_presented_again_only_if_its_reply_was_lost(tab, token);
                self.s08_nothing_older_than_the_store_is_sent(tab, token);
                self.s10_fruitless_refreshes_are_few(token);
            }
            (Phase::Logout, _) => self.ledger.crossed |= self.has_cookie() && !self.lock.is_held_by(tab),
            (Phase::Refresh | Phase::Api, _) => {}
        }
    }

    /// The server's answer reaches a tab.
    pub fn heard(&mut self, tab: usize, token: Option<Token>, said: Said) {
        let Some(token) = token else { return };
        match said {
            Said::Refused => {
                let is_its = |stored: Token| stored == token || self.has_cookie() && stored.family == token.family;
                let is_newest = self.stored_for(tab).is_some_and(is_its) || self.server.family(token).unsaved;
                let was_ended = self.server.family(token).logged_out || self.ledger.cleared;
                if is_newest || was_ended {
                    self.tabs[tab].refused = Some(token);
                    self.server.family(token).reported = true;
                }
            }
            Said::Failed(..) => self.fruitless(token),
            // By cookie every tab gets tokens of its own: where one got some, the next begins anew.
            Said::Kept(_, lifetime) if self.has_cookie() && lifetime > 0 => {
                self.ledger.fruitless.retain(|(family, _)| *family != token.family);
            }
            Said::Granted(..) | Said::Kept(..) | Said::Done => {}
        }
    }

    /// A refresh brought nothing.
    fn fruitless(&mut self, token: Token) {
        let now = self.now.mono.0;
        self.ledger.fruitless.retain(|(_, at)| now - at < 30_000);
        self.ledger.fruitless.push((token.family, now));
    }

    /// A reply that the server gave is lost.
    pub fn unheard(&mut self, token: Option<Token>) {
        let Some(token) = token else { return };
        self.fruitless(token);
        let family = self.server.family(token);
        if family.newest > token.step {
            family.unheard = true;
        }
    }

    /// A tab is gone that may have heard what it had not yet stored.
    pub fn unkept(&mut self) {
        self.ledger.crashed += 1;
        let jar = self.jar;
        for (at, family) in self.server.families.iter_mut().enumerate() {
            let cookie = |jar: Jar| jar.0.filter(|token| usize::from(token.family) == at).map(|token| token.step);
            let kept = jar.map_or(family.committed, cookie);
            family.unheard |= kept.is_none_or(|kept| kept < family.newest);
        }
    }

    /// The fence took a record.
    pub fn committed(&mut self, tab: usize, before: Option<&Written>, copy: &Copied) {
        self.s05_generations_increase_and_records_are_whole(before, copy);
        self.s06_a_renewal_stays_in_its_session(tab, before, copy);
        if let Some(token) = copy.token {
            if self.server.family(token).committed.is_none() {
                self.ledger.stored += 1;
                self.server.family(token).place = self.ledger.stored;
            }
            let family = self.server.family(token);
            family.committed = family.committed.max(Some(token.step));
            if token.step == family.newest {
                family.unheard = false;
            }
        }
        self.s04_what_was_logged_out_of_is_not_stored();
    }

    /// No place took a record: it is kept in the tab, and what the server thinks of the rest is nobody's fault.
    pub fn unsaved(&mut self, tab: usize, copy: &Copied) {
        self.ledger.mishap = true;
        if let Some(token) = copy.token {
            self.server.family(token).unsaved = true;
        }
        self.tabs[tab].memory = Some(copy.clone());
    }

    /// A caller is answered.
    pub fn answered(&mut self, tab: usize, waiter: WaiterId, answer: &Result<Answer, AuthError>) {
        self.ledger.answers += 1;
        let callers = &mut self.tabs[tab].waiting;
        let Some(at) = callers.iter().position(|waiting| waiting.id == waiter.0) else {
            return self.ledger.breaks("L1", format!("tab {}: a caller is answered twice", tab + 1));
        };
        let waiting = callers.remove(at);
        self.l1_promises_settle_in_time(tab, waiting);
        if waiting.want == Want::Token {
            self.tabs[tab].told = Some(answer.is_ok());
        }
        match (waiting.want, answer) {
            (_, Ok(Answer::Token(token))) => {
                if let Some(token) = Token::parse(token.expose()) {
                    self.handed_out(tab, token);
                }
            }
            // Who could not have the lock in time was told without knowing what its holder still mirrors.
            (Want::Logout(Some(family)), Ok(_)) if !(self.tabs[tab].denied && self.is_being_mirrored(family)) => {
                self.server.families[usize::from(family)].resolved = true;
                self.s04_what_was_logged_out_of_is_not_stored();
            }
            (Want::Logout(Some(family)), Err(AuthError::Disposed)) => self.ledger.left.push(family),
            (_, _) => {}
        }
    }

    fn handed_out(&mut self, tab: usize, token: Token) {
        if self.tabs[tab].gone == Some(token.family) {
            let how = format!("tab {} hands out a token of the session it logged out of", tab + 1);
            self.ledger.breaks("S4", how);
        }
        self.a_token_that_is_over_is_not_handed_out(tab, token);
    }

    /// Subscribers are told.
    pub fn emitted(&mut self, tab: usize, event: &SessionEvent) {
        let is_news = matches!(
            event,
            SessionEvent::SignedIn { .. } | SessionEvent::Refreshed { .. } | SessionEvent::UserChanged { .. }
        );
        self.ledger.has_news |= is_news;
        if let SessionEvent::SignedOut { reason } = event {
            self.s03_nobody_is_signed_out_without_a_reason(tab, *reason);
            self.s07_an_end_after_a_lost_reply_says_so(tab, *reason);
            self.tabs[tab].refused = None;
        }
    }

    /// How long a caller may wait for this.
    pub fn patience(&self, want: Want) -> i64 {
        let options = self.tabs.first().map(|tab| tab.session.options());
        let timeout = options.map_or(0, |options| options.timeout.0);
        let logout = options.map_or(0, |options| options.logout_timeout.0);
        match want {
            Want::Token | Want::Refresh | Want::Restore => timeout + 5_000,
            // The request, then the lock, then the store.
            Want::Login => timeout + LOCK_TIMEOUT,
            // A refresh that is out is waited for; then the server is told, and the store cleared under the lock.
            Want::Logout(_) => timeout + logout + LOCK_TIMEOUT,
        }
    }

    /// Whether a burial of this tab is on its way to the fence.
    pub fn is_burying(&self, tab: usize) -> bool {
        self.ops.iter().any(|op| op.tab == tab && matches!(op.what, What::Bury(..)))
    }
}
