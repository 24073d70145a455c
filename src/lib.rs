//! Log in to any token endpoint from the browser, and stay logged in.
//!
//! The way of the data, a file a stage:
//!
//! | stage | file |
//! |---|---|
//! | options | `core/options.rs` |
//! | request | `core/request.rs` |
//! | reply | `core/reply.rs` |
//! | token set | `core/token_set.rs` |
//! | store | `browser/store.rs`, of `core/record.rs` |
//! | schedule | `core/schedule.rs` |
//! | subscribers | `js/subscribers.js`, of `core/snapshot.rs` and `core/event.rs` |
//!
//! `core` decides, `browser` acts, `js` speaks; dependencies point down only. What orders the stages
//! is the machine in `core/session.rs`.

#![warn(missing_docs, unused_qualifications)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::await_holding_refcell_ref
)]
// Inputs and effects are made once and moved on, so boxing the large ones would cost an allocation each; what states
// hold is boxed already, and handed on as it is.
#![allow(clippy::large_enum_variant, clippy::boxed_local)]

#[cfg(target_arch = "wasm32")]
pub mod browser;
pub mod core;
#[cfg(target_arch = "wasm32")]
mod js;
