//! How often each thing may happen in one trace. What is used up no longer happens.

/// What is left of each.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Budget {
    /// Callers who ask for a token.
    pub asks: u8,
    /// Callers who ask for new tokens.
    pub forces: u8,
    /// Users who log out.
    pub logouts: u8,
    /// Users who log in.
    pub logins: u8,
    /// Users who log in for one tab only.
    pub here: u8,
    /// Pages that are opened as a copy of another.
    pub copies: u8,
    /// Tabs that crash.
    pub crashes: u8,
    /// Crashed tabs that are opened again.
    pub reopens: u8,
    /// Tabs that are frozen.
    pub freezes: u8,
    /// Requests or replies that get lost.
    pub losses: u8,
    /// Requests that the server fails to serve.
    pub failures: u8,
    /// Reads that show the mirror as it was.
    pub stale: u8,
    /// Writes that find no room.
    pub full: u8,
    /// Writes that no place takes.
    pub failed: u8,
    /// Hints that get lost.
    pub hushed: u8,
    /// Times somebody empties the store.
    pub clears: u8,
    /// Jumps of the wall clock.
    pub jumps: u8,
    /// Times a read is settled long before it is heard.
    pub early: u8,
    /// Times the short waits pass.
    pub soon: u8,
    /// Times a request and a lock are waited for long enough.
    pub long: u8,
    /// Times the tokens come due.
    pub due: u8,
}

impl Budget {
    /// Nothing happens.
    pub const NONE: Self = Self {
        asks: 0,
        forces: 0,
        logouts: 0,
        logins: 0,
        here: 0,
        copies: 0,
        crashes: 0,
        reopens: 0,
        freezes: 0,
        losses: 0,
        failures: 0,
        stale: 0,
        full: 0,
        failed: 0,
        hushed: 0,
        clears: 0,
        jumps: 0,
        early: 0,
        soon: 0,
        long: 0,
        due: 0,
    };
}
