//! One tab: the shipped machine, and what the page around it remembers.

use std::cell::RefCell;

use serde_json::json;
use wasm_auth_session::core::record::Mark;
use wasm_auth_session::core::session::{Place, Session};

use super::machine::Machine;
use super::store::{Copied, Written};
use super::wire::Token;
use crate::support::{self, NATIVE};

/// What a caller waits for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Want {
    /// A token.
    Token,
    /// New tokens.
    Refresh,
    /// To be logged in.
    Login,
    /// To be logged out, of this login.
    Logout(Option<u16>),
    /// To know whether a session is there.
    Restore,
}

/// A caller.
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    /// Its promise.
    pub id: u32,
    /// What it wants.
    pub want: Want,
    /// Since when.
    pub since: i64,
    /// Its tab has slept since.
    pub slept: bool,
}

/// One tab.
#[derive(Clone, Debug)]
pub struct Tab {
    /// The machine.
    pub session: Machine,
    /// Neither closed nor crashed.
    pub alive: bool,
    /// Nothing of it runs.
    pub frozen: bool,
    /// Somebody looks at it.
    pub visible: bool,
    /// It has been told to look at the store, and has not yet.
    pub hinted: bool,
    /// It has been told that the mirror is full.
    pub fell_back: bool,
    /// What its own storage holds, which outlives the page.
    pub own: Option<Copied>,
    /// It was opened as a copy of another.
    pub copied: bool,
    /// What no place could take.
    pub memory: Option<Copied>,
    /// Its callers.
    pub waiting: Vec<Waiting>,
    /// What it held before it heard what it heard last.
    pub held: Option<Token>,
    /// The newest that it held: the place of the login, and the step.
    pub newest: (u16, u16),
    /// The login it last logged out of.
    pub gone: Option<u16>,
    /// A refusal it heard, of what was then the newest token.
    pub refused: Option<Token>,
    /// Whether the last caller who asked for a token got one.
    pub told: Option<bool>,
    /// The epoch before which everything is over, and how often that was said: what was asked for before is not written.
    pub buried: (u64, u32),
    /// The same for what is this tab's alone.
    pub own_buried: u64,
    /// It did not get the lock in time.
    pub denied: bool,
    /// It was disposed of.
    pub disposed: bool,
    /// When its hint is to arrive, where a schedule says so.
    pub hint_at: i64,
}

impl Tab {
    /// A page just opened. `which` settles its chance.
    pub fn open(which: usize, by_cookie: bool) -> Self {
        Self {
            session: Machine::new(fresh(which, by_cookie)),
            alive: true,
            frozen: false,
            visible: true,
            hinted: false,
            denied: false,
            fell_back: false,
            own: None,
            copied: false,
            memory: None,
            waiting: Vec::new(),
            held: None,
            newest: (0, 0),
            gone: None,
            refused: None,
            told: None,
            buried: (0, 0),
            own_buried: 0,
            disposed: false,
            hint_at: 0,
        }
    }

    /// Whether it can do anything now.
    pub fn runs(&self) -> bool {
        self.alive && !self.frozen
    }

    /// What is of an older epoch is over: everything, or what is this tab's alone.
    pub fn bury(&mut self, mark: Mark, place: Place) {
        self.buried.1 += 1;
        self.own_buried = self.own_buried.max(mark.epoch);
        if place == Place::Asked {
            self.buried.0 = mark.epoch;
        }
    }

    /// The epoch before which nothing like this is written, and how often something was buried.
    pub fn buried_in(&self, copy: &Written) -> (u64, u32) {
        (if copy.is_for_tab() { self.own_buried } else { self.buried.0 }, self.buried.1)
    }

    /// A promise for one more caller.
    pub fn promise(&mut self, want: Want, since: i64) -> u32 {
        let is_taken = |id: &u32| self.waiting.iter().any(|waiting| waiting.id == *id);
        let id = (0..).find(|id| !is_taken(id)).unwrap_or_default();
        self.waiting.push(Waiting { id, want, since, slept: false });
        id
    }

    /// The tokens it would hand out, whether or not they are over.
    pub fn token(&self) -> Option<Token> {
        self.session.token()
    }

    /// Whoever waits now cannot be answered in time.
    pub fn sleep(&mut self) {
        self.waiting.iter_mut().for_each(|waiting| waiting.slept = true);
    }

    /// Whether a caller waits for tokens.
    pub fn is_asked(&self) -> bool {
        self.waiting.iter().any(|waiting| matches!(waiting.want, Want::Token | Want::Refresh))
    }
}

/// No two pages of a trace have the same chance: logins are told apart by it.
const SEEDS: usize = 1_009;

thread_local! {
    static FRESH: RefCell<[Vec<Session>; 2]> = const { RefCell::new([Vec::new(), Vec::new()]) };
}

/// A machine that has not looked at the store. Options are parsed once a thread.
fn fresh(which: usize, by_cookie: bool) -> Session {
    FRESH.with_borrow_mut(|known| {
        let known = &mut known[usize::from(by_cookie)];
        if known.is_empty() {
            let mut given = json!({
                "baseUrl": "https://api.example.com", "preset": "oauth2-form", "reply": { "user": "/user" },
            });
            if by_cookie {
                given["request"] = json!({ "password": { "credentials": "include" } });
                given["refresh"] = json!({ "by": "cookie", "url": "/refresh", "encoding": "none" });
                given["end"] =
                    json!({ "by": "endpoint", "url": "/logout", "encoding": "none", "credentials": "include" });
            }
            let options = support::options(&given);
            known.extend((0..SEEDS).map(|seed| Session::new(options.clone(), NATIVE, seed as u64)));
        }
        known[which % SEEDS].clone()
    })
}
