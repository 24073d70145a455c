//! The store: a look at it, and what is taken up from it.

use super::Session;
use super::effect::{Effect, Place};
use super::input::Ticket;
use super::state::{Held, State, Trouble, Writing};
use crate::core::error::{AuthError, SessionEndReason};
use crate::core::event::{SessionEvent, WarningCode};
use crate::core::guard::guard;
use crate::core::record::{Mark, Record, Stored, StoredSession};
use crate::core::schedule::Obtained;
use crate::core::sight::{Fenced, Sight};
use crate::core::units::Now;

/// No more logouts than this come while the lock is held.
const REREADS: u8 = 20;

impl Session {
    /// Looks at the store without the lock, unless that is under way. Under the lock it is read anyway, and written: a look
    /// begun then waits for its end.
    pub(super) fn look(&mut self, effects: &mut Vec<Effect>) {
        if self.state.has_lock() {
            self.is_hinted = self.is_known;
        } else if self.peek.is_none() {
            let ticket = self.ticket();
            self.peek = Some(ticket);
            self.is_hinted = false;
            effects.push(Effect::ReadStore(ticket));
        }
    }

    /// Under the lock: reads the store. What was seen of it without the lock is older by then, however late it comes.
    pub(super) fn read(&mut self, effects: &mut Vec<Effect>) {
        let ticket = self.ticket();
        effects.push(Effect::ReadStore(ticket));
        self.is_hinted = false;
        self.peek = None;
        self.state = State::Rereading(ticket);
    }

    /// Under the lock, a logout may come between a look and the write. What refuses every write is no logout: then this ends.
    pub(super) fn is_worth_rereading(&self) -> bool {
        self.overtaken < REREADS
    }

    /// After a write that was overtaken.
    pub(super) fn reread_overtaken(&mut self, effects: &mut Vec<Effect>) {
        self.overtaken += 1;
        self.read(effects);
    }

    pub(super) fn release(&mut self, effects: &mut Vec<Effect>) {
        self.overtaken = 0;
        effects.push(Effect::ReleaseLock);
        self.state = State::Resting;
    }

    /// A look without the lock.
    pub(super) fn peeked(&mut self, now: Now, sight: Sight, effects: &mut Vec<Effect>) {
        self.peek = None;
        if self.commit.is_none() {
            self.learn(sight, now, effects);
            self.forget(now, effects);
        } else {
            // Passed over: it is looked at again when there is time.
            self.is_hinted = self.is_known;
        }
    }

    /// Under the lock: what the store holds, and then what is wanted most.
    pub(super) fn reread(&mut self, now: Now, sight: Sight, effects: &mut Vec<Effect>) {
        self.over = sight.over();
        if let Some(mark) = self.burial {
            let is_older = |record: &Record| record.session.is_some() && record.mark.epoch < mark.epoch;
            let is_left = matches!(&sight.clone().freshest(), Stored::Record(record) if is_older(record));
            self.burial = self.burial.filter(|_| is_left);
        }
        let serial = self.serial;
        if self.commit.is_some() && self.forgetting.is_empty() {
            // Whatever is there, the login takes its place.
            self.pass_over(sight, effects);
        } else {
            self.learn(sight, now, effects);
            // Without the store, nobody can tell whether these tokens are spent.
            if self.is_newer && self.held.as_ref().is_some_and(|held| held.saved) {
                self.ended_elsewhere(SessionEndReason::Elsewhere, effects);
            }
        }
        if self.forget(now, effects) {
            // The store is read anew: the end comes first.
            return;
        }
        let sid = self.held.as_ref().map(|held| held.session.sid.as_str());
        let is_replaced = self.commit.is_some();
        let is_anothers = |renewed: &mut Held| is_replaced || sid != Some(renewed.session.sid.as_str());
        if let Some(orphan) = self.renewed.take_if(|renewed| guard!(RenewsItsOwn, is_anothers(renewed))) {
            self.hand_back(&orphan.session.tokens, now, effects);
        }
        let is_newest = self.held.is_some() && self.serial == serial && self.commit.is_none();
        if let Some((reason, error)) = self.refusal.take().filter(|_| is_newest) {
            // The same here.
            self.end(reason, Some(error), now, effects);
            return;
        }
        self.decide(now, effects);
    }

    /// Under the lock: does what is wanted most, or lets the lock go.
    pub(super) fn decide(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if self.burial.is_some() {
            self.write(Writing::Tombstone, now, effects);
        } else if self.send_ending(now, effects) {
            // Its answer is waited for.
        } else if self.commit.is_some() {
            self.write(Writing::Login, now, effects);
        } else if self.renewed.is_some() {
            self.write(Writing::Renewal, now, effects);
        } else if self.send_login(now, effects) {
            // Its answer is waited for.
        } else {
            self.serve(now, effects);
            if self.held.as_ref().is_some_and(|held| self.wants_refresh(held, now)) {
                self.mark(now, effects);
            } else {
                self.release(effects);
            }
        }
    }

    /// After an answer that was waited for under the lock.
    pub(super) fn after_exchange(&mut self, ticket: Ticket, now: Now, effects: &mut Vec<Effect>) {
        if matches!(self.state, State::Exchanging(asked) if asked == ticket) {
            self.decide(now, effects);
        }
    }

    /// A session from the store, in hand.
    pub(super) fn hold(&mut self, mark: Mark, session: StoredSession, now: Now) -> Held {
        let obtained = Obtained::restored(session.issued_at, None, now);
        let trouble = session.wait.as_ref().map(|wait| Trouble::of(wait, self.options.timeout, now));
        // What this tab has counted of it goes on: the clock may have been set back since.
        let known = self.held.as_ref().filter(|held| held.session.sid == session.sid).map(|held| held.started);
        let started = known.unwrap_or_else(|| Obtained::restored(session.started_at, None, now));
        let chance = self.chance.permille();
        let mut held = Held { mark, session, obtained, started, chance, trouble, warned: false, saved: true };
        // Of unknown age, it is renewed; or used, where it cannot be.
        if self.can_renew(&held) {
            held.obtained = Obtained::restored(held.session.issued_at, held.session.tokens.lifetime, now);
        }
        held
    }

    /// What stands in the store counts for the order of writes only.
    fn pass_over(&mut self, mut sight: Sight, effects: &mut Vec<Effect>) {
        self.is_known = true;
        let own = sight.own.take().map(|own| own.record);
        self.floor = self.floor.join(sight.over().mark.unwrap_or_default());
        self.floor.epoch = self.floor.epoch.max(sight.own_buried);
        for stored in own.into_iter().chain([sight.freshest()]) {
            match stored {
                Stored::Record(record) => self.floor = self.floor.join(record.mark),
                Stored::Newer => self.warn_of_newer(effects),
                Stored::Nothing | Stored::Corrupt | Stored::Outdated => {}
            }
        }
    }

    /// Takes up what is newer in the store than in hand, and heeds what ended there.
    fn learn(&mut self, sight: Sight, now: Now, effects: &mut Vec<Effect>) {
        let fenced = sight.fenced_mark();
        let is_own = sight.own.is_some();
        let has_copy = matches!(sight.fenced, Fenced::Whole { .. });
        let stored = sight.freshest();
        // What a fence holds never goes back: under the lock, something of an older epoch stands where all was emptied.
        if let Stored::Record(Record { mark, .. }) = &stored
            && self.state.has_lock()
            && fenced > Mark::default()
            && guard!(
                EmptiedIsHeeded,
                self.held.as_ref().is_some_and(|held| held.saved && mark.epoch < held.mark.epoch)
            )
        {
            self.floor = *mark;
            self.ended_elsewhere(SessionEndReason::StorageCleared, effects);
        }
        let is_first = !std::mem::replace(&mut self.is_known, true);
        self.is_newer = stored == Stored::Newer;
        let is_saved = self.held.as_ref().is_some_and(|held| held.saved);
        match stored {
            Stored::Record(Record { mark, session: Some(session) }) => {
                if !guard!(OlderIsIgnored, mark < self.floor) {
                    self.floor = self.floor.join(mark);
                    self.take_up(mark, session, is_first, now, effects);
                }
            }
            Stored::Record(Record { mark, session: None }) => {
                self.floor = self.floor.join(mark);
                // The mark of a login that this tab kept to itself: the tab's storage was emptied. What is seen without the lock may be
                // from before the tab took that login.
                let is_its = |held: &Held| !held.session.remember && mark.epoch == held.mark.epoch;
                if is_saved && self.state.has_lock() && guard!(EmptiedIsHeeded, self.held.as_ref().is_some_and(is_its))
                {
                    self.ended_elsewhere(SessionEndReason::StorageCleared, effects);
                }
                let is_over = self.held.as_ref().is_some_and(|held| mark.epoch > held.mark.epoch);
                if guard!(EndIsHeeded, is_over) {
                    // Who logged out did not know of these tokens: the server has not been told of them.
                    let unknown = self.held.as_ref().filter(|held| held.mark.generation >= mark.generation);
                    let unknown = unknown.map(|held| held.session.tokens.clone());
                    self.ended_elsewhere(SessionEndReason::LoggedOut, effects);
                    if let Some(tokens) = unknown {
                        self.hand_back(&tokens, now, effects);
                    }
                }
            }
            Stored::Nothing => {
                let is_emptied = is_saved && guard!(EmptiedIsHeeded);
                if has_copy {
                    // What is left of it in the fence goes too. A mark alone may be of what another tab keeps in memory.
                    self.floor = self.floor.join(fenced).next_epoch(now.wall);
                    effects.push(Effect::Bury(self.floor, Place::Asked));
                }
                if is_emptied {
                    self.ended_elsewhere(SessionEndReason::StorageCleared, effects);
                }
            }
            Stored::Outdated if self.held.is_some() || is_first => {
                let floor = self.floor.join(fenced);
                if is_own {
                    // From now on this tab has a part in what tabs share.
                    self.is_hinted = true;
                    effects.push(Effect::Bury(floor.next_epoch(now.wall), Place::Tab));
                } else {
                    self.floor = floor.next_epoch(now.wall);
                    effects.push(Effect::Bury(self.floor, Place::Asked));
                }
                self.ended_elsewhere(SessionEndReason::Elsewhere, effects);
            }
            Stored::Corrupt if is_first => {
                self.warn(
                    WarningCode::RecordDropped,
                    "What was stored could not be read; it will be replaced at the next login.",
                    effects,
                );
                self.end_reason = Some(SessionEndReason::StorageCorrupt);
            }
            Stored::Newer => {
                self.warn_of_newer(effects);
            }
            Stored::Corrupt | Stored::Outdated => {}
        }
    }

    /// A stored session takes the place of what is held.
    fn take_up(&mut self, mark: Mark, session: StoredSession, is_first: bool, now: Now, effects: &mut Vec<Effect>) {
        let had_one = self.held.is_some();
        let is_another = self.held.as_ref().is_none_or(|held| held.session.sid != session.sid);
        match &mut self.held {
            Some(held) if !is_another => {
                if !guard!(NewerIsAdopted, mark > held.mark) {
                    held.saved |= mark == held.mark;
                    return;
                }
                // The same tokens, or in cookie mode another tab's, which are not stored: this tab's are as good as they were.
                if held.has_tokens_of(&session) || session.tokens.access_token.is_none() {
                    held.mark = mark;
                    held.saved = true;
                    held.session.marker = session.marker;
                    held.trouble = session.wait.as_ref().map(|wait| Trouble::of(wait, self.options.timeout, now));
                    return;
                }
                let expires_at = session.tokens.lifetime.map(|lifetime| session.issued_at.plus(lifetime));
                effects.push(Effect::Emit(SessionEvent::Refreshed { expires_at }));
            }
            // Somebody's new login as the same user: no news.
            Some(Held { session: StoredSession { tokens, .. }, .. })
                if tokens.user.is_some() && tokens.user == session.tokens.user => {}
            None if is_first => {}
            Some(_) | None => self.tell_of_login(&session, effects),
        }
        if is_another {
            self.begin_limits(session.started_at, now);
        }
        self.held = Some(self.hold(mark, session, now));
        self.end_reason = None;
        if had_one {
            self.serial = self.serial.wrapping_add(1);
        }
    }

    /// Over, by another tab's doing: the store is as it should be.
    fn ended_elsewhere(&mut self, reason: SessionEndReason, effects: &mut Vec<Effect>) {
        self.end_reason = Some(reason);
        if self.held.take().is_some() {
            effects.push(Effect::Emit(SessionEvent::SignedOut { reason }));
            self.reject_all(&AuthError::ended(reason), effects);
        }
    }

    fn warn_of_newer(&mut self, effects: &mut Vec<Effect>) {
        self.is_newer = true;
        let message =
            "What is stored is of a newer version of this package; it is left alone, and this session is not stored.";
        self.warn(WarningCode::RecordNewer, message, effects);
    }
}
