//! What the fuzz targets share. A target is a file in `fuzz_targets/`: it reads its input with what is here, drives the
//! core through its public functions, and says what must hold.

pub mod answer;
pub mod backends;
pub mod canary;
pub mod json;

/// The platform's parsers, as the native tests have them.
#[path = "../../tests/support/mod.rs"]
pub mod support;
