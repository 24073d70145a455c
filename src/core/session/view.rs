//! What is to be seen of a session from outside: the snapshot, the token that callers may be handed, what a refused call means.

use super::Session;
use super::state::{Held, State};
use crate::core::error::{AuthError, Phase};
use crate::core::redact::Secrets;
use crate::core::rejection;
use crate::core::secret::SharedSecret;
use crate::core::snapshot::{Activity, Snapshot};
use crate::core::transport::HttpResponse;
use crate::core::tree::Tree;
use crate::core::units::{Millis, MonoMillis, Now, UnixMillis};

/// A token as the shell may keep it for callers, and how long.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenView {
    /// The access token.
    pub token: SharedSecret,
    /// When it expires, or a limit ends the session, by the monotonic clock; `None` when unknown.
    pub mono: Option<MonoMillis>,
    /// The same by the wall clock.
    pub wall: Option<UnixMillis>,
    /// What must be left of it for a caller who names no least.
    pub leeway: Millis,
}

impl Session {
    /// The access token callers may be handed without asking.
    #[must_use]
    pub fn token(&self) -> Option<TokenView> {
        let held = self.shown()?;
        let lifetime = held.session.tokens.lifetime;
        let (mono, wall) = self.limit_ends(held).unzip();
        Some(TokenView {
            token: held.session.tokens.access_token.clone()?,
            mono: lifetime.map(|lifetime| held.obtained.mono.plus(lifetime)).into_iter().chain(mono).min(),
            wall: held.expires_at().into_iter().chain(wall).min(),
            leeway: self.least_left(held, None),
        })
    }

    /// What subscribers see.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let held = self.shown();
        let tokens = held.map(|held| &held.session.tokens);
        let is_ending = self.endings.iter().any(|ending| !ending.waiters.is_empty());
        let activity = if self.login.is_some() || self.commit.is_some() {
            Some(Activity::SigningIn)
        } else if held.is_some() && matches!(&self.state, State::Marking(_) | State::Refreshing(_)) {
            Some(Activity::Refreshing)
        } else {
            is_ending.then_some(Activity::SigningOut)
        };
        // An instant of the monotonic clock, as the wall clock shows it.
        let on_the_wall = |held: &Held, mono: MonoMillis| held.obtained.wall.plus(mono.since(held.obtained.mono));
        Snapshot {
            status: self.status(),
            activity,
            user: tokens.and_then(|tokens| tokens.user.clone()),
            scope: tokens.and_then(|tokens| tokens.scope.clone()),
            token_type: tokens.and_then(|tokens| tokens.token_type.clone()),
            issued_at: held.map(|held| held.obtained.wall),
            expires_at: held.and_then(Held::expires_at),
            refresh_at: held.and_then(|held| Some(on_the_wall(held, self.refresh_at(held)?))),
            extra: tokens.map_or(Tree::Map(Vec::new()), |tokens| tokens.extra.clone()),
            end_reason: if held.is_some() { None } else { self.end_reason },
            storage: self.storage,
            warnings: self.warnings.clone(),
        }
    }

    /// Reads the refusal of a call of the caller's own; `None` for a success.
    #[must_use]
    pub fn read_api_answer(&self, now: Now, response: &HttpResponse) -> Option<AuthError> {
        let mut secrets = Secrets::default();
        if let Some(view) = self.token() {
            secrets.add(view.token.expose());
        }
        let exchange = self.exchange(&self.options, Phase::Api, now, &secrets);
        let is_expired_success = rejection::means_expired(response, &exchange);
        if (200..400).contains(&response.status) && !is_expired_success {
            return None;
        }
        Some(rejection::decode(response, &exchange))
    }
}
