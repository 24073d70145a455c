//! The closed list of events and warnings. What comes in: what the table decided; what goes out:
//! a name and its detail for subscribers. It never holds a secret.

use super::error::{AuthError, SessionEndReason, named};
use super::tree::{Tree, map};
use super::units::UnixMillis;

named! {
    /// Where the session is kept.
    StorageKind {
        /// localStorage: over reloads, in every tab.
        Local = "local",
        /// sessionStorage: over reloads, in this tab.
        Session = "session",
        /// Nowhere but here.
        Memory = "memory",
        /// IndexedDB: over reloads, in every tab.
        IndexedDb = "indexeddb",
        /// The caller's own storage.
        Custom = "custom",
    }
}

named! {
    /// What a developer or operator should look at.
    WarningCode {
        /// Nothing tells when the token expires.
        LifetimeUnknown = "lifetime_unknown",
        /// The lifetime told is longer than believable.
        LifetimeClamped = "lifetime_clamped",
        /// Page and backend are different sites to the browser: the cookie will not be sent.
        CrossSiteCookie = "cross_site_cookie",
        /// Page and backend do not share a host: the page cannot read the CSRF cookie.
        CsrfCookieUnreadable = "csrf_cookie_unreadable",
        /// What was stored could not be read and was dropped.
        RecordDropped = "record_dropped",
        /// What was stored is of a newer version of this package and was left alone.
        RecordNewer = "record_newer",
        /// The API refuses new tokens like those before.
        RefreshLoop = "refresh_loop",
    }
}

/// A warning, with what to change in our words.
#[derive(Clone, PartialEq, Debug)]
pub struct Warning {
    /// Which.
    pub code: WarningCode,
    /// What to change.
    pub message: String,
}

impl Warning {
    /// As JavaScript sees it.
    #[must_use]
    pub fn to_tree(&self) -> Tree {
        map! { "code": Tree::text(self.code.name()), "message": Tree::text(self.message.as_str()) }
    }
}

/// What subscribers are told.
#[derive(Clone, PartialEq, Debug)]
pub enum SessionEvent {
    /// Somebody logged in, here or in another tab.
    SignedIn {
        /// Who, unverified.
        user: Option<String>,
    },
    /// The tokens were renewed.
    Refreshed {
        /// Until when they last.
        expires_at: Option<UnixMillis>,
    },
    /// An attempt to renew failed; the session goes on.
    RefreshFailed {
        /// Why.
        error: AuthError,
        /// When the next attempt is due, if one is planned.
        next_attempt_at: Option<UnixMillis>,
    },
    /// The session ends soon and cannot be renewed.
    Expiring {
        /// When.
        expires_at: UnixMillis,
    },
    /// The session is over.
    SignedOut {
        /// Why.
        reason: SessionEndReason,
    },
    /// Somebody else is signed in than before.
    UserChanged {
        /// Who now.
        user: Option<String>,
        /// Who before.
        previous: Option<String>,
    },
    /// The session is kept in a lesser place than asked for.
    StorageDegraded {
        /// Where.
        storage: StorageKind,
        /// Why.
        error: AuthError,
    },
    /// Something to look at.
    Warning(Warning),
}

/// The names of all events, in the order of [`SessionEvent`]; and `body_not_replayable`, which concerns a call of the
/// caller's own and not the session.
pub const EVENT_NAMES: &[&str] = &[
    "signed_in",
    "refreshed",
    "refresh_failed",
    "expiring",
    "signed_out",
    "user_changed",
    "storage_degraded",
    "warning",
    "body_not_replayable",
];

impl SessionEvent {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::SignedIn { .. } => "signed_in",
            Self::Refreshed { .. } => "refreshed",
            Self::RefreshFailed { .. } => "refresh_failed",
            Self::Expiring { .. } => "expiring",
            Self::SignedOut { .. } => "signed_out",
            Self::UserChanged { .. } => "user_changed",
            Self::StorageDegraded { .. } => "storage_degraded",
            Self::Warning(_) => "warning",
        }
    }

    /// The reason, code or kind it tells of, by name.
    #[must_use]
    pub fn told(&self) -> Option<&'static str> {
        match self {
            Self::RefreshFailed { error, .. } => Some(error.code().row().name),
            Self::SignedOut { reason } => Some(reason.name()),
            Self::StorageDegraded { storage, .. } => Some(storage.name()),
            Self::Warning(warning) => Some(warning.code.name()),
            Self::SignedIn { .. } | Self::Refreshed { .. } | Self::Expiring { .. } | Self::UserChanged { .. } => None,
        }
    }

    /// Its detail, as JavaScript sees it. Errors stand under `error`.
    #[must_use]
    pub fn detail(&self) -> Tree {
        match self {
            Self::SignedIn { user } => map! { "user": optional_text(user.as_deref()) },
            Self::Refreshed { expires_at } => map! { "expiresAtMs": optional_instant(*expires_at) },
            Self::RefreshFailed { error, next_attempt_at } => {
                map! { "error": error.to_tree(), "nextAttemptAtMs": optional_instant(*next_attempt_at) }
            }
            Self::Expiring { expires_at } => map! { "expiresAtMs": Tree::integer(expires_at.0) },
            Self::SignedOut { reason } => map! { "reason": Tree::text(reason.name()) },
            Self::UserChanged { user, previous } => map! {
                "user": optional_text(user.as_deref()),
                "previousUser": optional_text(previous.as_deref()),
            },
            Self::StorageDegraded { storage, error } => {
                map! { "storage": Tree::text(storage.name()), "error": error.to_tree() }
            }
            Self::Warning(warning) => warning.to_tree(),
        }
    }
}

/// A text, or `null`.
#[must_use]
pub fn optional_text(text: Option<&str>) -> Tree {
    text.map_or(Tree::Null, Tree::text)
}

/// An instant, or `null`.
#[must_use]
pub fn optional_instant(instant: Option<UnixMillis>) -> Tree {
    instant.map_or(Tree::Null, |instant| Tree::integer(instant.0))
}
