//! A session that one tab keeps to itself: its record is in the tab, and the fence knows of it no more than the mark of its
//! last write. A copy of the tab has the same record, until one of the two has written.

use wasm_auth_session::core::record::{Mark, Stored};
use wasm_auth_session::core::session::Place;
use wasm_auth_session::core::sight::{Over, Own, Sight};

use super::op::{Grave, What, Wrote};
use super::store::{Copied, Entry, Store, Written};
use super::wire::Token;
use super::world::World;

impl Written {
    /// Whether it belongs into the tab.
    pub fn is_for_tab(&self) -> bool {
        self.record.session.as_ref().is_some_and(|session| !session.remember)
    }

    /// What names its login.
    pub fn sid(&self) -> Option<&str> {
        self.record.session.as_ref().map(|session| session.sid.as_str())
    }
}

impl Store {
    /// The mark under which the fence knows a tab's own record.
    pub fn mark_of(&self, copy: &Written) -> Option<Mark> {
        copy.sid().and_then(|sid| self.marks.get(sid)).copied()
    }

    /// The fence takes the mark, unless it has one that is not older. With that of a login, what is shared and of an older epoch is over.
    fn commit_own(&mut self, copy: &Copied, is_login: bool) -> bool {
        let Some(sid) = copy.sid().filter(|_| self.mark_of(copy).is_none_or(|mark| mark < copy.mark())) else {
            return false;
        };
        self.marks.insert(sid.to_owned(), copy.mark());
        if is_login && self.entry.as_ref().is_some_and(|entry| entry.copy.mark().epoch < copy.mark().epoch) {
            self.entry = Some(Entry { copy: Written::tombstone(copy.mark()), alone: false });
        }
        true
    }

    /// What the mirror shows of an older epoch is over.
    fn follow_own(&mut self, mark: Mark) {
        if self.mirror.as_ref().is_some_and(|shown| shown.mark().epoch < mark.epoch) {
            self.show(Some(Written::tombstone(mark)));
        }
    }

    /// The login of a tab's record is over, in every copy of the tab; or the record is, and what a copy has written since is not.
    pub fn bury_own(&mut self, mark: Mark, place: Place, grave: &Grave) {
        let Some(there) = self.marks.get_mut(&grave.sid) else { return };
        if place == Place::Asked || *there <= grave.latest {
            *there = mark.max(*there);
        }
    }
}

impl World {
    /// The session that a tab keeps to itself.
    pub fn own(&self, tab: usize) -> Option<&Copied> {
        self.tabs[tab].own.as_ref().filter(|copy| copy.record.session.is_some())
    }

    /// The tokens of the session that counts for a tab.
    pub fn stored_for(&self, tab: usize) -> Option<Token> {
        self.own(tab).map_or_else(|| self.store.newest(), |copy| copy.token)
    }

    /// Everything that is kept anywhere, and still counts: a copy that is behind does not.
    pub fn kept(&self) -> impl Iterator<Item = &Copied> {
        let counts = |own: &&Copied| self.store.mark_of(own).is_none_or(|mark| mark <= own.mark());
        self.store.kept().chain(self.tabs.iter().filter_map(|tab| tab.own.as_ref()).filter(counts))
    }

    /// What a tab sees: its own record first.
    pub fn sight(&self, tab: usize, stale: bool) -> Sight {
        let own = |own: &Copied| Own { record: Stored::Record(own.record.clone()), mark: self.store.mark_of(own) };
        let own_buried = self.tabs[tab].own_buried;
        Sight { own: self.own(tab).map(own), own_buried, ..self.store.sight(stale, self.contract) }
    }

    /// The fence is asked for a tab's own record.
    pub fn write_own(&mut self, tab: usize, copy: &Copied, over: Over, wanted: Wrote) -> Wrote {
        let is_emptied = self.store.mirror.is_none() && self.tabs[tab].memory.is_none() && self.tabs[tab].own.is_none();
        let is_late = copy.mark().epoch < self.tabs[tab].own_buried;
        let is_login = self.is_own_login(tab, copy);
        if is_late || (over.is_shown && is_emptied) || !self.store.commit_own(copy, is_login) {
            return Wrote::Overtaken;
        }
        if wanted == Wrote::Failed {
            if is_login {
                self.store.follow_own(copy.mark());
            }
            self.tabs[tab].own = None;
            return wanted;
        }
        Wrote::Committed
    }

    fn is_own_login(&self, tab: usize, copy: &Copied) -> bool {
        self.own(tab).is_none_or(|own| own.sid() != copy.sid())
    }

    /// The tab's storage follows the fence, and what is shared gives way to a login.
    pub fn own_written(&mut self, tab: usize, copy: &Copied) {
        if self.is_own_login(tab, copy) {
            self.store.follow_own(copy.mark());
        }
        let before = self.tabs[tab].own.replace(copy.clone());
        if before.as_ref().is_some_and(|before| before.sid() != copy.sid()) {
            self.leave(before.clone());
        }
        let of_login = before.as_ref().filter(|before| before.sid() == copy.sid());
        self.committed(tab, of_login.map(|before| &**before), copy);
    }

    /// A tab's own record is over, at once.
    pub fn bury_own(&mut self, tab: usize, mark: Mark) -> Option<Grave> {
        let own = self.tabs[tab].own.take_if(|copy| copy.mark().epoch < mark.epoch)?;
        self.tabs[tab].own = Some(Written::tombstone(mark));
        Some(Grave { sid: own.sid()?.to_owned(), latest: own.mark() })
    }

    /// A login for all tabs takes the place of a tab's own. What was to renew that one is nobody's, and a copy of the tab does not know.
    pub fn leave_own(&mut self, tab: usize) {
        let own = self.tabs[tab].own.take();
        self.leave(own);
    }

    fn leave(&mut self, own: Option<Copied>) {
        if let Some(token) = own.and_then(|own| own.token) {
            let family = self.server.family(token);
            family.unheard |= family.newest > token.step;
        }
    }

    /// A page is opened as a copy of another.
    pub fn copy_own(&mut self, tab: usize, from: usize) {
        (self.tabs[tab].own, self.tabs[tab].copied) = (self.tabs[from].own.clone(), true);
    }

    /// Whether an op is a write of a tab's own record.
    pub fn is_own_write(what: &What) -> bool {
        matches!(what, What::Write(_, copy, ..) if copy.is_for_tab())
    }
}
