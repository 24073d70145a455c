//! The part that speaks: JavaScript values in, promises, events and snapshots out. It decides nothing.
//!
//! `index.js` beside this file is the class that callers see; it owns their promises and the handle
//! of [`core::Core`], so that neither a trap nor a forgotten `free()` leaves a caller waiting.

mod core;
mod host;
