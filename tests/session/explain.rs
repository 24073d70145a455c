//! The last steps of a tab, for whoever asks why.

use serde_json::{Value, json};
use wasm_auth_session::core::transport::TransportError;

use super::world::{World, refused};
use crate::support;

fn steps(world: &World) -> Vec<Value> {
    match support::json(&world.tabs[0].session.trace().to_tree()) {
        Value::Array(steps) => steps,
        other => panic!("no list: {other}"),
    }
}

fn names(world: &World) -> Vec<String> {
    let name = |step: &Value| {
        let more =
            step["detail"].as_str().map(str::to_owned).or(step["status"].as_u64().map(|status| status.to_string()));
        format!("{}{}", step["what"].as_str().expect("a name"), more.map(|more| format!(" {more}")).unwrap_or_default())
    };
    steps(world).iter().map(name).collect()
}

#[test]
fn explain_tells_why_the_user_was_logged_out() {
    let mut world = World::signed_in(json!({}));
    world.script.push_back(Err(TransportError::TimedOut));
    world.script.push_back(Ok(refused(400, "invalid_grant")));
    world.refresh(0);
    world.advance(1_000);
    let names = names(&world).join(", ");
    let story = "write marker, saved, sent refresh, no_reply timeout, write marker, saved, refresh_failed timeout, \
                 lock_wanted, lock_granted, write marker, saved, sent refresh, reply 400, cleared, signed_out ambiguous";
    assert!(names.contains(story), "{names}");
}

#[test]
fn explain_keeps_the_last_steps_and_tells_when_each_was() {
    let mut world = World::signed_in(json!({}));
    for _ in 0..20 {
        world.advance(1_000);
        world.refresh(0);
    }
    let steps = steps(&world);
    assert_eq!(steps.len(), 64);
    let times: Vec<i64> = steps.iter().map(|step| step["atMs"].as_i64().expect("an instant")).collect();
    assert!(times.is_sorted() && times.last() == Some(&world.now.wall.0));
}

#[test]
fn f134_explain_holds_no_secret_and_no_text_of_server_or_caller() {
    let mut world = World::new(json!({}));
    world.restore(0);
    world.login(0, "canary-user");
    world.script.push_back(Ok(refused(400, "canary-code")));
    world.refresh(0);
    world.logout(0);
    let told = Value::Array(steps(&world)).to_string();
    for canary in ["canary", "hunter2", "refresh-1", "access-1", "example.com"] {
        assert!(!told.contains(canary), "{canary} in {told}");
    }
}
