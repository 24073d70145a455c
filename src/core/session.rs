//! The session: one machine that decides, without a browser.
//!
//! # Contract
//! - [`Session::handle`] takes what happened and returns what to do. Run the effects in order, then feed
//!   back what they bring. It never blocks, never calls back, and reads no clock of its own.
//! - [`Session::deadline`] is the one instant at which it wants `Input::ClockTicked`. Early, late and
//!   doubled calls are harmless; its value may change with every `handle`.
//! - [`Session::snapshot`], [`Session::token`] show the state and change nothing.
//!
//! # States
//! ```text
//!                 something is wanted: AcquireLock
//!   ┌─────────┐ ─────────────────────────────────► ┌─────────┐
//!   │ Resting │                                    │ Waiting │
//!   └─────────┘ ◄───────────────────────────────── └─────────┘
//!     ▲  ▲  ▲    denied, or no longer wanted            │ LockGranted: ReadStore
//!     │  │  │                                           ▼
//!     │  │  │    nothing left to do: ReleaseLock  ┌───────────┐  cookies     ┌────────────┐
//!     │  │  └──────────────────────────────────── │ Rereading │ ───────────► │ Exchanging │
//!     │  │                                        └───────────┘ ◄─────────── └────────────┘
//!     │  │                                          │ ▲   │         Replied
//!     │  │               login, logout: WriteStore  │ │   │ tokens to renew: WriteStore(marker)
//!     │  │                    ┌─────────────────────┘ │   ▼
//!     │  │                    │            Overtaken  │ ┌─────────┐
//!     │  │                    │           ┌───────────┤ │ Marking │
//!     │  │                    ▼           │           │ └─────────┘
//!     │  │  ReleaseLock ┌────────┐        │   refused │   │ Saved: Send
//!     │  └───────────── │ Saving │ ───────┘           │   ▼
//!     │     then tell   └────────┘                    │ ┌────────────┐
//!     │                    ▲                          └─┤            │
//!     │                    │  new tokens, or trouble    │ Refreshing │
//!     │                    └─────────────────────────── │            │
//!     │       logged out meanwhile: ReleaseLock         └────────────┘
//!     └────────────────────────────────────────────────────┘
//! ```
//! What the lock is wanted for stands beside the state: a logout to be confirmed, a login to be stored, tokens to
//! be renewed. Whoever holds it does the first of these, and lets it go. `Disposed` ends everything.
//!
//! # One refresh, told
//! 1. A caller wants a token and too little is left: the caller becomes a waiter, the lock is asked for.
//! 2. The lock is granted: the store is read, and the fence beside it, because the store alone may show what was.
//! 3. There are newer tokens: another tab was faster. They are adopted, the lock is let go, the waiter answered.
//! 4. Else the store is told that the refresh token is about to be spent, and it is sent. Callers that come now
//!    join the waiters; one with enough left is answered at once.
//! 5. The reply is stored, unless something newer stands there by now: who logged out meanwhile wins, and what came
//!    too late is handed back to the server. Then the lock is let go; then the other tabs and the subscribers are told.
//! 6. No reply: the session stays, every tab is told of the wait, and it is tried again after 250-750 ms, 1-2 s,
//!    3-5 s, and then ever longer.

mod effect;
#[cfg(not(target_arch = "wasm32"))]
mod fingerprint;
mod input;
mod limits;
mod login;
mod logout;
mod refresh;
mod state;
mod stored;
mod told;
mod transition;
mod waiters;

use std::rc::Rc;

pub use effect::{Answer, Effect, Place};
pub use input::{Input, NotSaved, Reply, Saved, Ticket, WaiterId};

use super::error::{AuthError, Phase, SessionEndReason};
use super::event::{SessionEvent, StorageKind, Warning, WarningCode};
use super::explain::Trace;
use super::options::{Options, RefreshMode};
use super::platform::Platform;
use super::record::Mark;
use super::redact::Secrets;
use super::rejection;
use super::reply::Exchange;
use super::schedule::{self, Obtained};
use super::sight::Over;
use super::snapshot::{Activity, Snapshot, Status};
use super::transport::HttpResponse;
use super::tree::Tree;
use super::units::{Millis, MonoMillis, Now, UnixMillis};
use state::{Commit, Ending, EndingStage, Held, LoginAttempt, LoginStage, State};
use waiters::Waiters;

/// The machine.
#[derive(Clone, Debug)]
pub struct Session {
    options: Rc<Options>,
    platform: PlatformParsers,
    state: State,
    /// The session that callers are served from.
    held: Option<Held>,
    /// Counts the tokens that were held, so that a waiter knows newer ones.
    serial: u32,
    /// What a refresh brought, not stored yet.
    renewed: Option<Held>,
    /// A refusal, until it is known that what was refused is the newest.
    refusal: Option<(SessionEndReason, AuthError)>,
    /// The login that is out.
    login: Option<LoginAttempt>,
    /// The login that was granted, not stored yet.
    commit: Option<Box<Commit>>,
    /// The end of a session, to be confirmed under the lock.
    burial: Option<Mark>,
    /// Logouts that came before the store was read: whatever it holds is over. These wait.
    forgetting: Vec<WaiterId>,
    /// Logouts whose server part is out.
    endings: Vec<Ending>,
    /// A look at the store without the lock.
    peek: Option<Ticket>,
    /// Whether the store has been read.
    is_known: bool,
    /// Whether the store is left alone, because a newer version of this package wrote it.
    is_newer: bool,
    waiters: Waiters,
    /// The highest mark seen: nothing older is ever taken up.
    floor: Mark,
    /// No background refresh before this: after waking, and while another tab keeps the lock.
    calm_until: MonoMillis,
    /// Whether a caller wants new tokens now, whatever our own short waits.
    is_urgent: bool,
    /// Whether the clock called when a background refresh was due.
    is_time: bool,
    /// Whether an answer may have been lost before the refresh that is out.
    was_marked: bool,
    /// What the store held when it was read under the lock.
    over: Over,
    /// The mark of what is being written.
    writing_mark: Mark,
    /// Whether it was disposed of while a refresh was out, and only waits to store what comes.
    is_closing: bool,
    /// When somebody last used the page, in any tab.
    active: Obtained,
    /// When the other tabs were last told of that.
    active_shared: UnixMillis,
    is_warned_of_limit: bool,
    trace: Trace,
    last_ticket: Ticket,
    chance: SplitMix64,
    visible: bool,
    end_reason: Option<SessionEndReason>,
    storage: StorageKind,
    warnings: Vec<Warning>,
}

/// A token as the shell may keep it for callers, and how long.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenView {
    /// The access token.
    pub token: super::secret::SharedSecret,
    /// When it expires by the monotonic clock; `None` when unknown.
    pub mono: Option<MonoMillis>,
    /// When it expires by the wall clock; `None` when unknown.
    pub wall: Option<UnixMillis>,
    /// What must be left of it for a caller who names no least.
    pub leeway: Millis,
}

impl Session {
    /// A session that has not looked at the store yet. `seed` is all the chance it will ever have.
    #[must_use]
    pub fn new(options: Options, platform: Platform, seed: u64) -> Self {
        Self {
            storage: options.storage,
            warnings: options.warnings.clone(),
            options: Rc::new(options),
            platform: PlatformParsers(platform),
            state: State::Resting,
            held: None,
            serial: 0,
            renewed: None,
            refusal: None,
            login: None,
            commit: None,
            burial: None,
            forgetting: Vec::new(),
            endings: Vec::new(),
            peek: None,
            is_known: false,
            is_newer: false,
            waiters: Waiters::default(),
            floor: Mark::default(),
            calm_until: MonoMillis(i64::MIN),
            is_urgent: false,
            is_time: false,
            was_marked: false,
            over: Over::default(),
            writing_mark: Mark::default(),
            is_closing: false,
            active: Obtained { wall: UnixMillis(i64::MIN), mono: MonoMillis(i64::MIN) },
            active_shared: UnixMillis(i64::MIN),
            is_warned_of_limit: false,
            trace: Trace::default(),
            last_ticket: Ticket::default(),
            chance: SplitMix64(seed),
            visible: true,
            end_reason: None,
        }
    }

    /// Takes what happened; returns what to do.
    #[must_use = "effects must be run before the next input"]
    pub fn handle(&mut self, now: Now, input: Input) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.trace.note_input(now, &input);
        self.step(now, input, &mut effects);
        if self.is_closing {
            effects.retain(|effect| !matches!(effect, Effect::Emit(_)));
        }
        effects.iter().for_each(|effect| self.trace.note_effect(now, effect));
        effects
    }

    /// The last steps of this tab.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// When to call with `ClockTicked`, if ever.
    #[must_use]
    pub fn deadline(&self) -> Option<MonoMillis> {
        let resting = matches!(self.state, State::Resting);
        if self.is_closing {
            return None;
        }
        let by_session = self.held.as_ref().filter(|_| resting).and_then(|held| self.held_deadline(held));
        [by_session, self.waiters.deadline()].into_iter().flatten().min()
    }

    /// Whether there is a session.
    #[must_use]
    pub fn status(&self) -> Status {
        match (self.shown(), self.is_known) {
            (Some(_), _) => Status::Active,
            (None, false) if self.forgetting.is_empty() && !self.is_closing => Status::Restoring,
            (None, _) => Status::SignedOut,
        }
    }

    /// The session as far as anybody is to know of it: none once it was disposed of.
    fn shown(&self) -> Option<&Held> {
        self.held.as_ref().filter(|_| !self.is_closing)
    }

    /// Whether something is still to be done for a session that was disposed of.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.is_closing && !matches!(self.state, State::Disposed)
    }

    /// Whether an answer with this ticket would still be heard.
    #[must_use]
    pub fn awaits(&self, ticket: Ticket) -> bool {
        self.state.ticket() == Some(ticket)
            || self.peek == Some(ticket)
            || self.is_login(ticket)
            || self.is_ending(ticket)
    }

    /// The options it was made with.
    #[must_use]
    pub fn options(&self) -> &Rc<Options> {
        &self.options
    }

    /// The access token callers may be handed without asking.
    #[must_use]
    pub fn token(&self) -> Option<TokenView> {
        let held = self.shown()?;
        let lifetime = held.session.tokens.lifetime;
        Some(TokenView {
            token: held.session.tokens.access_token.clone()?,
            mono: lifetime.map(|lifetime| held.obtained.mono.plus(lifetime)),
            wall: held.expires_at(),
            leeway: self.least_left(held, None),
        })
    }

    /// What subscribers see.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let held = self.shown();
        let tokens = held.map(|held| &held.session.tokens);
        let is_ending = self.endings.iter().any(|ending| !ending.waiters.is_empty());
        let activity = if self.login.is_some() || self.commit.is_some() {
            Some(Activity::SigningIn)
        } else if held.is_some() && matches!(&self.state, State::Marking(_) | State::Refreshing(_)) {
            Some(Activity::Refreshing)
        } else {
            is_ending.then_some(Activity::SigningOut)
        };
        // An instant of the monotonic clock, as the wall clock shows it.
        let on_the_wall = |held: &Held, mono: MonoMillis| held.obtained.wall.plus(mono.since(held.obtained.mono));
        Snapshot {
            status: self.status(),
            activity,
            user: tokens.and_then(|tokens| tokens.user.clone()),
            scope: tokens.and_then(|tokens| tokens.scope.clone()),
            token_type: tokens.and_then(|tokens| tokens.token_type.clone()),
            issued_at: held.map(|held| held.obtained.wall),
            expires_at: held.and_then(Held::expires_at),
            refresh_at: held.and_then(|held| Some(on_the_wall(held, self.refresh_at(held)?))),
            extra: tokens.map_or(Tree::Map(Vec::new()), |tokens| tokens.extra.clone()),
            end_reason: if held.is_some() { None } else { self.end_reason },
            storage: self.storage,
            warnings: self.warnings.clone(),
        }
    }

    /// Reads the refusal of a call of the caller's own; `None` for a success.
    #[must_use]
    pub fn read_api_answer(&self, now: Now, response: &HttpResponse) -> Option<AuthError> {
        let mut secrets = Secrets::default();
        if let Some(view) = self.token() {
            secrets.add(view.token.expose());
        }
        let exchange = self.exchange(&self.options, Phase::Api, now, &secrets);
        let is_expired_success = rejection::means_expired(response, &exchange);
        if (200..400).contains(&response.status) && !is_expired_success {
            return None;
        }
        Some(rejection::decode(response, &exchange))
    }

    fn exchange<'a>(&'a self, options: &'a Options, phase: Phase, sent: Now, secrets: &'a Secrets) -> Exchange<'a> {
        Exchange { phase, options, platform: &self.platform.0, sent_at: sent.wall, secrets }
    }

    fn ticket(&mut self) -> Ticket {
        self.last_ticket = Ticket(self.last_ticket.0.saturating_add(1));
        self.last_ticket
    }

    fn warn(&mut self, code: WarningCode, message: &str, effects: &mut Vec<Effect>) {
        if self.warnings.iter().all(|known| known.code != code) {
            let warning = Warning { code, message: message.to_owned() };
            self.warnings.push(warning.clone());
            effects.push(Effect::Emit(SessionEvent::Warning(warning)));
        }
    }

    /// Whether something held, or a cookie, can renew this session.
    fn can_renew(&self, held: &Held) -> bool {
        use super::dialect::RefreshBy;
        self.options.dialect.refresh.as_ref().is_some_and(|refresh| match refresh.by {
            RefreshBy::Grant | RefreshBy::Endpoint => held.session.tokens.refresh_token.is_some(),
            RefreshBy::AccessToken => held.session.tokens.access_token.is_some(),
            RefreshBy::Cookie => true,
            RefreshBy::Never => false,
        })
    }

    /// What must be left of a token that is handed out. One that cannot be renewed is used to its end.
    fn least_left(&self, held: &Held, asked: Option<Millis>) -> Millis {
        let usual = || match held.session.tokens.lifetime.filter(|_| self.can_renew(held)) {
            Some(lifetime) => schedule::leeway(lifetime),
            None => Millis::ZERO,
        };
        asked.unwrap_or_else(usual)
    }

    fn margin(&self, held: &Held) -> Option<Millis> {
        let lifetime = held.session.tokens.lifetime?;
        Some(schedule::margin(lifetime, self.options.refresh_margin, held.chance))
    }

    /// When the background refresh is due; `None` when none is planned.
    fn refresh_at(&self, held: &Held) -> Option<MonoMillis> {
        if self.options.refresh_mode == RefreshMode::OnDemand || !self.can_renew(held) {
            return None;
        }
        let due = if held.session.tokens.access_token.is_none() {
            held.obtained.mono
        } else {
            let planned = held.session.tokens.lifetime?.minus(self.margin(held)?);
            held.obtained.mono.plus(planned.max(schedule::SOONEST))
        };
        match &held.trouble {
            Some(trouble) if !trouble.error.code().row().retryable => None,
            Some(trouble) => Some(due.max(trouble.not_before)),
            None => Some(due),
        }
    }

    fn held_deadline(&self, held: &Held) -> Option<MonoMillis> {
        let retry = held.trouble.as_ref().filter(|_| !self.waiters.none_for_tokens()).map(|trouble| trouble.not_before);
        let refresh = self.refresh_at(held).filter(|_| self.visible).map(|due| due.max(self.calm_until));
        let end = held.session.tokens.lifetime.filter(|_| !self.can_renew(held)).map(|lifetime| {
            let warning = self.margin(held).filter(|_| !held.warned).unwrap_or(Millis::ZERO);
            held.obtained.mono.plus(lifetime.minus(warning))
        });
        [retry, refresh, end, self.limit_deadline(held)].into_iter().flatten().min()
    }

    /// What the lock is wanted for, if for anything.
    fn wants_lock(&self, now: Now) -> bool {
        self.burial.is_some()
            || self.commit.is_some()
            || self.renewed.is_some()
            || self.login.as_ref().is_some_and(|login| matches!(login.stage, LoginStage::Held(_)))
            || self.endings.iter().any(|ending| matches!(ending.stage, EndingStage::Held(..)))
            || self.held.as_ref().is_some_and(|held| self.wants_refresh(held, now))
    }
}

/// Function pointers have no useful `Debug`.
#[derive(Clone, Copy)]
struct PlatformParsers(Platform);

impl std::fmt::Debug for PlatformParsers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Platform")
    }
}

/// Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014. Spreads timers and names
/// sessions; nothing secret is made of it.
#[derive(Clone, Debug)]
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// 0 to 999.
    fn permille(&mut self) -> u32 {
        (self.next() % 1000) as u32
    }
}
