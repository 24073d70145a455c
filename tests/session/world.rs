//! A small world without chance: two clocks that move when told, one store, one fence and one lock for all
//! tabs, and a server that rotates refresh tokens and refuses a spent one. Every answer to an effect can be held
//! back, so that other inputs come first. What the contract of the effects promises is asserted on the way.

mod held;
mod run;
mod server;
mod store;
mod time;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Value, json};
use wasm_auth_session::core::error::{AuthError, Phase};
use wasm_auth_session::core::event::SessionEvent;
use wasm_auth_session::core::options::Options;
use wasm_auth_session::core::record::{Mark, Record, Stored};
use wasm_auth_session::core::session::{Answer, Effect, Input, Session, Ticket, WaiterId};
use wasm_auth_session::core::snapshot::{Snapshot, Status};
use wasm_auth_session::core::transport::{HttpResponse, TransportError};
use wasm_auth_session::core::tree::Tree;
use wasm_auth_session::core::units::{Millis, MonoMillis, Now, UnixMillis};

pub use self::held::{Kept, Kind};
pub use self::server::{Sent, Server, refused, reply};
use crate::support::{self, NATIVE};

pub type Told = Result<Answer, AuthError>;
pub type Reply = Result<HttpResponse, TransportError>;

pub const HOUR: i64 = 3_600_000;

pub struct Tab {
    pub session: Session,
    pub events: Vec<SessionEvent>,
    pub effects: Vec<Effect>,
    pub visible: bool,
    pub acquired: u32,
    pub released: u32,
    pub disposed: bool,
    /// This tab's own storage.
    own: Option<Tree>,
    /// What a full storage could not take.
    memory: Option<Record>,
    inputs: VecDeque<Input>,
}

pub struct World {
    pub given: Value,
    pub tabs: Vec<Tab>,
    pub now: Now,
    pub store: Option<Tree>,
    /// What the store shows instead: then a fence beside it holds what it really holds.
    pub stale: Option<Tree>,
    pub sent: Vec<Sent>,
    pub server: Server,
    pub script: VecDeque<Reply>,
    pub kept: Vec<Kept>,
    pub hints: bool,
    /// Storage takes no session.
    pub full: bool,
    /// Storage takes nothing, not even a tombstone.
    pub broken: bool,
    /// Whatever is written is not new enough for it.
    pub overtakes: bool,
    pub answers: BTreeMap<WaiterId, Vec<Told>>,
    pub waiters: Vec<WaiterId>,
    pub tickets: BTreeSet<Ticket>,
    /// The `Debug` of everything that went in and out, where it is kept.
    pub debug: Option<String>,
    hold: Vec<Kind>,
    lock: Option<usize>,
    queue: VecDeque<(usize, Ticket)>,
}

impl World {
    /// One tab; the options are laid over those of a plain OAuth 2 server that names its user.
    pub fn new(over: Value) -> Self {
        let mut given =
            json!({ "baseUrl": "https://api.example.com", "preset": "oauth2-form", "reply": { "user": "/user" } });
        overlay(&mut given, over);
        let mut world = Self {
            given,
            tabs: Vec::new(),
            now: Now { wall: UnixMillis(1_700_000_000_000), mono: MonoMillis(5_000) },
            store: None,
            stale: None,
            sent: Vec::new(),
            server: Server {
                lifetime: json!(3600),
                rotates: true,
                user: None,
                cookie: None,
                reused: Vec::new(),
                revoked: Vec::new(),
                current: BTreeSet::new(),
                issued: 0,
            },
            script: VecDeque::new(),
            kept: Vec::new(),
            hints: true,
            full: false,
            broken: false,
            overtakes: false,
            answers: BTreeMap::new(),
            waiters: Vec::new(),
            tickets: BTreeSet::new(),
            debug: None,
            hold: Vec::new(),
            lock: None,
            queue: VecDeque::new(),
        };
        world.open_tab();
        world
    }

    /// A session that is signed in as `ada`.
    pub fn signed_in(over: Value) -> Self {
        let mut world = Self::new(over);
        world.restore(0);
        let login = world.login(0, "ada");
        assert_eq!(world.told(login), Ok(Answer::Done));
        world.forget();
        world
    }

    /// Refreshes by a cookie that the page never sees.
    pub fn with_cookie() -> Value {
        json!({
            "request": { "password": { "credentials": "include" } },
            "refresh": { "by": "cookie", "url": "/refresh", "encoding": "none" },
            "end": { "by": "endpoint", "url": "/logout", "encoding": "none", "credentials": "include" },
        })
    }

    /// Nothing renews the session.
    pub fn without_refresh() -> Value {
        json!({ "refresh": { "by": "never" }, "end": { "by": "none" } })
    }

    /// Options on top of options.
    pub fn both(mut under: Value, over: Value) -> Value {
        overlay(&mut under, over);
        under
    }

    /// One more tab, with nothing in memory.
    pub fn open_tab(&mut self) -> usize {
        let seed = 7 + self.tabs.len() as u64;
        self.tabs.push(Tab {
            session: Session::new(parsed(&self.given), NATIVE, seed),
            events: Vec::new(),
            effects: Vec::new(),
            visible: true,
            acquired: 0,
            released: 0,
            disposed: false,
            own: None,
            memory: None,
            inputs: VecDeque::new(),
        });
        self.tabs.len() - 1
    }

    /// The page is loaded anew: what was in memory is gone.
    pub fn reload(&mut self, tab: usize) {
        let own = self.tabs[tab].own.take();
        let fresh = self.open_tab();
        self.tabs.swap(tab, fresh);
        self.tabs.pop();
        self.tabs[tab].own = own;
        self.kept.retain(|kept| kept.tab != tab);
        self.queue.retain(|(waiting, _)| *waiting != tab);
        if self.lock == Some(tab) {
            self.lock = None;
            self.grant_next();
        }
    }

    // ── What callers do ─────────────────────────────────────────────────────────────────────────────

    pub fn waiter(&mut self) -> WaiterId {
        let id = WaiterId(self.waiters.len() as u32);
        self.waiters.push(id);
        id
    }

    fn ask(&mut self, tab: usize, input: impl FnOnce(WaiterId) -> Input) -> WaiterId {
        let waiter = self.waiter();
        self.input(tab, input(waiter));
        waiter
    }

    pub fn login(&mut self, tab: usize, user: &str) -> WaiterId {
        self.login_with(tab, json!({ "username": user, "password": "hunter2" }), true)
    }

    pub fn login_with(&mut self, tab: usize, credentials: Value, remember: bool) -> WaiterId {
        let grant = credentials["grant"].as_str().unwrap_or("password").to_owned();
        let credentials = support::tree(&credentials);
        self.ask(tab, |waiter| Input::Login { waiter, grant, credentials, remember })
    }

    pub fn adopt(&mut self, tab: usize, reply: Value) -> WaiterId {
        let reply = support::tree(&reply);
        self.ask(tab, |waiter| Input::Adopt { waiter, reply, remember: true })
    }

    pub fn restore(&mut self, tab: usize) -> WaiterId {
        self.ask(tab, Input::Restore)
    }

    pub fn logout(&mut self, tab: usize) -> WaiterId {
        self.ask(tab, Input::Logout)
    }

    pub fn token(&mut self, tab: usize) -> WaiterId {
        self.ask(tab, |waiter| Input::TokenWanted(waiter, None))
    }

    pub fn token_for(&mut self, tab: usize, least: i64) -> WaiterId {
        self.ask(tab, |waiter| Input::TokenWanted(waiter, Some(Millis(least))))
    }

    pub fn refresh(&mut self, tab: usize) -> WaiterId {
        self.ask(tab, Input::RefreshWanted)
    }

    pub fn dispose(&mut self, tab: usize) {
        self.input(tab, Input::Dispose);
    }

    pub fn look(&mut self, tab: usize, visible: bool) {
        self.tabs[tab].visible = visible;
        self.input(tab, Input::ClockTicked { visible });
    }

    /// Takes an input, and runs everything that follows from it.
    pub fn input(&mut self, tab: usize, input: Input) {
        self.take(tab, input);
        self.settle();
    }

    // ── What is seen ────────────────────────────────────────────────────────────────────────────────

    /// What a waiter was told; it must have been told exactly once.
    pub fn told(&self, waiter: WaiterId) -> Told {
        let told = self.answers.get(&waiter).map(Vec::as_slice).unwrap_or_default();
        assert_eq!(told.len(), 1, "{waiter:?} was told {told:?}");
        told[0].clone()
    }

    pub fn is_waiting(&self, waiter: WaiterId) -> bool {
        !self.answers.contains_key(&waiter)
    }

    /// The code a waiter was refused with.
    pub fn code(&self, waiter: WaiterId) -> &'static str {
        self.told(waiter).expect_err("it was refused").code().row().name
    }

    /// The token a waiter was handed.
    pub fn token_of(&self, waiter: WaiterId) -> String {
        match self.told(waiter) {
            Ok(Answer::Token(token)) => token.expose().to_owned(),
            other => panic!("no token: {other:?}"),
        }
    }

    pub fn snapshot(&self, tab: usize) -> Snapshot {
        self.tabs[tab].session.snapshot()
    }

    pub fn status(&self, tab: usize) -> Status {
        self.tabs[tab].session.status()
    }

    /// Names of the events since [`World::forget`].
    pub fn events(&self, tab: usize) -> Vec<&'static str> {
        self.tabs[tab].events.iter().map(SessionEvent::name).collect()
    }

    pub fn count(&self, phase: Phase) -> usize {
        self.sent.iter().filter(|sent| sent.phase == phase).count()
    }

    /// The record that tabs share.
    pub fn stored(&self) -> Stored {
        self.read_shared()
    }

    pub fn stored_session(&self) -> bool {
        matches!(self.read_shared(), Stored::Record(Record { session: Some(_), .. }))
    }

    pub fn mark(&self) -> Mark {
        match self.read_shared() {
            Stored::Record(record) => record.mark,
            other => panic!("no record: {other:?}"),
        }
    }

    pub fn lock_is_free(&self) -> bool {
        self.lock.is_none() && self.queue.is_empty()
    }

    /// Starts counting events and requests anew.
    pub fn forget(&mut self) {
        self.sent.clear();
        for tab in &mut self.tabs {
            tab.events.clear();
            tab.effects.clear();
        }
    }

    // ── Time ────────────────────────────────────────────────────────────────────────────────────────
}

thread_local! {
    static PARSED: RefCell<BTreeMap<String, Options>> = const { RefCell::new(BTreeMap::new()) };
}

/// Options, parsed once: thousands of worlds have the same.
fn parsed(given: &Value) -> Options {
    PARSED.with_borrow_mut(|known| known.entry(given.to_string()).or_insert_with(|| support::options(given)).clone())
}

fn overlay(under: &mut Value, over: Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (key, value) in over {
                overlay(under.entry(key).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over,
    }
}
