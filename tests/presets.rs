//! Native: every preset is a row of options that parses.
#![cfg(not(target_arch = "wasm32"))]
mod support;

use serde_json::json;
use wasm_auth_session::core::dialect::presets::PRESETS;

#[test]
fn every_preset_parses_with_nothing_but_a_base_url() {
    for (name, _) in PRESETS {
        let options = support::options(&json!({ "preset": name, "baseUrl": "https://api.example.com/base" }));
        assert!(options.dialect.grant("password").is_some(), "{name}");
        assert!(
            options.dialect.grants.iter().all(|grant| grant
                .request
                .url
                .href
                .starts_with("https://api.example.com/base/"))
        );
    }
}
