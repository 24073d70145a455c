//! What must hold at every step, by the numbers of the design. What holds only once things have calmed down stands
//! in [`super::drain`]; S12 is the business of the shell, which is tested in the browser.

use wasm_auth_session::core::error::SessionEndReason;

use super::audit::Ledger;
use super::server::Over;
use super::store::{Copied, Written};
use super::tab::Waiting;
use super::wire::{CANARY, Token};
use super::world::World;

/// The most refreshes without progress in half a minute.
const FRUITLESS: usize = 4;

impl World {
    /// S1: of a session, one refresh is in flight. One whose tab is gone or which was given up does not count.
    pub fn s01_one_refresh_is_in_flight(&mut self, tab: usize, token: Token) {
        let is_other = |op: &&super::op::Op| {
            op.flight().is_some_and(|flight| {
                flight.phase == wasm_auth_session::core::error::Phase::Refresh
                    && flight.ticket.is_some()
                    && !flight.withdrawn
                    && flight.token.is_some_and(|other| other.family == token.family)
            })
        };
        if let Some(other) = self.ops.iter().find(is_other) {
            let how = format!("tab {} sends a refresh while that of tab {} is out", tab + 1, other.tab + 1);
            self.ledger.breaks("S1", how);
        }
    }

    /// S2: a refresh token is presented again only if the reply to it was lost.
    pub fn s02_a_token_is_presented_again_only_if_its_reply_was_lost(&mut self, tab: usize, token: Token) {
        let family = self.server.family(token);
        let is_spent = family.newest > token.step && !family.unheard && !family.unsaved && family.over.is_none();
        if is_spent && self.server.rotates {
            let how = format!("tab {} presents token {} again, whose reply was heard", tab + 1, token.step);
            self.ledger.breaks("S2", how);
        }
    }

    /// S3: a tab reports an end only if somebody logged out, the store was emptied, or the newest token was refused.
    pub fn s03_nobody_is_signed_out_without_a_reason(&mut self, tab: usize, reason: SessionEndReason) {
        let is_earned = self.is_cookie_anothers()
            || match reason {
                SessionEndReason::LoggedOut => self.is_logged_out(tab) || self.ledger.cleared,
                SessionEndReason::StorageCleared => self.ledger.cleared,
                SessionEndReason::Refused | SessionEndReason::Ambiguous => self.tabs[tab].refused.is_some(),
                SessionEndReason::Elsewhere => self.ledger.logins > 0,
                SessionEndReason::Expired
                | SessionEndReason::IdentityChanged
                | SessionEndReason::StorageCorrupt
                | SessionEndReason::Idle => false,
            };
        if !is_earned {
            self.ledger.breaks("S3", format!("tab {} is signed out for no reason: {}", tab + 1, reason.name()));
        }
    }

    /// Somebody logged out, or in for one tab only, or what the tab held was refused.
    fn is_logged_out(&self, tab: usize) -> bool {
        let families = &self.server.families;
        let is_refused = |held: Token| families[usize::from(held.family)].reported;
        let is_its = match self.tabs[tab].held {
            Some(held) if self.ledger.alone => is_refused(held),
            Some(_) | None => families.iter().any(|family| family.reported),
        };
        is_its
            || self.ledger.here > 0
            || self.tabs[tab].gone.is_some()
            || families.iter().any(|family| family.logged_out)
    }

    /// S4: once a logout is answered, nothing of that login is stored. But a tab whose tokens no place took holds them without
    /// the store, and where the store was emptied before it looked, nothing is left to tell it of the logout.
    pub fn s04_what_was_logged_out_of_is_not_stored(&mut self) {
        let families = &self.server.families;
        let is_untold = |token: &Token| self.ledger.cleared && families[usize::from(token.family)].unsaved;
        let is_over = |token: &Token| families[usize::from(token.family)].resolved && !is_untold(token);
        let left = self.kept().filter_map(|copy| copy.token).find(is_over);
        if let Some(token) = left {
            let how = format!("token {} of login {} is stored after its logout", token.step, token.family + 1);
            self.ledger.breaks("S4", how);
        }
    }

    /// S4: from the start of a logout, its tab holds nothing of that login.
    pub fn s04_what_was_logged_out_of_is_not_held(&mut self, tab: usize) {
        let Some(gone) = self.tabs[tab].gone else { return };
        if self.tabs[tab].token().is_some_and(|token| token.family == gone) {
            self.ledger.breaks("S4", format!("tab {} still holds what it logged out of", tab + 1));
        }
    }

    /// S5: what is committed is newer than what was, and of one piece.
    pub fn s05_generations_increase_and_records_are_whole(&mut self, before: Option<&Written>, copy: &Copied) {
        if before.is_some_and(|before| before.mark() >= copy.mark()) {
            self.ledger.breaks("S5", format!("{:?} takes the place of what is newer", copy.mark()));
        }
        let Some(session) = &copy.record.session else { return };
        let tokens = &session.tokens;
        let access = tokens.access_token.as_ref().and_then(|token| Token::parse(token.expose()));
        let is_whole = match (access, copy.token) {
            (Some(access), Some(refresh)) if self.server.rotates => access == refresh,
            (Some(access), Some(refresh)) => access.family == refresh.family,
            // Where a cookie renews the session, no token is stored.
            (None, Some(_)) => self.has_cookie() && tokens.refresh_token.is_none(),
            (_, _) => false,
        };
        let is_theirs = copy.token.is_some_and(|token| tokens.user == Some(format!("u{}", token.family)));
        if !is_whole || !is_theirs {
            self.ledger.breaks("S5", format!("a record is mixed of {access:?} and {:?}", copy.token));
        }
    }

    /// S5: no tab goes back to what is older than what it held.
    pub fn s05_no_tab_goes_back(&mut self, tab: usize) {
        let Some(token) = self.tabs[tab].token() else { return };
        let family = self.server.family(token);
        if family.unsaved {
            return;
        }
        let place = (family.place, token.step);
        let before = std::mem::replace(&mut self.tabs[tab].newest, place);
        if place < before && place.0 > 0 && self.server.rotates {
            let how = format!("tab {} goes back to token {} of login {}", tab + 1, token.step, token.family + 1);
            self.ledger.breaks("S5", how);
        }
    }

    /// S6: a renewal is committed only over the session it renews, in the epoch in which it began.
    pub fn s06_a_renewal_stays_in_its_session(&mut self, tab: usize, before: Option<&Written>, copy: &Copied) {
        let (Some(session), Some(token)) = (&copy.record.session, copy.token) else { return };
        let family = self.server.family(token);
        // What no place took is kept by its tab, and brought back when there is room.
        if family.committed.is_none() || family.unsaved {
            return;
        }
        let is_its_own = before.is_some_and(|before| {
            before.mark().epoch == copy.mark().epoch
                && before.record.session.as_ref().is_some_and(|stored| stored.sid == session.sid)
        });
        if !is_its_own {
            let how = format!("tab {} commits token {} over another session", tab + 1, token.step);
            self.ledger.breaks("S6", how);
        }
    }

    /// S7: where a lost reply led to the end, the reason says so.
    pub fn s07_an_end_after_a_lost_reply_says_so(&mut self, tab: usize, reason: SessionEndReason) {
        let Some(token) = self.tabs[tab].refused else { return };
        // Where no place took the marker, nothing could tell.
        let family = self.server.family(token);
        let by_loss = family.over == Some(Over::Unheard) && !family.unsaved;
        if by_loss && reason == SessionEndReason::Refused {
            self.ledger.breaks("S7", format!("tab {} does not say that a reply had been lost", tab + 1));
        }
    }

    /// S8: whatever the mirror showed, nothing older than what is committed is sent.
    pub fn s08_nothing_older_than_the_store_is_sent(&mut self, tab: usize, token: Token) {
        let family = self.server.family(token);
        if family.committed.is_some_and(|committed| committed > token.step) && !family.unsaved {
            let how = format!("tab {} sends token {} though a newer one is committed", tab + 1, token.step);
            self.ledger.breaks("S8", how);
        }
    }

    /// S9: no family is revoked unless a reply was lost.
    pub fn s09_no_family_is_revoked_without_need(&mut self, tab: usize, token: Token) {
        if self.server.family(token).over == Some(Over::Spurious) {
            let how = format!("token {} of tab {} revokes the family", token.step, tab + 1);
            self.ledger.breaks("S9", how);
        }
    }

    /// S10: over all tabs, refreshes without progress are few. A tab that is gone cannot tell of its own.
    pub fn s10_fruitless_refreshes_are_few(&mut self, token: Token) {
        let now = self.now.mono.0;
        let recent = |(family, at): &&(u16, i64)| *family == token.family && now - at < 30_000;
        let count = self.ledger.fruitless.iter().filter(recent).count();
        if count >= FRUITLESS + (self.ledger.crashed + self.ledger.jumps) as usize {
            self.ledger.breaks("S10", format!("{count} refreshes brought nothing in 30 s, and one more is sent"));
        }
    }

    /// S11: a login is sent once.
    pub fn s11_a_login_is_sent_once(&mut self) {
        if self.ledger.login_requests > self.ledger.logins {
            self.ledger.breaks("S11", "a login is sent twice".to_owned());
        }
    }

    /// S14: once an alarm has gone off, the next is in the future.
    pub fn s14_an_alarm_is_not_set_for_the_past(&mut self, tab: usize) {
        let deadline = self.tabs[tab].session.deadline();
        if let Some(deadline) = deadline.filter(|deadline| *deadline <= self.now.mono) {
            let late = self.now.mono.since(deadline).0;
            self.ledger.breaks("S14", format!("tab {} wants to be called again {late} ms ago", tab + 1));
        }
    }

    /// L1: a promise settles within its deadline and a second. A tab that slept could not have settled it.
    pub fn l1_promises_settle_in_time(&mut self, tab: usize, waiting: Waiting) {
        let waited = self.now.mono.0 - waiting.since;
        if self.ledger.timed && !waiting.slept && waited > self.patience(waiting.want) + 1_000 {
            let how = format!("tab {}: a caller waited {waited} ms for {:?}", tab + 1, waiting.want);
            self.ledger.breaks("L1", how);
        }
    }

    /// What is handed out can be used.
    pub fn a_token_that_is_over_is_not_handed_out(&mut self, tab: usize, token: Token) {
        let lifetime = self.server.lifetime.saturating_mul(1_000);
        let now = self.now.mono.0;
        let family = self.server.family(token);
        if token.step == family.newest && now - family.issued > lifetime && lifetime > 0 && self.ledger.jumps == 0 {
            self.ledger.breaks("f80", format!("tab {} hands out a token that is over", tab + 1));
        }
    }
}

/// S13: no token is printed.
pub fn s13_no_token_is_printed(ledger: &mut Ledger, line: &str) {
    if line.contains(CANARY) {
        ledger.breaks("S13", format!("a token is printed: {line}"));
    }
}
