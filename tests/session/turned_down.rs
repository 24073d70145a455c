//! A logout that the server turns down because the access token that goes along is over.

use serde_json::{Value, json};
use wasm_auth_session::core::error::{AuthError, Phase};
use wasm_auth_session::core::request::Revoked;
use wasm_auth_session::core::session::Answer;
use wasm_auth_session::core::snapshot::Status;
use wasm_auth_session::core::transport::{HttpResponse, ResponseBody, TransportError};

use super::world::{Kind, World, refused, reply};

const CONFIRMED: Answer = Answer::LoggedOut { revoked: Some(Revoked::RefreshToken), told: true, error: None };

/// Logs out with the access token, and the refresh token in the body.
fn by_bearer() -> Value {
    json!({ "end": { "by": "endpoint", "url": "/logout", "encoding": "form", "bearer": true, "field": "token" } })
}

fn phases(world: &World) -> Vec<Phase> {
    world.sent.iter().map(|sent| sent.phase).collect()
}

#[test]
fn a_logout_whose_access_token_is_over_is_told_again_with_a_renewed_one() {
    let mut world = World::signed_in(by_bearer());
    world.script.push_back(Ok(refused(401, "invalid_token")));
    let logout = world.logout(0);
    assert_eq!(world.told(logout), Ok(CONFIRMED));
    assert_eq!(phases(&world), [Phase::Logout, Phase::Refresh, Phase::Logout]);
    assert_eq!(world.server.revoked, ["refresh-2"], "nothing of the session lives on");
    assert_eq!(world.events(0), ["signed_out"]);
    assert!(!world.stored_session() && world.lock_is_free());
}

#[test]
fn a_logout_is_renewed_for_once() {
    let mut world = World::signed_in(by_bearer());
    world.script.push_back(Ok(refused(401, "invalid_token")));
    world.script.push_back(Ok(reply(200, json!({ "access_token": "a", "refresh_token": "r", "expires_in": 60 }))));
    world.script.push_back(Ok(refused(401, "invalid_token")));
    let logout = world.logout(0);
    let Ok(Answer::LoggedOut { revoked: None, told: true, error: Some(_) }) = world.told(logout) else {
        panic!("it was turned down twice: {:?}", world.told(logout));
    };
    world.advance(600_000);
    assert_eq!(phases(&world), [Phase::Logout, Phase::Refresh, Phase::Logout]);
}

#[test]
fn a_logout_that_cannot_be_renewed_for_says_what_the_server_said_first() {
    for failure in [Ok(refused(400, "invalid_grant")), Ok(refused(503, "oops")), Err(TransportError::TimedOut)] {
        let mut world = World::signed_in(by_bearer());
        world.script.push_back(Ok(refused(401, "invalid_token")));
        world.script.push_back(failure);
        let logout = world.logout(0);
        let Ok(Answer::LoggedOut { revoked: None, told: true, error: Some(AuthError::Refused(_, said)) }) =
            world.told(logout)
        else {
            panic!("{:?}", world.told(logout));
        };
        assert_eq!(said.error.as_deref(), Some("invalid_token"));
        assert_eq!(phases(&world), [Phase::Logout, Phase::Refresh]);
        assert_eq!(world.status(0), Status::SignedOut);
    }
}

#[test]
fn a_logout_that_is_turned_down_for_another_reason_renews_nothing() {
    for (over, status) in [(by_bearer(), 503), (by_bearer(), 403), (json!({}), 401)] {
        let mut world = World::signed_in(over);
        world.script.push_back(Ok(refused(status, "no")));
        world.logout(0);
        world.advance(600_000);
        assert_eq!(phases(&world), [Phase::Logout], "{status}");
    }
}

#[test]
fn a_logout_that_is_confirmed_renews_nothing_though_its_answer_looks_like_one_to_an_old_token() {
    let empty = json!({ "use": { "expired": [{ "status": 200, "empty": true }] } });
    let mut world = World::signed_in(World::both(by_bearer(), empty));
    world.script.push_back(Ok(HttpResponse { body: ResponseBody::Empty, ..reply(200, json!({})) }));
    let logout = world.logout(0);
    assert_eq!((world.told(logout), phases(&world)), (Ok(CONFIRMED), vec![Phase::Logout]));
}

#[test]
fn a_logout_by_cookie_whose_access_token_is_over_is_renewed_for_under_the_lock() {
    let mut world = World::signed_in(World::both(World::with_cookie(), json!({ "end": { "bearer": true } })));
    world.script.push_back(Ok(refused(401, "invalid_token")));
    world.hold(Kind::Reply);
    let logout = world.logout(0);
    let login = world.login(0, "bob");
    for _ in 0..2 {
        world.release_at(0);
        assert!(!world.lock_is_free() && world.count(Phase::Login) == 0, "{:?}", phases(&world));
    }
    world.release();
    assert_eq!(phases(&world), [Phase::Logout, Phase::Refresh, Phase::Logout, Phase::Login]);
    assert_eq!(world.told(logout), Ok(Answer::LoggedOut { revoked: Some(Revoked::Cookie), told: true, error: None }));
    assert_eq!((world.told(login), world.server.cookie.as_deref()), (Ok(Answer::Done), Some("refresh-3")));
}

#[test]
fn an_endpoint_is_not_told_of_a_logout_once_somebody_has_logged_in_again() {
    // It may end every session of the user.
    for is_refreshing in [true, false] {
        let mut world = World::signed_in(by_bearer());
        world.hold(Kind::Reply);
        if is_refreshing {
            world.refresh(0);
        }
        let logout = world.logout(0);
        let login = world.login(0, "ada");
        let login_at = world.kept.len() - 1;
        world.release_at(login_at);
        assert_eq!(world.told(login), Ok(Answer::Done));
        if !is_refreshing {
            world.script.push_back(Ok(refused(401, "invalid_token")));
        }
        world.release();
        world.advance(1_000);
        assert!(world.told(logout).is_ok());
        assert_eq!(world.count(Phase::Logout), usize::from(!is_refreshing), "{:?}", phases(&world));
        assert_eq!(world.server.revoked, [""; 0]);
        assert_eq!((world.status(0), world.stored_session()), (Status::Active, true));
    }
}
