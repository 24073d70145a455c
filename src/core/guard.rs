//! The rules that keep a session whole, by name, so that a test can switch one off and see what breaks.
//!
//! `guard!(Rule, condition)`, or `guard!(Rule)` beside a condition, stands in the machine where the rule stands. In the browser it is the condition and
//! nothing else; natively it is false while a test has switched its rule off.

super::error::named! {
    /// A rule of the machine.
    Rule {
        /// Of the store and its copy in the fence, the newer counts.
        FreshestWins = "the newer of store and fence counts",
        /// Under the lock, newer tokens of another tab are taken up instead of sending older ones.
        NewerIsAdopted = "newer tokens are adopted",
        /// What is older than what was seen is not taken up.
        OlderIsIgnored = "older records are ignored",
        /// A tombstone ends the session in every tab.
        EndIsHeeded = "a logout elsewhere is heeded",
        /// An emptied store ends the session.
        EmptiedIsHeeded = "an emptied store is heeded",
        /// An answer counts only while its ticket is awaited.
        LateIsDropped = "late answers are dropped",
        /// A failure that says nothing about the session leaves it.
        TransientKeeps = "a transient failure keeps the session",
        /// A logout takes the session out of the store before it waits for anything.
        BuriedAtOnce = "a logout buries at once",
        /// A logout looks again under the lock.
        BurialIsConfirmed = "a logout is confirmed under the lock",
        /// A write that came too late is thought over.
        OvertakenIsReread = "an overtaken write is thought over",
        /// Tokens are stored only into the session they renew.
        RenewsItsOwn = "a renewal belongs to its own session",
        /// A refusal ends the session only if what was refused is still the newest.
        RefusedIsNewest = "only the newest token can be refused",
        /// Before tokens are spent, the store says so.
        MarkerFirst = "the marker is written before the request",
        /// A wait holds in every tab.
        WaitIsShared = "waits are shared",
        /// Nobody is sent twice before the wait is over.
        WaitIsKept = "waits are kept",
        /// What ends a session that is one tab's alone, but for a logout, ends no other.
        OwnEndsAlone = "a session of one tab ends alone",
        /// What nobody can use goes back to the server.
        LateIsHandedBack = "late tokens are handed back",
    }
}

/// Runs `test` with one rule switched off in this thread.
#[cfg(not(target_arch = "wasm32"))]
pub fn without<T>(rule: Rule, test: impl FnOnce() -> T) -> T {
    let before = OFF.with(|off| off.replace(Some(rule)));
    let result = test();
    OFF.with(|off| off.set(before));
    result
}

/// Whether a rule counts.
#[cfg(not(target_arch = "wasm32"))]
#[must_use]
pub fn counts(rule: Rule) -> bool {
    OFF.with(std::cell::Cell::get) != Some(rule)
}

#[cfg(not(target_arch = "wasm32"))]
thread_local! {
    static OFF: std::cell::Cell<Option<Rule>> = const { std::cell::Cell::new(None) };
}

#[cfg(not(target_arch = "wasm32"))]
macro_rules! guard {
    ($rule:ident) => {
        $crate::core::guard::counts($crate::core::guard::Rule::$rule)
    };
    ($rule:ident, $condition:expr) => {
        $crate::core::guard::counts($crate::core::guard::Rule::$rule) && $condition
    };
}

#[cfg(target_arch = "wasm32")]
macro_rules! guard {
    ($rule:ident) => {
        true
    };
    ($rule:ident, $condition:expr) => {
        std::convert::identity($condition)
    };
}
pub(crate) use guard;
