//! Nothing that can be printed shows a secret.

use serde_json::json;

use super::states::{INPUTS, STATES, give, reach};
use super::world::{Kind, World, reply};
use crate::support;

const CANARIES: [&str; 4] = ["canary-password", "canary-access", "canary-refresh", "canary-client"];

fn assert_clean(text: &str, name: &str) {
    for canary in CANARIES.into_iter().chain(["hunter2", "access-1", "access-2", "refresh-1", "refresh-2"]) {
        assert!(!text.contains(canary), "{name} shows {canary}");
    }
}

#[test]
fn what_goes_in_and_out_and_what_is_shown_holds_no_secret() {
    let mut world = World::new(json!({ "clientId": "c", "clientSecret": "canary-client" }));
    world.debug = Some(String::new());
    world.restore(0);
    let granted = json!({ "access_token": "canary-access", "refresh_token": "canary-refresh", "expires_in": 60, "extra_token": "canary-access" });
    world.script.push_back(Ok(reply(200, granted.clone())));
    world.login_with(0, json!({ "username": "ada", "password": "canary-password" }), true);
    assert_clean(&format!("{:?}", world.tabs[0].session), "a session in hand");
    for kind in [Kind::Lock, Kind::Read, Kind::Reply, Kind::Write] {
        world.hold(kind);
        world.script.push_back(Ok(reply(200, granted.clone())));
        world.refresh(0);
        assert_clean(&format!("{:?}", world.tabs[0].session), &format!("a session held at {kind:?}"));
        world.release();
    }
    let echo = json!({ "error": "invalid_grant", "error_description": "canary-refresh canary-client", "canary-refresh": "canary-refresh" });
    world.script.push_back(Ok(reply(400, echo)));
    world.refresh(0);
    let echo = json!({ "error": "invalid_grant", "error_description": "canary-password is wrong", "detail": ["canary-password"] });
    world.script.push_back(Ok(reply(400, echo)));
    world.login_with(0, json!({ "username": "ada", "password": "canary-password" }), true);
    world.adopt(0, granted);
    world.logout(0);
    assert_clean(world.debug.as_deref().expect("it is kept"), "what went in and out");
    assert_clean(&format!("{:?}", world.tabs[0].session), "a session");
    assert_clean(&support::json(&world.snapshot(0).to_tree()).to_string(), "the snapshot");
    for error in world.answers.values().flatten().filter_map(|told| told.as_ref().err()) {
        assert_clean(&support::json(&error.to_tree()).to_string(), "an error");
    }
}

#[test]
fn no_state_and_no_input_shows_a_secret() {
    for state in STATES {
        for input in INPUTS {
            let mut world = reach(state);
            world.debug = Some(String::new());
            give(&mut world, *input);
            let name = format!("{} {input:?}", state.name);
            assert_clean(&format!("{:?}", world.tabs[0].session), &name);
            assert_clean(world.debug.as_deref().expect("it is kept"), &name);
            assert_clean(&support::json(&world.snapshot(0).to_tree()).to_string(), &name);
        }
    }
}
