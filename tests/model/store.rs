//! The store as tabs share it: a fence where check and write are one, and a mirror that other tabs may see late.

use std::collections::BTreeMap;
use std::rc::Rc;

use wasm_auth_session::core::record::{Mark, Record, Stored};
use wasm_auth_session::core::sight::{Fenced, Over, Sight};

use super::contract::{Contract, Promise};
use super::cookie;
use super::wire::Token;

/// A record, and what of it the model looks at.
#[derive(Debug)]
pub struct Written {
    /// As it was written.
    pub record: Record,
    /// Its tokens; `None` for a tombstone.
    pub token: Option<Token>,
}

/// Shared by whoever saw it.
pub type Copied = Rc<Written>;

/// What the fence holds.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The copy.
    pub copy: Copied,
    /// The mirror could not take it.
    pub alone: bool,
}

/// Both places.
#[derive(Clone, Debug, Default)]
pub struct Store {
    /// The fence.
    pub entry: Option<Entry>,
    /// localStorage.
    pub mirror: Option<Copied>,
    /// What tabs keep to themselves: the mark of the last write, by the name of the login.
    pub marks: BTreeMap<String, Mark>,
    /// What the mirror showed before, and may still show to another process.
    pub before: Option<Option<Copied>>,
}

impl Written {
    /// A record, looked at.
    pub fn new(record: Record) -> Copied {
        let token = record.session.as_ref().and_then(|session| {
            Token::parse(session.tokens.refresh_token.as_ref().or(session.tokens.access_token.as_ref())?.expose())
        });
        Rc::new(Self { record, token })
    }

    /// A record without tokens.
    pub fn bare(record: Record) -> Copied {
        let token = record.session.as_ref().and_then(|session| cookie::login_of(session.tokens.user.as_deref()));
        Rc::new(Self { record: cookie::bare(record), token })
    }

    /// Nothing but its place in the order of writes.
    pub fn tombstone(mark: Mark) -> Copied {
        Rc::new(Self { record: Record { mark, session: None }, token: None })
    }

    /// Its place in the order of writes.
    pub fn mark(&self) -> Mark {
        self.record.mark
    }
}

impl Store {
    /// What a tab sees. `stale`: the mirror as it was before its last change.
    pub fn sight(&self, stale: bool, contract: Contract) -> Sight {
        let mirror = match &self.before {
            Some(before) if stale => before,
            Some(_) | None => &self.mirror,
        };
        let stored = |copy: &Copied| Stored::Record(copy.record.clone());
        let shown = mirror.as_ref().map_or(Stored::Nothing, stored);
        let fenced = match &self.entry {
            _ if !contract.keeps(Promise::Fence) => Fenced::Missing,
            None => Fenced::Empty,
            Some(entry) => Fenced::Whole { copy: stored(&entry.copy), alone: entry.alone },
        };
        Sight { fenced, ..Sight::unfenced(shown) }
    }

    /// Whether a tab could be shown the mirror as it was. A store that seems emptied is looked at again first.
    pub fn may_be_stale(&self) -> bool {
        self.before.as_ref().is_some_and(|before| before.is_some() || self.entry.is_none())
    }

    /// The mark that stands in the fence.
    pub fn mark(&self, contract: Contract) -> Option<Mark> {
        if contract.keeps(Promise::Fence) {
            self.entry.as_ref().map(|entry| entry.copy.mark())
        } else {
            self.mirror.as_ref().map(|copy| copy.mark())
        }
    }

    /// Check and write: `false` when something else stands there than what the record is to take the place of, or
    /// somebody has emptied the mirror since. `is_kept`: the tab remembers what the mirror could not take.
    pub fn commit(&mut self, copy: &Copied, over: Over, is_kept: bool, contract: Contract) -> bool {
        let there = self.mark(contract);
        let fits = match over.mark {
            Some(over) => there.unwrap_or_default() == over && over < copy.mark(),
            None => there.is_none_or(|mark| mark < copy.mark()),
        };
        let is_bare = self.mirror.is_none() && !is_kept;
        if (fits && !(over.is_shown && is_bare)) || !contract.keeps(Promise::CheckedWrite) {
            // Until the mirror has taken something, nobody may take it for emptied.
            let alone = is_bare && contract.keeps(Promise::AloneIsKept);
            self.entry = Some(Entry { copy: copy.clone(), alone });
            return true;
        }
        false
    }

    /// The mirror follows the fence. What is newer there stays.
    pub fn follow(&mut self, copy: &Copied, contract: Contract) {
        let fits = self.mirror.as_ref().is_none_or(|shown| shown.mark() <= copy.mark());
        if fits || !contract.keeps(Promise::CheckedWrite) {
            self.show(Some(copy.clone()));
            if let Some(entry) = self.entry.as_mut().filter(|entry| entry.copy.mark() == copy.mark()) {
                entry.alone = false;
            }
        }
    }

    /// The mirror could not take what the fence holds.
    pub fn stand_alone(&mut self) {
        self.show(None);
        if let Some(entry) = &mut self.entry {
            entry.alone = true;
        }
    }

    /// Takes what is older than this epoch out of the mirror.
    pub fn bury_shown(&mut self, mark: Mark) {
        if self.mirror.as_ref().is_some_and(|copy| copy.mark().epoch < mark.epoch) {
            self.show(Some(Written::tombstone(mark)));
        }
    }

    /// Takes what is older than this epoch out of the fence.
    pub fn bury_fenced(&mut self, mark: Mark) {
        if let Some(entry) = self.entry.as_mut().filter(|entry| entry.copy.mark().epoch < mark.epoch) {
            *entry = Entry { copy: Written::tombstone(mark), alone: entry.alone };
        }
    }

    /// Where one place holds a tombstone, so does the other.
    pub fn heal(&mut self) {
        let is_stone = |copy: &&Copied| copy.token.is_none();
        if let Some(mark) = self.entry.as_ref().map(|entry| &entry.copy).filter(is_stone).map(|copy| copy.mark()) {
            self.bury_shown(mark);
        }
        if let Some(mark) = self.mirror.as_ref().filter(is_stone).map(|copy| copy.mark()) {
            self.bury_fenced(mark);
        }
    }

    /// Whether the mirror has nothing to show for what the fence holds.
    pub fn seems_emptied(&self) -> bool {
        let holds = |entry: &Entry| !entry.alone && entry.copy.token.is_some();
        self.mirror.is_none() && self.entry.as_ref().is_some_and(holds)
    }

    /// Somebody emptied localStorage, or everything.
    pub fn clear(&mut self, fence_too: bool) {
        self.show(None);
        self.before = None;
        if fence_too {
            self.entry = None;
            self.marks.clear();
        }
    }

    /// Everything that is kept anywhere.
    pub fn kept(&self) -> impl Iterator<Item = &Copied> {
        self.entry.as_ref().map(|entry| &entry.copy).into_iter().chain(&self.mirror)
    }

    /// The newest tokens that are kept.
    pub fn newest(&self) -> Option<Token> {
        self.kept().max_by_key(|copy| copy.mark()).and_then(|copy| copy.token)
    }

    pub fn show(&mut self, copy: Option<Copied>) {
        self.before = Some(std::mem::replace(&mut self.mirror, copy));
    }
}
