//! The backends that answers are read for: each preset, and one that points at everything.

use std::rc::Rc;

use serde_json::{Value, json};
use wasm_auth_session::core::dialect::presets::PRESETS;
use wasm_auth_session::core::options::Options;

use crate::support;

thread_local! {
    static BACKENDS: Vec<Rc<Options>> = every_backend();
}

/// The one of that number; there is one for every number.
#[must_use]
pub fn backend(number: usize) -> Rc<Options> {
    BACKENDS.with(|backends| backends[number % backends.len()].clone())
}

fn every_backend() -> Vec<Rc<Options>> {
    let presets = PRESETS.iter().map(|(name, _)| json!({ "preset": name, "baseUrl": "https://api.example.com" }));
    presets.chain([pointing_everywhere()]).map(|given| Rc::new(support::options(&given))).collect()
}

/// Every column of a row is in use, with what presets do not have: rules without a status, pointers into lists and
/// names with escapes.
fn pointing_everywhere() -> Value {
    json!({
        "baseUrl": "https://api.example.com/v1", "clientId": "client", "maxLifetimeMs": 86_400_000,
        "request": { "password": { "url": "/login", "encoding": "json", "fields": { "username": "/user/name", "password": "/user/pass~1word" } } },
        "reply": {
            "accessToken": ["/data/token", "/tokens/0", "/a~1b", "/"], "refreshToken": ["/data/refresh", "/tokens/1"],
            "tokenType": "/type", "scope": "/data/scope", "user": "/data/user/id",
            "lifetime": [
                { "at": "/data/expires", "as": "iso8601" }, { "at": "/ms", "as": "milliseconds" }, { "at": "/until", "as": "unixSeconds" },
                { "at": "/untilMs", "as": "unixMillis" }, { "at": "/expires_in", "as": "seconds" }
            ]
        },
        "rejection": { "rules": [
            { "phase": "refresh", "at": "/code", "is": 7, "code": "session_ended" },
            { "at": "/errors/0/code", "code": "validation" },
            { "empty": true, "status": [400, 403], "code": "forbidden" }
        ] },
        "refresh": { "by": "endpoint", "url": "/refresh", "echo": { "device": "/device" } },
        "end": { "by": "endpoint", "url": "/logout" },
        "use": { "expired": [{ "status": 200, "at": "/data", "is": null }, { "status": 403, "empty": true }] }
    })
}
