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
//! be renewed. Whoever holds it does the first of these, and lets it go; but a login that has been granted is stored under the hold in
//! which the logout before it was confirmed. `Disposed` ends everything.
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

mod chance;
mod due;
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
mod view;
mod waiters;
mod written;

use std::rc::Rc;

pub use effect::{Answer, Effect, Place};
pub use input::{Input, NotSaved, Reply, Saved, Ticket, WaiterId};
pub use view::TokenView;

use super::error::{AuthError, Phase, SessionEndReason};
use super::event::{SessionEvent, StorageKind, Warning, WarningCode};
use super::explain::Trace;
use super::options::Options;
use super::platform::Platform;
use super::record::Mark;
use super::redact::Secrets;
use super::reply::Exchange;
use super::schedule::Obtained;
use super::sight::Over;
use super::snapshot::Status;
use super::units::{MonoMillis, Now, UnixMillis};
use chance::SplitMix64;
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
    /// Logouts that came before the store was read: what it holds is over, if it is older than this. These wait.
    forgetting: Vec<(WaiterId, Mark)>,
    /// Logouts whose server part is out.
    endings: Vec<Ending>,
    /// A look at the store without the lock.
    peek: Option<Ticket>,
    /// Whether the store has been read.
    is_known: bool,
    /// Whether it has changed since, as far as other tabs tell.
    is_hinted: bool,
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
    /// How often a write has been overtaken since the lock was granted.
    overtaken: u8,
    /// Whether it was disposed of while a refresh was out, and only waits to store what comes.
    is_closing: bool,
    /// When somebody last used the page, in any tab.
    active: Obtained,
    /// When tabs last told each other of that.
    active_shared: UnixMillis,
    is_warned_of_idling: bool,
    is_warned_of_end: bool,
    trace: Trace,
    last_ticket: Ticket,
    chance: SplitMix64,
    visible: bool,
    end_reason: Option<SessionEndReason>,
    storage: StorageKind,
    warnings: Vec<Warning>,
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
            overtaken: 0,
            endings: Vec::new(),
            peek: None,
            is_known: false,
            is_hinted: false,
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
            is_warned_of_idling: false,
            is_warned_of_end: false,
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
