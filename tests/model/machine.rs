//! The shipped machine, as a search holds it: worlds that differ in one tab share those of the others, and what
//! follows from a machine alone is worked out once.

use std::cell::Cell;
use std::ops::Deref;
use std::rc::Rc;

use wasm_auth_session::core::session::{Effect, Input, Session};
use wasm_auth_session::core::units::{MonoMillis, Now};

use super::cookie;
use super::fingerprint::Folding;
use super::wire::Token;

/// A machine, and what is known of it.
#[derive(Clone, Debug)]
pub struct Machine {
    session: Rc<Session>,
    deadline: Option<MonoMillis>,
    token: Option<Token>,
    print: Cell<Option<(Now, u64)>>,
}

impl Machine {
    /// One that has not been told anything.
    pub fn new(session: Session) -> Self {
        Self { deadline: session.deadline(), token: held(&session), session: Rc::new(session), print: Cell::default() }
    }

    /// Takes what happened; returns what to do.
    pub fn handle(&mut self, now: Now, input: Input) -> Vec<Effect> {
        let session = Rc::make_mut(&mut self.session);
        let effects = session.handle(now, input);
        session.forget_steps();
        (self.deadline, self.token) = (session.deadline(), held(session));
        self.print.set(None);
        effects
    }

    /// When it wants to be called.
    pub fn deadline(&self) -> Option<MonoMillis> {
        self.deadline
    }

    /// The tokens it would hand out, whether or not they are over.
    pub fn token(&self) -> Option<Token> {
        self.token
    }

    /// The same for machines from which the same can follow.
    pub fn print(&self, now: Now) -> u64 {
        let known = self.print.get().filter(|(at, _)| *at == now);
        known.map_or_else(
            || {
                let print = Folding::at(now).of(&*self.session);
                self.print.set(Some((now, print)));
                print
            },
            |(_, print)| print,
        )
    }
}

impl Deref for Machine {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

fn held(session: &Session) -> Option<Token> {
    if session.options().dialect.is_cookie_mode() {
        return cookie::shown(session);
    }
    Token::parse(session.token()?.token.expose())
}
