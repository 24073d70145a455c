//! What renews the session may be a cookie that no tab sees: the browser sends it along and takes the new one from
//! the answer, whichever tab asked. The store then holds a record without tokens, and who a session belongs to is all
//! that tells one login from another.

use wasm_auth_session::core::error::Phase;
use wasm_auth_session::core::record::Record;
use wasm_auth_session::core::session::Session;
use wasm_auth_session::core::token_set::TokenSet;

use super::server::Family;
use super::wire::{Said, Token};
use super::world::World;

/// The browser's one cookie for this server.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Jar(pub Option<Token>);

/// The login that a session is of, as far as can be told without its refresh token: no step counts.
pub fn login_of(user: Option<&str>) -> Option<Token> {
    Some(Token { family: user?.strip_prefix('u')?.parse().ok()?, step: 0 })
}

/// The login that a machine shows.
pub fn shown(session: &Session) -> Option<Token> {
    login_of(session.snapshot().user.as_deref())
}

/// As the shell stores it: without tokens.
pub fn bare(mut record: Record) -> Record {
    if let Some(session) = &mut record.session {
        session.tokens = TokenSet { access_token: None, refresh_token: None, ..session.tokens.clone() };
    }
    record
}

impl World {
    /// Whether a cookie renews the session.
    pub fn has_cookie(&self) -> bool {
        self.jar.is_some()
    }

    /// The cookie that goes along with a request.
    pub fn cookie(&self, phase: Phase) -> Option<Token> {
        self.jar.filter(|_| matches!(phase, Phase::Refresh | Phase::Logout))?.0
    }

    /// A login that the store never took has the cookie all the same: whoever refreshes then is told of another user, and
    /// whoever logs out takes it along. So does a logout that crosses a login.
    pub fn is_cookie_anothers(&self) -> bool {
        let is_unknown = |family: &Family| family.carried && (family.unsaved || family.committed.is_none());
        self.has_cookie() && (self.ledger.crossed || self.server.families.iter().any(is_unknown))
    }

    /// What the body of an answer says: of a cookie, nothing.
    pub fn in_body(&self, said: Said) -> Said {
        match said {
            Said::Granted(token, lifetime) if self.has_cookie() => Said::Kept(token, lifetime),
            said => said,
        }
    }

    /// The browser takes what an answer sets.
    pub fn keep_cookie(&mut self, phase: Phase, said: Said) {
        let Some(jar) = &mut self.jar else { return };
        match said {
            Said::Granted(token, _) | Said::Kept(token, _) => {
                *jar = Jar(Some(token));
                let family = self.server.family(token);
                family.unheard &= family.newest > token.step;
                family.carried = true;
            }
            Said::Done if phase == Phase::Logout => *jar = Jar(None),
            Said::Done | Said::Refused | Said::Failed(..) => {}
        }
    }
}
