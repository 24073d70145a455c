//! When what is held is to be renewed, and when it ends.

use super::Session;
use super::state::Held;
use crate::core::dialect::RefreshBy;
use crate::core::options::RefreshMode;
use crate::core::schedule;
use crate::core::units::{Millis, MonoMillis};

impl Session {
    /// Whether something held, or a cookie, can renew this session.
    pub(super) fn can_renew(&self, held: &Held) -> bool {
        self.options.dialect.refresh.as_ref().is_some_and(|refresh| match refresh.by {
            RefreshBy::Grant | RefreshBy::Endpoint => held.session.tokens.refresh_token.is_some(),
            RefreshBy::AccessToken => held.session.tokens.access_token.is_some(),
            RefreshBy::Cookie => true,
            RefreshBy::Never => false,
        })
    }

    /// What must be left of a token that is handed out. One that cannot be renewed is used to its end.
    pub(super) fn least_left(&self, held: &Held, asked: Option<Millis>) -> Millis {
        let usual = || match held.session.tokens.lifetime.filter(|_| self.can_renew(held)) {
            Some(lifetime) => schedule::leeway(lifetime),
            None => Millis::ZERO,
        };
        asked.unwrap_or_else(usual)
    }

    pub(super) fn margin(&self, held: &Held) -> Option<Millis> {
        let lifetime = held.session.tokens.lifetime?;
        Some(schedule::margin(lifetime, self.options.refresh_margin, held.chance))
    }

    /// When the background refresh is due; `None` when none is planned.
    pub(super) fn refresh_at(&self, held: &Held) -> Option<MonoMillis> {
        if self.options.refresh_mode == RefreshMode::OnDemand || !self.can_renew(held) {
            return None;
        }
        let due = if held.session.tokens.access_token.is_none() {
            held.obtained.mono
        } else {
            let planned = held.session.tokens.lifetime?.minus(self.margin(held)?);
            held.obtained.mono.plus(planned.max(schedule::SOONEST))
        };
        match &held.trouble {
            Some(trouble) if !trouble.error.code().row().retryable => None,
            Some(trouble) => Some(due.max(trouble.not_before)),
            None => Some(due),
        }
    }

    pub(super) fn held_deadline(&self, held: &Held) -> Option<MonoMillis> {
        let retry = held.trouble.as_ref().filter(|_| !self.waiters.none_for_tokens()).map(|trouble| trouble.not_before);
        let refresh = self.refresh_at(held).filter(|_| self.visible).map(|due| due.max(self.calm_until));
        let end = held.session.tokens.lifetime.filter(|_| !self.can_renew(held)).map(|lifetime| {
            let warning = self.margin(held).filter(|_| !held.warned).unwrap_or(Millis::ZERO);
            held.obtained.mono.plus(lifetime.minus(warning))
        });
        [retry, refresh, end, self.limit_deadline(held)].into_iter().flatten().min()
    }
}
