//! A strict server: it rotates refresh tokens, and one that comes back after its successor was handed out ends the
//! family. It keeps what tells whether that was anybody's fault.

use super::wire::{Said, Token};

/// Why a family is over.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Over {
    /// It was handed back.
    HandedBack,
    /// A spent token came back, after a reply that nobody heard.
    Unheard,
    /// A request that had been given up arrived after the one that was sent in its place.
    Late,
    /// A spent token came back, and the reply to it had been heard.
    Spurious,
}

/// One login and its renewals.
#[derive(Clone, Debug, Hash)]
pub struct Family {
    /// The newest refresh token.
    pub newest: u16,
    /// Why it is over.
    pub over: Option<Over>,
    /// The newest tokens may have reached nobody who could keep them.
    pub unheard: bool,
    /// The newest that the store ever held.
    pub committed: Option<u16>,
    /// The so-manieth login that the store held.
    pub place: u16,
    /// The user logged out of it.
    pub logged_out: bool,
    /// A logout of it has been answered.
    pub resolved: bool,
    /// A tab heard that its newest token is refused.
    pub reported: bool,
    /// The store could not take what belongs to it.
    pub unsaved: bool,
    /// When the newest tokens were made.
    pub issued: i64,
    /// The browser has had its cookie.
    pub carried: bool,
}

/// How the server behaves.
#[derive(Clone, Debug)]
pub struct Server {
    /// Seconds a token lasts.
    pub lifetime: i64,
    /// Whether a spent token gets its successor again instead of ending the family.
    pub overlaps: bool,
    /// Whether a spent token is refused and no more.
    pub is_lenient: bool,
    /// Whether refresh tokens change at all.
    pub rotates: bool,
    /// All logins.
    pub families: Vec<Family>,
}

impl Server {
    /// Strict.
    pub fn new(lifetime: i64) -> Self {
        Self { lifetime, overlaps: false, is_lenient: false, rotates: true, families: Vec::new() }
    }

    /// Somebody logs in.
    pub fn login(&mut self, now: i64) -> Said {
        let family = self.families.len() as u16;
        self.families.push(Family {
            newest: 0,
            over: None,
            unheard: false,
            committed: None,
            place: 0,
            logged_out: false,
            resolved: false,
            reported: false,
            unsaved: false,
            issued: now,
            carried: false,
        });
        Said::Granted(Token { family, step: 0 }, self.lifetime)
    }

    /// A refresh token comes in. `abandoned`: nobody waits for the answer.
    pub fn refresh(&mut self, token: Token, abandoned: bool, now: i64) -> Said {
        let (lifetime, overlaps, rotates, is_lenient) = (self.lifetime, self.overlaps, self.rotates, self.is_lenient);
        let family = self.family(token);
        if family.over.is_some() {
            return Said::Refused;
        }
        if token.step == family.newest {
            family.newest += 1;
            family.issued = now;
            family.unheard = abandoned;
            let next = Token { step: family.newest, ..token };
            return if rotates { Said::Granted(next, lifetime) } else { Said::Kept(next, lifetime) };
        }
        if !rotates {
            return Said::Kept(Token { step: family.newest, ..token }, lifetime);
        }
        if overlaps && token.step + 1 == family.newest {
            return Said::Granted(Token { step: family.newest, ..token }, lifetime);
        }
        if is_lenient {
            return Said::Refused;
        }
        family.over = Some(match (abandoned, family.unheard || family.unsaved) {
            (true, _) => Over::Late,
            (false, true) => Over::Unheard,
            (false, false) => Over::Spurious,
        });
        Said::Refused
    }

    /// A token is handed back: its family is over. One that is spent means nothing (RFC 7009, 2.2).
    pub fn revoke(&mut self, token: Option<Token>) -> Said {
        if let Some(token) = token {
            let rotates = self.rotates;
            let family = self.family(token);
            if family.newest == token.step || !rotates {
                family.over.get_or_insert(Over::HandedBack);
            }
        }
        Said::Done
    }

    /// The family of a token.
    pub fn family(&mut self, token: Token) -> &mut Family {
        &mut self.families[usize::from(token.family)]
    }
}
