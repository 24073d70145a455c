//! Options as they are given, and what is made of them.

use serde_json::{Value, json};
use wasm_auth_session::core::error::AuthError;
use wasm_auth_session::core::options::Options;

use crate::support::{self, NATIVE};

pub(super) fn parse(given: &Value) -> Result<Options, AuthError> {
    Options::parse(&support::tree(given), &NATIVE, None)
}

/// Options that are valid but for what is laid over them.
pub(super) fn with(extra: &Value) -> Value {
    let mut given = json!({ "baseUrl": "https://api.example.com" });
    given.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
    given
}

/// The option and the reason of an `invalid_options` error.
pub(super) fn fault(given: &Value) -> (String, String) {
    match parse(given) {
        Err(AuthError::InvalidOptions { option, reason }) => (option, reason),
        other => panic!("{given}: {other:?}"),
    }
}
