//! Every failure, one enum and one table. What comes in: what went wrong, as data; what goes out:
//! a code that names what the caller should do, a message in our words, and details that carry what
//! the server said. It never holds a body, a password or a token.

use std::rc::Rc;

use super::rejection::ServerSaid;
use super::spelling::decimal;
use super::text::concat;
use super::tree::{Tree, map};
use super::units::Millis;

/// A row of [`ERRORS`].
#[derive(Debug)]
pub struct ErrorRow {
    /// The code as JavaScript sees it.
    pub name: &'static str,
    /// What it means, in our words. Server text never enters here.
    pub message: &'static str,
    /// Whether the same call may succeed later without the caller changing anything.
    pub retryable: bool,
}

macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $retryable:literal, $message:literal;)*) => {
        /// Names what the caller should do. The list is closed.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum ErrorCode { $($(#[$doc])* $variant),* }

        impl ErrorCode {
            /// All of them, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),*];
        }

        /// One row a code, in the order of [`ErrorCode`].
        pub static ERRORS: &[ErrorRow] = &[$(ErrorRow { name: $name, message: $message, retryable: $retryable }),*];
    };
}

error_codes! {
    /// Fix the call.
    InvalidOptions = "invalid_options", false, "an option or argument is not valid";
    /// Ask for the password again. RFC 6749 section 5.2, `invalid_grant` at login.
    InvalidCredentials = "invalid_credentials", false, "the server did not accept these credentials";
    /// Show the message beside each field.
    Validation = "validation", false, "the server found fault with some fields";
    /// Tell the user: inactive, locked, awaiting approval, no access.
    Forbidden = "forbidden", false, "the server refuses access to this account";
    /// Show what the server said.
    Rejected = "rejected", false, "the server refused the request";
    /// Fix the set-up. RFC 6749 section 5.2, `invalid_client` and its like; 404, 405, 415, 426.
    Misconfigured = "misconfigured", false, "the server does not take this request: check URL, client and options";
    /// Wait. RFC 6585 section 4.
    RateLimited = "rate_limited", true, "too many requests: wait before the next one";
    /// Retry later.
    Server = "server", true, "the server failed";
    /// Retry: no answer could be had.
    Network = "network", true, "no answer that the page may read";
    /// Retry: the deadline passed.
    Timeout = "timeout", true, "no complete answer before the deadline";
    /// Nothing: the caller withdrew.
    Aborted = "aborted", false, "withdrawn by the caller";
    /// Report a bug of the server or of the options.
    InvalidResponse = "invalid_response", true, "the answer is not what the options describe";
    /// Log in again.
    SessionEnded = "session_ended", false, "there is no session: log in";
    /// Nothing: a newer login or logout won.
    Superseded = "superseded", false, "a newer login or logout took its place";
    /// Retry later: another tab holds the session's lock.
    LockTimeout = "lock_timeout", true, "another tab is busy with this session";
    /// Look at the server or the clock.
    RefreshLoop = "refresh_loop", true, "refreshing makes no progress";
    /// Fix the call: secrets travel over https, or stay on this machine.
    InsecureUrl = "insecure_url", false, "this URL would send secrets unencrypted";
    /// Fix the call: the token may not go there.
    BlockedOrigin = "blocked_origin", false, "the token may not be sent to this origin";
    /// Fix the call: the request body was used up.
    BodyNotReplayable = "body_not_replayable", false, "the request body cannot be sent again";
    /// Carry on, unsaved.
    Storage = "storage", false, "the session cannot be kept in storage";
    /// Check the Content-Security-Policy and the path of the module.
    ModuleLoad = "module_load", true, "the WebAssembly module is not loaded";
    /// Call again: the session starts afresh from the store.
    Trapped = "trapped", true, "the module stopped unexpectedly";
    /// Do not call: the session was disposed of.
    Disposed = "disposed", false, "the session was disposed of";
}

impl ErrorCode {
    /// The code of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.row().name == name)
    }

    /// The code's row.
    #[must_use]
    pub fn row(self) -> &'static ErrorRow {
        static NO_ROW: ErrorRow = ErrorRow { name: "trapped", message: "", retryable: false };
        ERRORS.get(self as usize).unwrap_or(&NO_ROW)
    }
}

/// Defines an enum whose every variant has one name on the JavaScript side.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum $name { $($(#[$variant_doc])* $variant),* }

        impl $name {
            /// The names of all of them, in order.
            pub const NAMES: &[&'static str] = &[$($text),*];

            /// All of them, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name as JavaScript sees it.
            #[must_use]
            pub fn name(self) -> &'static str {
                Self::NAMES.get(self as usize).copied().unwrap_or_default()
            }

            /// The one of that name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.get(Self::NAMES.iter().position(|one| *one == name)?).copied()
            }
        }
    };
}
pub(crate) use named;

named! {
    /// Which exchange an answer belongs to.
    Phase {
        /// A grant at the token endpoint.
        Login = "login",
        /// A renewal.
        Refresh = "refresh",
        /// Revocation, or the logout endpoint.
        Logout = "logout",
        /// A call of the caller's own, with the access token.
        Api = "api",
    }
}

named! {
    /// Why a session ended.
    SessionEndReason {
        /// By the user, here or in another tab; also: nobody has logged in yet.
        LoggedOut = "logged_out",
        /// The server refused to renew it.
        Refused = "refused",
        /// The server refused to renew it after an answer of its had been lost.
        Ambiguous = "ambiguous",
        /// Its lifetime is over and it cannot be renewed.
        Expired = "expired",
        /// Something newer took its place in the store: of a faster copy of the tab, or of a newer version.
        Elsewhere = "elsewhere",
        /// The renewed tokens belong to somebody else.
        IdentityChanged = "identity_changed",
        /// The store was emptied.
        StorageCleared = "storage_cleared",
        /// The store held something unreadable.
        StorageCorrupt = "storage_corrupt",
        /// Nobody used it for too long.
        Idle = "idle",
    }
}

named! {
    /// What was being done with the store.
    StorageOperation {
        /// Trying whether it works at all.
        Probe = "probe",
        /// Reading the record.
        Read = "read",
        /// Writing the record.
        Write = "write",
        /// Taking the record out.
        Clear = "clear",
    }
}

/// Everything that can go wrong.
#[derive(Clone, PartialEq, Debug)]
pub enum AuthError {
    /// See [`ErrorCode::InvalidOptions`].
    InvalidOptions {
        /// Path of the option, for example `refresh.by`.
        option: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The server refused; the code is one of those that describe a refusal.
    Refused(ErrorCode, Rc<ServerSaid>),
    /// See [`ErrorCode::Network`].
    Network {
        /// Which exchange.
        phase: Phase,
        /// What it may have been: the browser does not tell.
        causes: &'static [&'static str],
        /// What to look at.
        hint: String,
    },
    /// See [`ErrorCode::Timeout`].
    Timeout {
        /// Which exchange.
        phase: Phase,
        /// The deadline that passed.
        timeout: Millis,
    },
    /// See [`ErrorCode::Aborted`].
    Aborted,
    /// See [`ErrorCode::InvalidResponse`].
    InvalidResponse {
        /// Which exchange.
        phase: Phase,
        /// The HTTP status.
        status: u16,
        /// Where in the body.
        pointer: String,
        /// What should stand there.
        expected: &'static str,
    },
    /// See [`ErrorCode::SessionEnded`].
    SessionEnded {
        /// Why.
        reason: SessionEndReason,
        /// The refusal that ended it.
        said: Option<Rc<ServerSaid>>,
    },
    /// See [`ErrorCode::Superseded`].
    Superseded,
    /// See [`ErrorCode::LockTimeout`].
    LockTimeout,
    /// See [`ErrorCode::RefreshLoop`].
    RefreshLoop,
    /// See [`ErrorCode::InsecureUrl`].
    InsecureUrl {
        /// The option that holds the URL.
        option: String,
        /// Where it points.
        origin: String,
    },
    /// See [`ErrorCode::Storage`].
    Storage(StorageOperation),
    /// See [`ErrorCode::Disposed`].
    Disposed,
}

impl AuthError {
    /// An `invalid_options` error.
    pub fn invalid(option: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::InvalidOptions { option: option.into(), reason: reason.into() }
    }

    /// A `session_ended` error without an answer behind it.
    #[must_use]
    pub fn ended(reason: SessionEndReason) -> Self {
        Self::SessionEnded { reason, said: None }
    }

    /// Its code.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::InvalidOptions { .. } => ErrorCode::InvalidOptions,
            Self::Refused(code, _) => *code,
            Self::Network { .. } => ErrorCode::Network,
            Self::Timeout { .. } => ErrorCode::Timeout,
            Self::Aborted => ErrorCode::Aborted,
            Self::InvalidResponse { .. } => ErrorCode::InvalidResponse,
            Self::SessionEnded { .. } => ErrorCode::SessionEnded,
            Self::Superseded => ErrorCode::Superseded,
            Self::LockTimeout => ErrorCode::LockTimeout,
            Self::RefreshLoop => ErrorCode::RefreshLoop,
            Self::InsecureUrl { .. } => ErrorCode::InsecureUrl,
            Self::Storage(_) => ErrorCode::Storage,
            Self::Disposed => ErrorCode::Disposed,
        }
    }

    /// Whether the browser knew that nothing could be sent.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        matches!(self, Self::Network { causes, .. } if *causes == ["offline"])
    }

    /// The same end, for this reason.
    #[must_use]
    pub fn because(self, reason: SessionEndReason) -> Self {
        if let Self::SessionEnded { said, .. } = self { Self::SessionEnded { reason, said } } else { self }
    }

    /// How long the server asks to wait, if it says.
    #[must_use]
    pub fn retry_after(&self) -> Option<Millis> {
        if let Self::Refused(_, said) = self { said.retry_after } else { None }
    }

    /// What went wrong, in our words and the options' own: all that a console shows of an error. Server text never enters here.
    fn message(&self) -> String {
        let text = self.code().row().message;
        match self {
            Self::InvalidOptions { option, reason } => concat(&[option, ": ", reason]),
            Self::Network { hint, .. } => concat(&[text, ": ", hint]),
            Self::Timeout { phase, timeout } => concat(&[text, ": ", phase.name(), ", ", &decimal(timeout.0), " ms"]),
            Self::InvalidResponse { phase, status, pointer, expected } => {
                let at = if pointer.is_empty() { "the body" } else { pointer };
                concat(&[
                    text,
                    ": ",
                    phase.name(),
                    ", status ",
                    &decimal(i64::from(*status)),
                    ": ",
                    at,
                    " must be ",
                    expected,
                ])
            }
            Self::SessionEnded { reason, .. } => concat(&[text, " (", reason.name(), ")"]),
            Self::InsecureUrl { option, origin } => {
                concat(&[option, ": ", text, ": ", origin, ". Use https:, or allowInsecureHttp where that is meant"])
            }
            Self::Storage(operation) => concat(&[text, " (", operation.name(), ")"]),
            Self::Refused(..)
            | Self::Aborted
            | Self::Superseded
            | Self::LockTimeout
            | Self::RefreshLoop
            | Self::Disposed => text.to_owned(),
        }
    }

    /// What JavaScript sees: `code`, `message`, `retryable`, and the details of the code.
    #[must_use]
    pub fn to_tree(&self) -> Tree {
        let row = self.code().row();
        let mut tree = map! {
            "code": Tree::text(row.name),
            "message": Tree::text(self.message()),
            "retryable": Tree::Bool(row.retryable),
        };
        match self {
            Self::InvalidOptions { option, reason } => {
                tree.set_text("option", option);
                tree.set_text("reason", reason);
            }
            Self::Refused(_, said) => said.write_to(&mut tree),
            Self::Network { phase, causes, hint } => {
                tree.set_text("phase", phase.name());
                tree.set("causes", Tree::List(causes.iter().copied().map(Tree::text).collect()));
                tree.set_text("hint", hint);
            }
            Self::Timeout { phase, timeout } => {
                tree.set_text("phase", phase.name());
                tree.set("timeoutMs", Tree::integer(timeout.0));
            }
            Self::InvalidResponse { phase, status, pointer, expected } => {
                tree.set_text("phase", phase.name());
                tree.set("status", Tree::integer(i64::from(*status)));
                tree.set_text("pointer", pointer);
                tree.set_text("expected", expected);
            }
            Self::SessionEnded { reason, said } => {
                if let Some(said) = said {
                    said.write_to(&mut tree);
                }
                tree.set_text("reason", reason.name());
            }
            Self::InsecureUrl { option, origin } => {
                tree.set_text("option", option);
                tree.set_text("origin", origin);
            }
            Self::Storage(operation) => tree.set_text("operation", operation.name()),
            Self::Aborted | Self::Superseded | Self::LockTimeout | Self::RefreshLoop | Self::Disposed => {}
        }
        tree
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_finds_its_own_row() {
        assert_eq!(ErrorCode::InvalidOptions.row().name, "invalid_options");
        assert_eq!(ErrorCode::Disposed.row().name, "disposed");
        assert_eq!(ErrorCode::Disposed as usize, ERRORS.len() - 1);
    }
}
