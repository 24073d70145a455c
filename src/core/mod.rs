//! The part that decides. No browser, no clock, no randomness: time and seed are arguments, what
//! should happen is returned. Compiled and tested natively.
//!
//! Words used throughout:
//!
//! - **token set**: what a successful reply grants; **record**: what is stored of it.
//! - **dialect**: a backend as data; **grant**: one way to ask for tokens; **rejection**: a refusal, read.
//! - **hint**: a message that something may have changed, never a value.
//! - **waiter**: a caller's promise; **ticket**: names one pending effect, so that a late answer is known as late.
//! - **deadline**: the one instant at which the machine wants to be called again.

#![forbid(unsafe_code)]

pub mod challenge;
pub mod dialect;
pub mod error;
pub mod event;
pub mod explain;
pub mod guard;
pub mod jwt;
pub mod lifetime;
pub mod options;
pub mod platform;
pub mod record;
pub mod redact;
pub mod rejection;
pub mod reply;
pub mod request;
pub mod schedule;
pub mod secret;
pub mod session;
pub mod sight;
pub mod snapshot;
pub mod spelling;
pub mod text;
pub mod token_set;
pub mod transport;
pub mod tree;
pub mod units;
