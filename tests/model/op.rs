//! What is under way between a tab and the world: asked for, and not answered yet.

use std::rc::Rc;

use wasm_auth_session::core::error::Phase;
use wasm_auth_session::core::record::Mark;
use wasm_auth_session::core::session::{Place, Ticket};
use wasm_auth_session::core::sight::{Over, Sight};

use super::store::Copied;
use super::wire::{Said, Token};

/// Something under way.
#[derive(Clone, Debug)]
pub struct Op {
    /// Whose.
    pub tab: usize,
    /// Since when.
    pub since: i64,
    /// When it is to go on, where a schedule says so.
    pub due: Option<i64>,
    /// How often its tab had buried by then.
    pub burials: u32,
    /// What.
    pub what: What,
}

/// What is under way.
#[derive(Clone, Debug)]
pub enum What {
    /// The lock has been granted, and the tab does not know yet.
    Grant(Ticket),
    /// The store is being read; what it showed, once that is settled.
    Read(Ticket, Option<Rc<Sight>>),
    /// The store is being written; what became of it, once the fence has said so.
    Write(Ticket, Copied, Over, Option<Wrote>),
    /// The fence is being told of a burial, in which place, and of what in the tab it ended.
    Bury(Mark, Place, Option<Grave>),
    /// A request.
    Flight(Flight),
}

/// A tab's own record that is over.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Grave {
    /// What names its login.
    pub sid: String,
    /// The last of it that this tab knew.
    pub latest: Mark,
}

/// What the fence said to a write.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Wrote {
    /// It holds the record; the mirror follows.
    Committed,
    /// It holds the record; the mirror has no room for it.
    Alone,
    /// It holds something newer.
    Overtaken,
    /// No place takes it.
    Failed,
    /// Without a fence: it was checked against the mirror as it was.
    Blind,
}

/// A request on its way.
#[derive(Clone, Debug)]
pub struct Flight {
    /// By which ticket; `None` when nobody waits for it any more.
    pub ticket: Option<Ticket>,
    /// Which exchange.
    pub phase: Phase,
    /// The refresh token it carries.
    pub token: Option<Token>,
    /// What the server said, once it has.
    pub said: Option<Said>,
    /// The machine withdrew it.
    pub withdrawn: bool,
}

/// The kinds of [`What`], by which an op is named from outside.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// See [`What::Grant`].
    Grant,
    /// See [`What::Read`].
    Read,
    /// See [`What::Write`].
    Write,
    /// See [`What::Bury`].
    Bury,
    /// A refresh.
    Refresh,
    /// A login.
    Login,
    /// A revocation.
    Revoke,
}

/// Names an op: the so-manieth of its kind in its tab.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Name {
    /// Whose.
    pub tab: u8,
    /// Of which kind.
    pub kind: Kind,
    /// After how many others.
    pub nth: u8,
}

impl Op {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match &self.what {
            What::Grant(_) => Kind::Grant,
            What::Read(..) => Kind::Read,
            What::Write(..) => Kind::Write,
            What::Bury(..) => Kind::Bury,
            What::Flight(flight) => match flight.phase {
                Phase::Refresh => Kind::Refresh,
                Phase::Login => Kind::Login,
                Phase::Logout | Phase::Api => Kind::Revoke,
            },
        }
    }

    /// Whether it needs nothing of its tab to go on: the server does it.
    pub fn is_remote(&self) -> bool {
        self.flight().is_some_and(|flight| flight.said.is_none())
    }

    /// The request, if it is one.
    pub fn flight(&self) -> Option<&Flight> {
        match &self.what {
            What::Flight(flight) => Some(flight),
            What::Grant(_) | What::Read(..) | What::Write(..) | What::Bury(..) => None,
        }
    }
}
