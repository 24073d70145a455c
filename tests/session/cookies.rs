//! Where a cookie renews the session: it is the browser's, and answers set and clear it whoever asked.

use serde_json::json;
use wasm_auth_session::core::error::Phase;
use wasm_auth_session::core::session::{Answer, WaiterId};
use wasm_auth_session::core::snapshot::Status;

use super::world::{HOUR, Kind, World, refused, reply};

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

/// Ada's time is up, and bob's login is on its way.
fn limit_reached_while_a_login_is_out() -> (World, WaiterId) {
    let mut world = World::signed_in(World::both(World::with_cookie(), json!({ "absoluteTimeoutMs": 2 * HOUR })));
    world.advance(2 * HOUR - 1_000);
    world.hold(Kind::Reply);
    let login = world.login(0, "bob");
    world.sleep(2_000);
    (world, login)
}

#[test]
fn a_limit_that_is_reached_while_a_login_is_out_leaves_that_logins_cookie() {
    let (mut world, login) = limit_reached_while_a_login_is_out();
    let token = world.token(0);
    assert_eq!(world.code(token), "session_ended", "of the one before");
    world.release();
    assert_eq!(world.told(login), Ok(Answer::Done));
    assert_eq!((world.status(0), world.count(Phase::Logout)), (Status::Active, 0));
    assert!(world.server.cookie.is_some() && world.stored_session() && world.lock_is_free());
}

#[test]
fn a_limit_that_is_reached_while_a_login_is_out_ends_the_session_at_the_server_if_that_login_is_refused() {
    let (mut world, login) = limit_reached_while_a_login_is_out();
    world.token(0);
    world.release_with(Ok(refused(401, "invalid_grant")));
    world.release();
    assert_eq!(world.code(login), "invalid_credentials");
    assert_eq!((world.status(0), world.count(Phase::Logout)), (Status::SignedOut, 1));
    assert!(world.server.cookie.is_none() && !world.stored_session() && world.lock_is_free());
}

#[test]
fn a_logout_that_waits_for_the_lock_leaves_the_cookie_of_what_was_adopted_since() {
    let mut world = World::signed_in(World::with_cookie());
    world.hold(Kind::Lock);
    let logout = world.logout(0);
    let adopted = world.adopt(0, json!({ "access_token": "adopted", "expires_in": 60 }));
    world.release();
    assert_eq!(world.told(adopted), Ok(Answer::Done));
    assert_eq!(world.told(logout), Ok(Answer::LoggedOut { revoked: None, told: false, error: None }));
    assert_eq!((world.status(0), world.count(Phase::Logout)), (Status::Active, 0));
}

#[test]
fn a_login_keeps_its_cookie_though_the_session_before_ends_in_every_tab_while_it_is_out() {
    let mut world = World::signed_in(World::both(World::with_cookie(), json!({ "absoluteTimeoutMs": 600_000 })));
    let other = world.open_tab();
    world.restore(other);
    world.advance(599_000);
    world.hold(Kind::Reply);
    let login = world.login(0, "ada");
    world.advance(2_000);
    assert_eq!((world.status(0), world.status(other)), (Status::SignedOut, Status::SignedOut));
    world.release();
    assert_eq!(world.told(login), Ok(Answer::Done));
    let refresh = world.refresh(0);
    assert_eq!(world.told(refresh), Ok(Answer::Done), "the other tab's logout has not taken the cookie of this login");
}
