//! Native: where an access token may go, and how trees leave for JavaScript.
#![cfg(not(target_arch = "wasm32"))]
mod support;

use serde_json::{Value, json};
use support::NATIVE;
use wasm_auth_session::core::error::AuthError;
use wasm_auth_session::core::options::Options;
use wasm_auth_session::core::tree::Tree;

fn parse(given: &Value) -> Result<Options, AuthError> {
    Options::parse(&support::tree(given), &NATIVE, None)
}

fn with_origins(origins: Value) -> Result<Options, AuthError> {
    parse(&json!({ "baseUrl": "https://api.example.com/v1", "use": { "origins": origins } }))
}

fn origins(options: &Options) -> Value {
    support::json(&options.dialect.usage.to_tree())["origins"].clone()
}

#[test]
fn by_default_a_token_goes_to_the_origin_of_the_login_and_nowhere_else() {
    let options = parse(&json!({ "baseUrl": "https://api.example.com/v1" })).expect("valid options");
    assert_eq!(origins(&options), json!(["https://api.example.com"]));
    let elsewhere = json!({ "baseUrl": "https://api.example.com", "preset": "oauth2-form", "request": { "password": { "url": "https://login.example.com/token" } } });
    assert_eq!(origins(&parse(&elsewhere).expect("valid options")), json!(["https://login.example.com"]));
}

#[test]
fn listed_origins_take_the_place_of_the_default_and_keep_their_paths() {
    let options =
        with_origins(json!(["https://api.example.com/v1/", "https://files.example.com"])).expect("valid options");
    assert_eq!(origins(&options), json!(["https://api.example.com/v1/", "https://files.example.com/"]));
    assert_eq!(origins(&with_origins(json!([])).expect("valid options")), json!([]), "an empty list is nowhere");
}

#[test]
fn f115_of_an_answer_that_may_mean_an_expired_token_it_is_known_whether_its_status_says_so_alone() {
    let expired = |expired: Value| {
        let given = json!({ "baseUrl": "https://api.example.com", "use": { "expired": expired } });
        support::json(&parse(&given).expect("valid options").dialect.usage.to_tree())["expired"].clone()
    };
    let by_default = parse(&json!({ "baseUrl": "https://api.example.com" })).expect("valid options");
    let only_401 = json!([{ "statuses": [401], "isAll": true }]);
    assert_eq!(support::json(&by_default.dialect.usage.to_tree())["expired"], only_401);
    for more in
        [json!({ "at": "/code" }), json!({ "empty": true }), json!({ "empty": false }), json!({ "phase": "login" })]
    {
        let mut condition = more;
        condition["status"] = json!([400, 403]);
        assert_eq!(expired(json!([condition])), json!([{ "statuses": [400, 403], "isAll": false }]));
    }
    assert_eq!(expired(json!([{ "at": "/code" }])), json!([{ "statuses": [], "isAll": false }]), "with any status");
}

#[test]
fn f107_an_origin_that_is_none_or_has_a_query_is_refused() {
    for wrong in ["/v1", "api.example.com", "https://api.example.com/?x=1", "https://api.example.com/#x", ""] {
        match with_origins(json!([wrong])) {
            Err(AuthError::InvalidOptions { option, reason }) => {
                assert_eq!(
                    [option.as_str(), &reason],
                    ["use.origins", "must be absolute URLs without query"],
                    "{wrong}"
                );
            }
            other => panic!("{wrong}: {other:?}"),
        }
    }
}

#[test]
fn f109_an_origin_where_a_token_would_travel_in_clear_is_refused() {
    assert!(matches!(with_origins(json!(["http://api.example.com"])), Err(AuthError::InsecureUrl { .. })));
    assert!(matches!(with_origins(json!(["https://ada:x@api.example.com"])), Err(AuthError::InvalidOptions { .. })));
}

#[test]
fn f48_a_name_that_only_looks_like_a_loopback_address_is_none() {
    let parse = |base: &str| parse(&json!({ "baseUrl": base }));
    for here in ["http://127.0.0.1:8080", "http://127.1", "http://127.0.0.1.", "http://[::1]", "http://a.localhost"] {
        assert!(parse(here).is_ok(), "{here}");
    }
    for elsewhere in
        ["http://127...", "http://127..:8080", "http://127.0.0.1..", "http://127.example", "http://localhost.example"]
    {
        assert!(parse(elsewhere).is_err(), "{elsewhere}");
    }
}

#[test]
fn a_grant_that_is_taken_away_is_not_there_and_the_token_endpoint_is_that_of_the_next() {
    let given = json!({ "baseUrl": "https://api.example.com", "preset": "langflow", "request": { "password": null } });
    let options = parse(&given).expect("valid options");
    assert!(options.dialect.grant("password").is_none() && options.dialect.grant("auto").is_some());
}

#[test]
fn a_refresh_reply_differs_from_the_login_reply_only_where_its_row_says_so() {
    let refresh = json!({ "reply": { "accessToken": "/fresh" } });
    let options = parse(&json!({ "baseUrl": "https://api.example.com", "refresh": refresh })).expect("valid options");
    let refresh = options.dialect.refresh.expect("a refresh");
    assert_eq!([&refresh.reply.access_token, &refresh.reply.refresh_token], [&["/fresh"], &["/refresh_token"]]);
    assert_eq!(options.dialect.reply.access_token, ["/access_token"]);
}

#[test]
fn a_tree_leaves_as_what_json_can_say_and_prints_as_its_kind() {
    let value = json!({ "a": [null, true, 1.5, "text"], "b": {} });
    let tree = support::tree(&value);
    assert_eq!(serde_json::to_value(&tree).expect("a tree can be written"), value);
    let kinds = [json!(null), json!(true), json!(1), json!("secret"), json!([1]), value];
    let printed: Vec<String> = kinds.iter().map(|one| format!("{:?}", support::tree(one))).collect();
    assert_eq!(printed, ["null", "bool", "number", "text", "list", "map"]);
    let empty = [json!(null), json!([]), json!({})];
    assert!(empty.iter().all(|one| support::tree(one).is_empty()) && !Tree::Bool(false).is_empty());
}
