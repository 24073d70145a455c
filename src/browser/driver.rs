//! The loop: take an input, ask the machine, run its effects, feed back what they bring.
//!
//! The rule that keeps it sound: the machine is borrowed for the length of `handle` and no longer. Effects are
//! owned values, so no borrow is alive while JavaScript runs; what happens meanwhile goes into the queue.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};

use wasm_bindgen_futures::spawn_local;

use super::alarm::Alarm;
use super::clock;
use super::fetch::{self, Abort};
use super::listener::Listener;
use super::page;
use super::platform::{self, BROWSER};
use super::shell::Shell;
use super::store::Store;
use crate::core::dialect::Condition;
use crate::core::error::AuthError;
use crate::core::event::{SessionEvent, StorageKind};
use crate::core::options::Options;
use crate::core::session::{Answer, Effect, Input, Session, Ticket, TokenView, WaiterId};
use crate::core::transport::TransportError;
use crate::core::tree::Tree;
use crate::core::units::Millis;

/// How much longer than a request the lock is waited for: whoever waits must outlast whoever holds it.
const LONGER_THAN_A_REQUEST: Millis = Millis(5_000);
/// How much longer than its requests the lock is held at most, when the store answers as slowly as it may.
const LONGEST_HOLD: Millis = Millis(30_000);

/// The side that speaks to callers. Nothing it does may call back into the driver before it returns.
pub trait Host {
    /// Settles a caller's promise.
    fn answer(&self, waiter: WaiterId, answer: Result<Answer, AuthError>);
    /// Tells the subscribers.
    fn emit(&self, event: &SessionEvent);
    /// Shows the session anew.
    fn show(&self, snapshot: &Tree);
    /// Hands over the access token for callers, or takes it back.
    fn keep(&self, token: Option<&TokenView>);
}

/// A session and the browser it lives in.
pub struct Driver {
    session: RefCell<Session>,
    inputs: RefCell<Vec<Input>>,
    is_running: Cell<bool>,
    shell: Shell,
    store: Rc<Store>,
    alarm: Alarm,
    requests: RefCell<Vec<(Ticket, Rc<Abort>)>>,
    listener: Cell<Option<Listener>>,
    host: Box<dyn Host>,
    shown: RefCell<Tree>,
    kept: RefCell<Option<TokenView>>,
    this: Weak<Self>,
    /// This driver itself, while what it has begun must come to its end though nobody holds it any more.
    kept_alive: RefCell<Option<Rc<Self>>>,
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.shell.close();
    }
}

impl Driver {
    /// Checks the options and sets everything up. Nothing is sent and nothing read yet.
    ///
    /// # Errors
    /// `invalid_options`, `insecure_url`; `storage` where it is required and missing.
    pub fn new(given: &Tree, host: Box<dyn Host>, shell: Shell) -> Result<Rc<Self>, AuthError> {
        let options = Options::parse(given, &BROWSER, platform::page_url().as_ref())?;
        if options.storage == StorageKind::Custom && !shell.has_adapter() {
            return Err(AuthError::invalid("storage", "must be an object with getItem, setItem and removeItem"));
        }
        let key = options.storage_key();
        let longest = options.timeout.plus(options.logout_timeout).plus(LONGEST_HOLD);
        shell.start(&key, options.timeout.plus(LONGER_THAN_A_REQUEST).0 as f64, longest.0 as f64);
        let is_cookie_mode = options.dialect.is_cookie_mode();
        let store = Store::open(shell.clone(), options.storage, key.clone(), is_cookie_mode);
        let fell_back = store.take_fall();
        if let Some((StorageKind::Memory, operation)) = fell_back.filter(|_| options.storage_required) {
            return Err(AuthError::Storage(operation));
        }
        let driver = Rc::new_cyclic(|this: &Weak<Self>| Self {
            session: RefCell::new(Session::new(options, BROWSER, clock::seed())),
            inputs: RefCell::default(),
            is_running: Cell::new(false),
            shell: shell.clone(),
            store: Rc::new(store),
            alarm: Alarm::default(),
            requests: RefCell::default(),
            listener: Cell::default(),
            host,
            shown: RefCell::default(),
            kept: RefCell::default(),
            this: this.clone(),
            kept_alive: RefCell::default(),
        });
        let this = driver.this.clone();
        let counts_use = driver.session.borrow().options().idle_timeout.is_some();
        if counts_use {
            driver.take(page::last_use(&shell));
        }
        driver.listener.set(Some(page::listen(key, shell, counts_use, move |input| hand(&this, input))));
        match fell_back {
            Some((kind, operation)) => driver.take(Input::StorageFellBack(kind, operation)),
            None => driver.take(page::time_passed()),
        }
        Ok(driver)
    }

    /// Takes an input, and runs everything that follows from it, unless that is being done further out.
    pub fn take(&self, input: Input) {
        self.inputs.borrow_mut().push(input);
        if self.is_running.replace(true) {
            return;
        }
        loop {
            // What came meanwhile is taken as a whole, and in order.
            let inputs = self.inputs.take();
            if inputs.is_empty() {
                break;
            }
            for input in inputs {
                let effects = self.session.borrow_mut().handle(clock::now(), input);
                effects.into_iter().for_each(|effect| self.run(effect));
            }
        }
        self.is_running.set(false);
        self.show();
        if !self.session.borrow().is_busy() {
            // Not within the borrow: this may be the last that holds it.
            let alive = self.kept_alive.take();
            drop(alive);
        }
    }

    /// Tells a caller, without asking the machine, that the call makes no sense.
    pub fn refuse(&self, waiter: WaiterId, error: AuthError) {
        self.host.answer(waiter, Err(error));
    }

    /// Reads the refusal of a call of the caller's own; `null` for a success.
    pub async fn read_api_answer(self: Rc<Self>, response: web_sys::Response) -> Option<AuthError> {
        let options = self.session.borrow().options().clone();
        let status = response.status();
        let may_mean = |when: &Condition| when.status.is_empty() || when.status.contains(&status);
        // A success that no row speaks of is one before its body came, which need not ever end.
        if (200..400).contains(&status) && !options.dialect.usage.expired.iter().any(may_mean) {
            return None;
        }
        let answer = fetch::read_what_comes(&response, options.timeout).await;
        self.session.borrow().read_api_answer(clock::now(), &answer)
    }

    /// How and where the access token is used.
    pub fn usage(&self) -> Tree {
        self.session.borrow().options().dialect.usage.to_tree()
    }

    /// The last steps of this session in this tab.
    pub fn explain(&self) -> Tree {
        self.session.borrow().trace().to_tree()
    }

    /// Stops everything this session started. Tokens that are on their way are still stored.
    pub fn dispose(&self) {
        self.take(Input::Dispose);
        if self.session.borrow().is_busy() {
            *self.kept_alive.borrow_mut() = self.this.upgrade();
        }
        self.listener.set(None);
        self.alarm.set(None, clock::now().mono, || {});
    }

    fn run(&self, effect: Effect) {
        match effect {
            Effect::AcquireLock(ticket) => {
                let granted = self.shell.acquire();
                self.later(Box::pin(async move {
                    if Shell::is_granted(granted).await {
                        Input::LockGranted(ticket)
                    } else {
                        Input::LockDenied(ticket)
                    }
                }));
            }
            Effect::ReleaseLock => self.shell.release(),
            Effect::HintPeers => self.shell.tell(),
            Effect::ReadStore(ticket) => {
                let store = self.store.clone();
                self.later(Box::pin(async move { Input::StoreRead(ticket, store.read().await) }));
            }
            Effect::WriteStore(ticket, record, place, over) => {
                let store = self.store.clone();
                self.later(Box::pin(async move { Input::Saved(ticket, store.write(&record, place, over).await) }));
            }
            Effect::Bury(mark, place) => self.store.bury(mark, place),
            Effect::ShareActivity(at) => self.shell.share_activity(at.0 as f64),
            Effect::Send(ticket, request) => self.send(ticket, request),
            Effect::CancelSend(ticket) => {
                if let Some(abort) = self.forget_request(ticket) {
                    abort.abort(TransportError::Cancelled);
                }
            }
            Effect::Answer(waiter, answer) => self.host.answer(waiter, answer),
            Effect::Emit(event) => self.host.emit(&event),
        }
    }

    fn send(&self, ticket: Ticket, request: crate::core::request::HttpRequest) {
        let abort = Rc::new(Abort::new());
        self.requests.borrow_mut().push((ticket, abort.clone()));
        self.later(Box::pin(async move { Input::Replied(ticket, fetch::send(request, abort).await) }));
    }

    /// Takes what comes of it, when it comes.
    fn later(&self, work: Pin<Box<dyn Future<Output = Input>>>) {
        let this = self.this.clone();
        spawn_local(async move {
            let input = work.await;
            let Some(driver) = this.upgrade() else { return };
            if let Input::Replied(ticket, _) = input {
                driver.forget_request(ticket);
            }
            if let Some((kind, operation)) = driver.store.take_fall() {
                driver.take(Input::StorageFellBack(kind, operation));
            }
            driver.take(input);
        });
    }

    fn forget_request(&self, ticket: Ticket) -> Option<Rc<Abort>> {
        let mut requests = self.requests.borrow_mut();
        let at = requests.iter().position(|(one, _)| *one == ticket)?;
        Some(requests.swap_remove(at).1)
    }

    /// Shows what has changed, and sets the alarm.
    fn show(&self) {
        let (snapshot, token, deadline, counts_use) = {
            let session = self.session.borrow();
            (
                session.snapshot().to_tree(),
                session.token(),
                session.deadline(),
                session.options().idle_timeout.is_some(),
            )
        };
        let (this, shell) = (self.this.clone(), self.shell.clone());
        self.alarm.set(deadline, clock::now().mono, move || {
            page::wake(&shell, counts_use, |input| hand(&this, input));
        });
        if *self.kept.borrow() != token {
            self.host.keep(token.as_ref());
            *self.kept.borrow_mut() = token;
        }
        if *self.shown.borrow() != snapshot {
            self.host.show(&snapshot);
            *self.shown.borrow_mut() = snapshot;
        }
    }
}

/// Hands an input to the driver, if it is still there.
fn hand(driver: &Weak<Driver>, input: Input) {
    if let Some(driver) = driver.upgrade() {
        driver.take(input);
    }
}
