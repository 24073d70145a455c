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

pub mod units;
pub mod secret;
pub mod tree;
pub mod platform;
pub mod options;
pub mod dialect;
pub mod request;
pub mod transport;
pub mod reply;
pub mod lifetime;
pub mod jwt;
pub mod rejection;
pub mod challenge;
pub mod redact;
pub mod token_set;
pub mod record;
pub mod schedule;
pub mod session;
pub mod snapshot;
pub mod event;
pub mod error;
