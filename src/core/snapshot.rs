//! Stage seven: what subscribers see. What comes in: the machine's state; what goes out: a picture of it
//! without any secret, equal to the one before unless something changed.

use super::error::{SessionEndReason, named};
use super::event::{StorageKind, Warning, optional_instant, optional_text};
use super::tree::{Tree, map};
use super::units::UnixMillis;

named! {
    /// Whether there is a session.
    Status {
        /// Not known yet: the store is being read.
        Restoring = "restoring",
        /// There is none.
        SignedOut = "signed_out",
        /// There is one.
        Active = "active",
    }
}

named! {
    /// What is going on.
    Activity {
        /// A login is under way.
        SigningIn = "signing_in",
        /// The tokens are being renewed.
        Refreshing = "refreshing",
        /// The server is being told of a logout.
        SigningOut = "signing_out",
    }
}

/// A picture of the session.
#[derive(Clone, PartialEq, Debug)]
pub struct Snapshot {
    /// Whether there is a session.
    pub status: Status,
    /// What is going on.
    pub activity: Option<Activity>,
    /// Who is signed in, unverified.
    pub user: Option<String>,
    /// Granted scope.
    pub scope: Option<String>,
    /// Token type.
    pub token_type: Option<String>,
    /// When the tokens were asked for.
    pub issued_at: Option<UnixMillis>,
    /// When the access token expires.
    pub expires_at: Option<UnixMillis>,
    /// When it is to be renewed.
    pub refresh_at: Option<UnixMillis>,
    /// Reply fields that are not tokens.
    pub extra: Tree,
    /// Why the last session ended.
    pub end_reason: Option<SessionEndReason>,
    /// Where the session is kept.
    pub storage: StorageKind,
    /// Each kind of warning that came up.
    pub warnings: Vec<Warning>,
}

impl Snapshot {
    /// As JavaScript sees it.
    #[must_use]
    pub fn to_tree(&self) -> Tree {
        map! {
            "status": Tree::text(self.status.name()),
            "signedIn": Tree::Bool(self.status == Status::Active),
            "activity": optional_text(self.activity.map(Activity::name)),
            "user": optional_text(self.user.as_deref()),
            "scope": optional_text(self.scope.as_deref()),
            "tokenType": optional_text(self.token_type.as_deref()),
            "issuedAtMs": optional_instant(self.issued_at),
            "expiresAtMs": optional_instant(self.expires_at),
            "refreshAtMs": optional_instant(self.refresh_at),
            "extra": self.extra.clone(),
            "endReason": optional_text(self.end_reason.map(SessionEndReason::name)),
            "storage": Tree::text(self.storage.name()),
            "warnings": Tree::List(self.warnings.iter().map(Warning::to_tree).collect()),
        }
    }
}
