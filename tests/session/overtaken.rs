//! A write that came too late: something stands in the store that was not there when it was read. It is read again.

use serde_json::json;
use wasm_auth_session::core::error::Phase;
use wasm_auth_session::core::session::Answer;
use wasm_auth_session::core::snapshot::Status;

use super::world::{Kind, World, refused};

/// Two tabs of one session, of which the first hears nothing of the other.
fn two_deaf_tabs() -> World {
    let mut world = World::signed_in(json!({}));
    let other = world.open_tab();
    world.restore(other);
    world.hints = false;
    world.forget();
    world
}

#[test]
fn f64_no_token_is_spent_after_a_logout_that_came_between_the_look_at_the_store_and_the_marker() {
    let mut world = two_deaf_tabs();
    world.hold(Kind::Read);
    world.refresh(0);
    world.logout(1);
    world.release();
    assert_eq!(world.count(Phase::Refresh), 0);
    assert_eq!(world.status(0), Status::SignedOut);
    assert!(!world.stored_session() && world.lock_is_free());
}

#[test]
fn f64_new_tokens_are_handed_back_after_a_logout_that_came_between_the_look_at_the_store_and_the_write() {
    let mut world = two_deaf_tabs();
    world.hold(Kind::Reply);
    world.refresh(0);
    world.stop_holding();
    world.hold(Kind::Read);
    world.release_at(0);
    world.logout(1);
    world.release();
    assert_eq!(world.status(0), Status::SignedOut);
    assert_eq!(world.events(0), ["signed_out"]);
    assert!(world.server.revoked.iter().any(|token| token == "refresh-2"));
    assert!(!world.stored_session() && world.lock_is_free());
}

#[test]
fn a_store_to_which_nothing_is_new_enough_keeps_nobody_waiting() {
    let mut world = World::new(json!({}));
    world.restore(0);
    world.overtakes = true;
    let login = world.login(0, "ada");
    assert_eq!(world.told(login), Ok(Answer::Done));
    assert_eq!(world.events(0), ["storage_degraded", "signed_in"]);
    let refresh = world.refresh(0);
    assert_eq!(world.told(refresh), Ok(Answer::Done));
    assert_eq!(world.status(0), Status::Active);
    assert!(world.lock_is_free());
}

#[test]
fn a_failure_is_told_though_a_logout_overtook_the_note_of_it() {
    let mut world = two_deaf_tabs();
    world.hold(Kind::Reply);
    world.refresh(0);
    world.logout(1);
    world.release_with(Ok(refused(503, "unavailable")));
    world.release();
    assert_eq!(world.events(0), ["refresh_failed", "signed_out"]);
    assert!(!world.stored_session() && world.lock_is_free());
}
