//! A small world without chance: two clocks that move when told, one store, one fence and one lock for all
//! tabs, and a server that rotates refresh tokens and refuses a spent one. Every answer to an effect can be held
//! back, so that other inputs come first. What the contract of the effects promises is asserted on the way.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Value, json};
use wasm_auth_session::core::error::{AuthError, Phase, StorageOperation};
use wasm_auth_session::core::event::SessionEvent;
use wasm_auth_session::core::options::Options;
use wasm_auth_session::core::record::{Mark, Record, Stored};
use wasm_auth_session::core::request::{Body, HttpRequest};
use wasm_auth_session::core::session::{Answer, Effect, Input, NotSaved, Place, Saved, Session, Ticket, WaiterId};
use wasm_auth_session::core::sight::{Fenced, Over, Sight};
use wasm_auth_session::core::snapshot::{Snapshot, Status};
use wasm_auth_session::core::transport::{HttpResponse, TransportError};
use wasm_auth_session::core::tree::Tree;
use wasm_auth_session::core::units::{Millis, MonoMillis, Now, UnixMillis};

use crate::support::{self, NATIVE};

pub type Told = Result<Answer, AuthError>;
pub type Reply = Result<HttpResponse, TransportError>;

pub const HOUR: i64 = 3_600_000;

/// What an answer can be held back for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Lock,
    Read,
    Write,
    Reply,
}

/// An answer that is held back, or a request that nobody has answered.
#[derive(Clone, Debug)]
pub struct Kept {
    pub tab: usize,
    pub kind: Kind,
    pub ticket: Ticket,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Input(Box<Input>),
    Grant,
    Request(Box<HttpRequest>),
}

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub struct Sent {
    pub phase: Phase,
    pub url: String,
    pub fields: BTreeMap<String, String>,
}

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

/// Rotates; a spent refresh token is refused and remembered.
pub struct Server {
    pub lifetime: Value,
    pub rotates: bool,
    pub user: Option<String>,
    pub cookie: Option<String>,
    pub reused: Vec<String>,
    pub revoked: Vec<String>,
    current: BTreeSet<String>,
    issued: u32,
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

    /// Time passes: every tab is called at each deadline it names, and no later.
    pub fn advance(&mut self, milliseconds: i64) {
        let end = self.now.mono.plus(Millis(milliseconds));
        let mut calls = 0_u32;
        loop {
            let due = (0..self.tabs.len())
                .filter_map(|tab| Some((self.tabs[tab].session.deadline()?, tab)))
                .min()
                .filter(|(due, _)| *due <= end);
            let Some((due, tab)) = due else { break };
            self.clocks_to(due.max(self.now.mono));
            let visible = self.tabs[tab].visible;
            self.input(tab, Input::ClockTicked { visible });
            calls += 1;
            assert!(calls < 100_000, "it wants to be called without end");
        }
        self.clocks_to(end);
    }

    /// Time passes, and no timer fires.
    pub fn sleep(&mut self, milliseconds: i64) {
        self.clocks_to(self.now.mono.plus(Millis(milliseconds)));
    }

    fn clocks_to(&mut self, mono: MonoMillis) {
        self.now.wall = self.now.wall.plus(mono.since(self.now.mono));
        self.now.mono = mono;
    }

    /// How long until a tab wants to be called.
    pub fn until_deadline(&self, tab: usize) -> Option<i64> {
        Some(self.tabs[tab].session.deadline()?.since(self.now.mono).0)
    }

    // ── Holding back ────────────────────────────────────────────────────────────────────────────────

    /// Answers of this kind are held back from now on.
    pub fn hold(&mut self, kind: Kind) {
        self.hold.push(kind);
    }

    /// Nothing is held back any more from now on; what is held stays so.
    pub fn stop_holding(&mut self) {
        self.hold.clear();
    }

    /// Gives what is held back, in order, and whatever follows.
    pub fn release(&mut self) {
        self.stop_holding();
        while !self.kept.is_empty() {
            self.release_at(0);
        }
    }

    /// Gives one held answer.
    pub fn release_at(&mut self, index: usize) {
        let kept = self.kept.remove(index);
        match kept.what {
            What::Input(input) => self.tabs[kept.tab].inputs.push_back(*input),
            What::Grant => self.queue_for_lock(kept.tab, kept.ticket),
            What::Request(request) => {
                let reply = self.serve(&request);
                self.tabs[kept.tab].inputs.push_back(Input::Replied(kept.ticket, reply));
            }
        }
        self.settle();
    }

    /// Answers the first held request in another way.
    pub fn release_with(&mut self, reply: Reply) {
        let index = self.kept.iter().position(|kept| kept.kind == Kind::Reply).expect("a request is out");
        let kept = self.kept.remove(index);
        self.input(kept.tab, Input::Replied(kept.ticket, reply));
    }

    /// The lock asked for cannot be had.
    pub fn deny_lock(&mut self) {
        let index = self.kept.iter().position(|kept| kept.kind == Kind::Lock).expect("the lock is asked for");
        let kept = self.kept.remove(index);
        self.input(kept.tab, Input::LockDenied(kept.ticket));
    }

    // ── Running ─────────────────────────────────────────────────────────────────────────────────────

    fn take(&mut self, tab: usize, input: Input) {
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

    fn settle(&mut self) {
        let mut steps = 0_u32;
        while let Some(tab) = (0..self.tabs.len()).find(|tab| !self.tabs[*tab].inputs.is_empty()) {
            if let Some(input) = self.tabs[tab].inputs.pop_front() {
                self.take(tab, input);
            }
            steps += 1;
            assert!(steps < 100_000, "it never comes to rest");
        }
    }

    fn run(&mut self, tab: usize, effect: Effect) {
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
            Effect::Bury(mark) => self.bury(tab, mark),
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

    fn give_input(&mut self, tab: usize, kind: Kind, ticket: Ticket, input: Input) {
        self.give(tab, kind, ticket, What::Input(Box::new(input)));
    }

    fn give(&mut self, tab: usize, kind: Kind, ticket: Ticket, what: What) {
        self.tickets.insert(ticket);
        // Held answers come in order: what is asked for after a held one of its kind is held too.
        self.kept.push(Kept { tab, kind, ticket, what });
        if !self.hold.contains(&kind) {
            let last = self.kept.len() - 1;
            let kept = self.kept.remove(last);
            match kept.what {
                What::Input(input) => self.tabs[tab].inputs.push_back(*input),
                What::Grant => self.queue_for_lock(tab, ticket),
                What::Request(request) => {
                    let reply = self.serve(&request);
                    self.tabs[tab].inputs.push_back(Input::Replied(ticket, reply));
                }
            }
        }
    }

    fn queue_for_lock(&mut self, tab: usize, ticket: Ticket) {
        self.queue.push_back((tab, ticket));
        self.grant_next();
    }

    fn grant_next(&mut self) {
        if self.lock.is_some() {
            return;
        }
        if let Some((tab, ticket)) = self.queue.pop_front() {
            self.lock = Some(tab);
            self.tabs[tab].acquired += 1;
            self.tabs[tab].inputs.push_back(Input::LockGranted(ticket));
        }
    }

    fn hint_others(&mut self, tab: usize) {
        if self.hints {
            for other in (0..self.tabs.len()).filter(|other| *other != tab) {
                self.tabs[other].inputs.push_back(Input::StoreHinted);
            }
        }
    }

    // ── The store ───────────────────────────────────────────────────────────────────────────────────

    fn in_cookie_mode(&self) -> bool {
        self.given["refresh"]["by"] == "cookie"
    }

    fn read_shared(&self) -> Stored {
        match &self.store {
            None => Stored::Nothing,
            Some(tree) => Record::from_tree(tree, self.in_cookie_mode()),
        }
    }

    /// This tab's own record first, then the shared one, then what a full storage could not take.
    fn read(&self, tab: usize) -> Stored {
        let tab = &self.tabs[tab];
        match (&tab.own, &self.store, &tab.memory) {
            (Some(tree), _, _) => Record::from_tree(tree, self.in_cookie_mode()),
            (None, Some(_), _) => self.read_shared(),
            (None, None, Some(record)) => Stored::Record(record.clone()),
            (None, None, None) => Stored::Nothing,
        }
    }

    fn look_at_store(&self, tab: usize) -> Sight {
        match &self.stale {
            None => Sight::unfenced(self.read(tab)),
            Some(stale) => Sight {
                shown: Record::from_tree(stale, self.in_cookie_mode()),
                fenced: Fenced::Whole { copy: self.read(tab), alone: false },
            },
        }
    }

    fn write(&mut self, tab: usize, record: Record, place: Place, over: Over) -> Saved {
        if over.is_shown && self.read(tab) == Stored::Nothing {
            return Err(NotSaved::Overtaken);
        }
        if matches!(self.read(tab), Stored::Record(stored) if stored.mark >= record.mark) {
            return Err(NotSaved::Overtaken);
        }
        let tree = record.to_tree(!self.in_cookie_mode());
        let full = self.broken || self.full && record.session.is_some();
        let written = (!full).then_some(tree);
        match place {
            Place::Tab => {
                self.store = None;
                self.tabs[tab].own = written;
            }
            Place::Asked => {
                self.tabs[tab].own = None;
                self.store = written;
            }
        }
        self.hint_others(tab);
        self.tabs[tab].memory = full.then_some(record);
        if full { Err(NotSaved::Failed(StorageOperation::Write)) } else { Ok(()) }
    }

    /// Whatever is of an older epoch gives way to a tombstone.
    fn bury(&mut self, tab: usize, mark: Mark) {
        let cookie_mode = self.in_cookie_mode();
        let is_older = |tree: &Tree| match Record::from_tree(tree, cookie_mode) {
            Stored::Record(record) => record.mark.epoch < mark.epoch,
            Stored::Nothing | Stored::Corrupt | Stored::Outdated => true,
            Stored::Newer => false,
        };
        let tombstone = Record { mark, session: None };
        if self.tabs[tab].own.as_ref().is_some_and(is_older) {
            self.tabs[tab].own = None;
        }
        if self.store.as_ref().is_none_or(is_older) {
            self.store = (!self.broken).then(|| tombstone.to_tree(true));
            self.hint_others(tab);
        }
        if let Some(memory) = self.tabs[tab].memory.as_mut().filter(|memory| memory.mark.epoch < mark.epoch) {
            *memory = tombstone;
        }
    }

    /// What this tab alone holds, as JSON.
    pub fn own(&self, tab: usize) -> Option<Value> {
        self.tabs[tab].own.as_ref().map(support::json)
    }

    // ── The server ──────────────────────────────────────────────────────────────────────────────────

    fn serve(&mut self, request: &HttpRequest) -> Reply {
        if let Some(reply) = self.script.pop_front() {
            return reply;
        }
        let fields = fields(&request.body);
        let by_cookie = self.in_cookie_mode();
        let server = &mut self.server;
        match request.phase {
            Phase::Login => {
                server.user = fields.get("username").cloned();
                Ok(server.grant(by_cookie))
            }
            Phase::Refresh => {
                let spent = match (by_cookie, fields.get("refresh_token")) {
                    (true, _) => server.cookie.clone(),
                    (false, token) => token.cloned(),
                };
                match spent {
                    Some(token) if server.rotates && !server.current.remove(&token) => {
                        if !server.revoked.contains(&token) {
                            server.reused.push(token);
                        }
                        Ok(refused(400, "invalid_grant"))
                    }
                    Some(_) => Ok(server.grant(by_cookie)),
                    None => Ok(refused(401, "invalid_grant")),
                }
            }
            Phase::Logout | Phase::Api => {
                let token = if by_cookie { server.cookie.take() } else { fields.get("token").cloned() };
                if let Some(token) = token {
                    server.current.remove(&token);
                    server.revoked.push(token);
                }
                Ok(reply(200, json!({})))
            }
        }
    }
}

impl Server {
    /// A refresh token that was granted by other means.
    pub fn grant_elsewhere(&mut self) -> String {
        self.issued += 1;
        let refresh_token = format!("refresh-{}", self.issued);
        self.current.insert(refresh_token.clone());
        refresh_token
    }

    fn grant(&mut self, by_cookie: bool) -> HttpResponse {
        self.issued += 1;
        let refresh_token = format!("refresh-{}", self.issued);
        let mut body = json!({
            "access_token": format!("access-{}", self.issued),
            "token_type": "bearer",
            "expires_in": self.lifetime,
            "user": self.user,
        });
        self.current.insert(refresh_token.clone());
        if by_cookie {
            self.cookie = Some(refresh_token);
        } else if self.rotates || self.issued == 1 {
            body["refresh_token"] = json!(refresh_token);
        }
        reply(200, body)
    }
}

thread_local! {
    static PARSED: RefCell<BTreeMap<String, Options>> = const { RefCell::new(BTreeMap::new()) };
}

/// Options, parsed once: thousands of worlds have the same.
fn parsed(given: &Value) -> Options {
    PARSED.with_borrow_mut(|known| known.entry(given.to_string()).or_insert_with(|| support::options(given)).clone())
}

/// A reply with a JSON body.
pub fn reply(status: u16, body: Value) -> HttpResponse {
    support::answer(status, support::tree(&body))
}

/// A refusal (RFC 6749 section 5.2).
pub fn refused(status: u16, error: &str) -> HttpResponse {
    reply(status, json!({ "error": error }))
}

fn fields(body: &Body) -> BTreeMap<String, String> {
    match body {
        Body::Empty => BTreeMap::new(),
        Body::Form(form) => form_urlencoded::parse(form.expose().as_bytes()).into_owned().collect(),
        Body::Json(tree) => tree
            .entries()
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), value.as_text()?.to_owned())))
            .collect(),
    }
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
