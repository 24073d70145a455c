//! A token reply that was got elsewhere, and what it supersedes.

use serde_json::json;
use wasm_auth_session::core::error::AuthError;
use wasm_auth_session::core::session::Answer;

use super::world::{Kind, World};

#[test]
fn a_reply_got_elsewhere_is_adopted() {
    let mut world = World::new(json!({}));
    world.restore(0);
    let adopted = world.adopt(0, json!({ "access_token": "from-sso", "expires_in": 60, "user": "eve" }));
    assert_eq!(world.told(adopted), Ok(Answer::Done));
    assert_eq!(world.events(0), ["signed_in"]);
    assert_eq!(world.snapshot(0).user.as_deref(), Some("eve"));
    let token = world.token(0);
    assert_eq!(world.token_of(token), "from-sso");
    assert!(world.sent.is_empty());
}

#[test]
fn something_that_is_no_reply_is_not_adopted_and_withdraws_nothing() {
    let mut world = World::new(json!({}));
    world.restore(0);
    world.hold(Kind::Reply);
    let login = world.login(0, "ada");
    let adopted = world.adopt(0, json!({ "refresh_token": "r" }));
    assert_eq!(world.code(adopted), "invalid_options");
    assert!(world.is_waiting(login));
}

#[test]
fn an_adopted_reply_supersedes_a_login_that_is_out() {
    let mut world = World::new(json!({}));
    world.restore(0);
    world.hold(Kind::Reply);
    let login = world.login(0, "ada");
    let adopted = world.adopt(0, json!({ "access_token": "from-sso", "expires_in": 60 }));
    assert_eq!(world.told(login), Err(AuthError::Superseded));
    assert_eq!(world.told(adopted), Ok(Answer::Done));
    world.release();
    let token = world.token(0);
    assert_eq!(world.token_of(token), "from-sso");
}

#[test]
fn a_login_during_a_refresh_withdraws_the_refresh_and_takes_over_the_lock() {
    let mut world = World::signed_in(json!({}));
    world.hold(Kind::Reply);
    let refresh = world.refresh(0);
    let adopted = world.adopt(0, json!({ "access_token": "from-sso", "expires_in": 60, "user": "eve" }));
    assert_eq!(world.told(adopted), Ok(Answer::Done));
    assert_eq!(world.told(refresh), Ok(Answer::Done), "there are new tokens");
    assert!(world.kept.is_empty(), "the refresh is withdrawn");
    assert_eq!((world.tabs[0].acquired, world.tabs[0].released), (2, 2));
    assert_eq!(world.snapshot(0).user.as_deref(), Some("eve"));
}

#[test]
fn of_two_logins_granted_one_while_the_other_is_written_the_second_is_stored() {
    for (storage_required, user) in [(false, "eve"), (true, "ada")] {
        let mut world = World::new(json!({ "storageRequired": storage_required }));
        world.restore(0);
        world.hold(Kind::Write);
        let first = world.login(0, "ada");
        let second = world.adopt(0, json!({ "access_token": "from-sso", "expires_in": 60, "user": user }));
        assert_eq!(world.told(first), Err(AuthError::Superseded));
        world.release();
        assert_eq!(world.told(second), Ok(Answer::Done));
        world.reload(0);
        let token = world.token(0);
        assert_eq!((world.token_of(token).as_str(), world.snapshot(0).user.as_deref()), ("from-sso", Some(user)));
    }
}
