//! Where a cookie renews the session: it is the browser's, and answers set and clear it whoever asked.

use serde_json::json;
use wasm_auth_session::core::error::Phase;
use wasm_auth_session::core::session::Answer;
use wasm_auth_session::core::snapshot::Status;

use super::world::{Kind, World, reply};

fn two_tabs() -> World {
    let mut world = World::signed_in(World::with_cookie());
    let other = world.open_tab();
    world.restore(other);
    world
}

#[test]
fn a_logout_leaves_the_cookie_of_the_login_that_took_its_place() {
    let mut world = two_tabs();
    world.hold(Kind::Reply);
    let login = world.login(1, "bob");
    let logout = world.logout(0);
    world.release();
    assert_eq!(world.told(login), Ok(Answer::Done));
    assert_eq!(world.told(logout), Ok(Answer::LoggedOut { revoked: None, told: false, error: None }));
    assert_eq!(world.count(Phase::Logout), 0);
    assert_eq!((world.status(0), world.status(1)), (Status::Active, Status::Active));
    assert_eq!(world.snapshot(0).user.as_deref(), Some("bob"));
}

#[test]
fn a_cookie_that_a_refresh_brings_after_a_logout_that_could_not_have_the_lock_is_handed_back() {
    let mut world = two_tabs();
    world.hold(Kind::Reply);
    world.refresh(1);
    world.hold(Kind::Lock);
    world.logout(0);
    world.deny_lock();
    assert_eq!(world.count(Phase::Logout), 1);
    world.release_with(Ok(reply(200, json!({ "access_token": "late", "expires_in": 60, "user": "ada" }))));
    assert_eq!(world.count(Phase::Logout), 2);
    world.release();
    assert_eq!((world.status(0), world.status(1)), (Status::SignedOut, Status::SignedOut));
    assert!(world.lock_is_free() && !world.stored_session());
}
