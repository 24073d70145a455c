//! Logging out: here at once, then at the server.

use serde_json::json;
use wasm_auth_session::core::error::{AuthError, Phase, SessionEndReason};
use wasm_auth_session::core::record::Stored;
use wasm_auth_session::core::request::Revoked;
use wasm_auth_session::core::session::{Answer, Effect, WaiterId};
use wasm_auth_session::core::snapshot::{Activity, Status};
use wasm_auth_session::core::transport::TransportError;

use super::world::{Kind, World, refused, reply};

const CONFIRMED: Answer = Answer::LoggedOut { revoked: Some(Revoked::RefreshToken), told: true, error: None };
const NOT_TOLD: Answer = Answer::LoggedOut { revoked: None, told: false, error: None };

fn failed(world: &World, logout: WaiterId) -> &'static str {
    match world.told(logout) {
        Ok(Answer::LoggedOut { revoked: None, told: true, error: Some(error) }) => error.code().row().name,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_logout_signs_out_at_once_and_clears_the_store_before_it_tells_the_server() {
    let mut world = World::signed_in(json!({}));
    for kind in [Kind::Reply, Kind::Lock, Kind::Write] {
        world.hold(kind);
    }
    let logout = world.logout(0);
    assert_eq!((world.status(0), world.tabs[0].session.token()), (Status::SignedOut, None));
    assert_eq!(world.events(0), ["signed_out"]);
    assert!(!world.stored_session());
    assert!(world.is_waiting(logout));
    assert_eq!(world.snapshot(0).activity, Some(Activity::SigningOut));
    assert!(matches!(world.tabs[0].effects[0], Effect::Bury(..)));
    let token = world.token(0);
    assert_eq!(world.told(token), Err(AuthError::ended(SessionEndReason::LoggedOut)));
    world.release();
    assert_eq!(world.told(logout), Ok(CONFIRMED));
    assert_eq!(world.snapshot(0).activity, None);
    assert!(world.lock_is_free() && !world.stored_session());
}

#[test]
fn a_logout_hands_back_the_refresh_token() {
    let mut world = World::signed_in(json!({}));
    world.logout(0);
    assert_eq!(world.server.revoked, ["refresh-1"]);
    assert_eq!(world.sent[0].url, "https://api.example.com/oauth/revoke");
    assert_eq!(world.sent[0].fields["token_type_hint"], "refresh_token");
}

#[test]
fn a_logout_without_refresh_token_hands_back_the_access_token() {
    let mut world = World::new(json!({}));
    world.restore(0);
    world.adopt(0, json!({ "access_token": "a", "expires_in": 60 }));
    let logout = world.logout(0);
    assert_eq!(
        world.told(logout),
        Ok(Answer::LoggedOut { revoked: Some(Revoked::AccessToken), told: true, error: None })
    );
    assert_eq!(world.server.revoked, ["a"]);
}

#[test]
fn a_logout_by_cookie_tells_the_server_to_take_it_back() {
    let mut world = World::signed_in(World::with_cookie());
    let logout = world.logout(0);
    assert_eq!(world.told(logout), Ok(Answer::LoggedOut { revoked: Some(Revoked::Cookie), told: true, error: None }));
    assert_eq!(world.server.cookie, None);
}

#[test]
fn where_the_server_has_no_part_a_logout_is_answered_at_once() {
    let mut world = World::signed_in(World::without_refresh());
    let logout = world.logout(0);
    assert_eq!(world.told(logout), Ok(NOT_TOLD));
    assert!(world.sent.is_empty());
}

#[test]
fn a_logout_that_the_server_does_not_confirm_is_one_all_the_same() {
    for (failure, code) in [
        (Ok(refused(503, "oops")), "server"),
        (Err(TransportError::TimedOut), "timeout"),
        (Err(TransportError::Failed), "network"),
        (Ok(reply(404, json!({}))), "misconfigured"),
        (Ok(reply(200, json!({ "errors": [{ "message": "No." }], "data": null }))), "rejected"),
        (Ok(reply(200, json!({ "code": 401, "msg": "No." }))), "rejected"),
    ] {
        let mut world = World::signed_in(json!({}));
        world.script.push_back(failure);
        let logout = world.logout(0);
        assert_eq!(failed(&world, logout), code);
        assert_eq!(world.status(0), Status::SignedOut);
        world.advance(600_000);
        assert_eq!(world.sent.len(), 1);
    }
}

#[test]
fn a_logout_without_a_session_tells_nobody() {
    let mut world = World::new(json!({}));
    world.restore(0);
    let logout = world.logout(0);
    assert_eq!(world.told(logout), Ok(NOT_TOLD));
    assert!(world.sent.is_empty() && world.tabs[0].events.is_empty());
}

#[test]
fn f68_a_second_logout_waits_for_the_first_and_sends_nothing() {
    let mut world = World::signed_in(json!({}));
    world.hold(Kind::Reply);
    let (first, second) = (world.logout(0), world.logout(0));
    assert!(world.is_waiting(first) && world.is_waiting(second));
    world.release();
    assert_eq!((world.told(first), world.told(second)), (Ok(CONFIRMED), Ok(CONFIRMED)));
    assert_eq!(world.sent.len(), 1);
    assert_eq!(world.events(0), ["signed_out"]);
}

#[test]
fn f68_a_logout_in_two_tabs_ends_both_and_nothing_remains() {
    let mut world = World::signed_in(json!({}));
    let other = world.open_tab();
    world.restore(other);
    world.hold(Kind::Lock);
    let (here, there) = (world.logout(0), world.logout(other));
    world.release();
    assert!(world.told(here).is_ok() && world.told(there).is_ok());
    assert!(!world.stored_session() && world.lock_is_free());
    for tab in [0, other] {
        assert_eq!(world.events(tab), ["signed_out"]);
    }
}

#[test]
fn a_logout_in_one_tab_signs_out_the_others() {
    let mut world = World::signed_in(json!({}));
    let other = world.open_tab();
    world.restore(other);
    world.logout(0);
    assert_eq!(world.snapshot(other).end_reason, Some(SessionEndReason::LoggedOut));
    assert_eq!(world.events(other), ["signed_out"]);
}

#[test]
fn f68_a_login_that_began_before_a_logout_does_not_come_back() {
    for kind in [Kind::Reply, Kind::Lock, Kind::Read, Kind::Write] {
        let mut world = World::new(json!({}));
        world.restore(0);
        world.hold(kind);
        let login = world.login(0, "ada");
        let logout = world.logout(0);
        assert_eq!(world.told(login), Err(AuthError::Superseded), "{kind:?}");
        world.release();
        assert!(world.told(logout).is_ok(), "{kind:?}");
        assert_eq!(world.status(0), Status::SignedOut, "{kind:?}");
        assert!(!world.stored_session() && world.lock_is_free(), "{kind:?}");
        assert!(world.tabs[0].events.is_empty(), "nobody was ever signed in");
        let is_granted = kind != Kind::Reply;
        assert_eq!(world.server.revoked, if is_granted { vec!["refresh-1"] } else { vec![] }, "{kind:?}");
    }
}

#[test]
fn f49_what_a_refresh_brings_after_a_logout_is_what_is_revoked() {
    let mut world = World::signed_in(json!({}));
    world.hold(Kind::Reply);
    let refresh = world.refresh(0);
    let logout = world.logout(0);
    assert_eq!(world.code(refresh), "session_ended");
    assert_eq!(world.status(0), Status::SignedOut);
    assert!(world.is_waiting(logout));
    world.release();
    assert_eq!(world.told(logout), Ok(CONFIRMED));
    assert_eq!(world.server.revoked, ["refresh-2"]);
    assert!(!world.stored_session());
    assert_eq!(world.events(0), ["signed_out"]);
}

#[test]
fn f49_a_refresh_that_brings_nothing_after_a_logout_leaves_the_old_token_to_revoke() {
    for failure in [Err(TransportError::TimedOut), Ok(refused(400, "invalid_grant"))] {
        let mut world = World::signed_in(json!({}));
        world.hold(Kind::Reply);
        world.refresh(0);
        let logout = world.logout(0);
        world.stop_holding();
        world.release_with(failure);
        assert_eq!(world.told(logout), Ok(CONFIRMED));
        assert_eq!(world.server.revoked, ["refresh-1"]);
    }
}

#[test]
fn f49_a_refresh_that_is_being_stored_when_the_user_logs_out_is_revoked_and_cleared() {
    for kind in [Kind::Read, Kind::Write] {
        let mut world = World::signed_in(json!({}));
        world.hold(Kind::Reply);
        world.refresh(0);
        world.hold(kind);
        world.release_at(0);
        let logout = world.logout(0);
        world.release();
        assert_eq!(world.told(logout), Ok(CONFIRMED));
        assert_eq!(world.server.revoked, ["refresh-2"], "{kind:?}");
        assert!(!world.stored_session(), "{kind:?}");
        assert_eq!(world.events(0), ["signed_out"]);
    }
}

#[test]
fn f65_in_cookie_mode_the_logout_waits_for_a_refresh_that_is_out() {
    let mut world = World::signed_in(World::with_cookie());
    world.hold(Kind::Reply);
    world.refresh(0);
    let logout = world.logout(0);
    assert_eq!(world.count(Phase::Logout), 0);
    assert_eq!(world.status(0), Status::SignedOut);
    world.release();
    assert_eq!(world.count(Phase::Logout), 1);
    assert_eq!(world.server.cookie, None, "the cookie that came late is gone too");
    assert!(world.told(logout).is_ok());
}

#[test]
fn in_cookie_mode_a_login_waits_until_a_logout_is_through() {
    let mut world = World::signed_in(World::with_cookie());
    world.hold(Kind::Reply);
    world.logout(0);
    let login = world.login(0, "bob");
    assert_eq!(world.count(Phase::Login), 0);
    assert_eq!(world.snapshot(0).activity, Some(Activity::SigningIn));
    world.release();
    assert_eq!(world.told(login), Ok(Answer::Done));
    assert_eq!(world.server.cookie.as_deref(), Some("refresh-2"));
}

#[test]
fn in_cookie_mode_a_login_that_waits_for_a_logout_can_be_withdrawn_and_superseded() {
    let mut world = World::signed_in(World::with_cookie());
    world.hold(Kind::Reply);
    world.logout(0);
    let first = world.login(0, "bob");
    let second = world.login(0, "eve");
    assert_eq!(world.told(first), Err(AuthError::Superseded));
    world.input(0, wasm_auth_session::core::session::Input::Abandoned(second));
    assert_eq!(world.told(second), Err(AuthError::Aborted));
    world.release();
    assert_eq!(world.count(Phase::Login), 0);
}

#[test]
fn in_token_mode_a_login_does_not_wait_for_a_logout() {
    let mut world = World::signed_in(json!({}));
    world.hold(Kind::Reply);
    let logout = world.logout(0);
    let login = world.login(0, "bob");
    assert_eq!(world.count(Phase::Login), 1);
    world.release();
    assert_eq!(world.told(login), Ok(Answer::Done));
    assert_eq!(world.told(logout), Ok(CONFIRMED));
    assert_eq!(world.snapshot(0).user.as_deref(), Some("bob"));
}

#[test]
fn a_login_after_a_logout_that_is_still_clearing_comes_after_it() {
    for kind in [Kind::Lock, Kind::Read, Kind::Write] {
        let mut world = World::signed_in(json!({}));
        world.hold(kind);
        let logout = world.logout(0);
        let login = world.login(0, "bob");
        world.release();
        assert!(world.told(logout).is_ok(), "{kind:?}");
        assert_eq!(world.told(login), Ok(Answer::Done), "{kind:?}");
        assert!(world.stored_session() && world.lock_is_free(), "{kind:?}");
        assert_eq!(world.events(0), ["signed_out", "signed_in"], "{kind:?}");
    }
}

#[test]
fn f64_a_logout_in_one_tab_while_the_other_renews_is_not_undone() {
    for kind in [Kind::Reply, Kind::Read, Kind::Write] {
        for hints in [true, false] {
            let mut world = World::signed_in(json!({}));
            world.hints = hints;
            let other = world.open_tab();
            world.restore(other);
            world.hold(kind);
            let refresh = world.refresh(other);
            world.stop_holding();
            let logout = world.logout(0);
            world.release();
            assert!(world.told(logout).is_ok());
            let _ = world.told(refresh);
            assert!(!world.stored_session(), "{kind:?}, hints {hints}");
            assert!(world.lock_is_free());
            assert_eq!(world.status(0), Status::SignedOut);
            world.restore(other);
            assert_eq!(world.status(other), Status::SignedOut, "{kind:?}, hints {hints}");
            assert!(world.events(0).iter().all(|name| *name != "signed_in"));
        }
    }
}

#[test]
fn f64_a_logout_is_not_undone_though_its_tab_is_closed_while_the_other_renews() {
    let mut world = World::signed_in(json!({}));
    let other = world.open_tab();
    world.restore(other);
    world.hold(Kind::Reply);
    let refresh = world.refresh(other);
    world.logout(0);
    world.dispose(0);
    world.release();
    assert!(!world.stored_session());
    assert_eq!(world.code(refresh), "session_ended");
    assert_eq!(world.status(other), Status::SignedOut);
    assert_eq!(world.server.revoked, ["refresh-2"], "what came late is handed back");
}

#[test]
fn f99_a_store_emptied_during_a_refresh_is_not_filled_again() {
    let mut world = World::signed_in(json!({}));
    world.hold(Kind::Reply);
    let refresh = world.refresh(0);
    world.store = None;
    world.release();
    assert_eq!(world.code(refresh), "session_ended");
    assert!(!world.stored_session());
    assert_eq!(world.snapshot(0).end_reason, Some(SessionEndReason::StorageCleared));
    assert!(world.lock_is_free());
}

#[test]
fn a_lock_that_is_not_to_be_had_does_not_keep_a_logout_from_clearing_the_store() {
    let mut world = World::signed_in(json!({}));
    world.hold(Kind::Lock);
    let logout = world.logout(0);
    world.deny_lock();
    assert_eq!(world.told(logout), Ok(CONFIRMED));
    assert!(!world.stored_session());
    assert_eq!(world.status(0), Status::SignedOut);
}

#[test]
fn f71_a_login_beside_a_newer_record_lives_in_memory_and_is_renewed_there() {
    let mut world = World::new(json!({}));
    world.store = Some(crate::support::tree(&json!({ "version": 2 })));
    world.restore(0);
    world.login(0, "ada");
    let refresh = world.refresh(0);
    assert_eq!(world.told(refresh), Ok(Answer::Done));
    let token = world.token(0);
    assert_eq!(world.token_of(token), "access-2");
    assert_eq!(world.stored(), Stored::Newer);
}

#[test]
fn a_newer_login_in_another_tab_is_left_alone_by_a_logout_that_comes_late() {
    let mut world = World::signed_in(json!({}));
    let other = world.open_tab();
    world.restore(other);
    world.hold(Kind::Lock);
    world.logout(0);
    world.stop_holding();
    world.login(other, "bob");
    world.release();
    assert_eq!(world.snapshot(other).user.as_deref(), Some("bob"));
    assert!(world.stored_session());
}
