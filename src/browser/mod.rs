//! The part that acts: the only one that names browser crates. It runs what the machine asks for and
//! feeds back what came of it. It decides nothing.

mod alarm;
mod clock;
pub mod driver;
mod fetch;
mod listener;
mod memory;
mod mirror;
mod page;
pub mod platform;
pub mod shell;
pub mod store;
pub mod value;
