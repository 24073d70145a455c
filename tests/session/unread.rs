//! Logging out before the store was read: whatever it holds is over.

use serde_json::json;
use wasm_auth_session::core::error::{AuthError, Phase};
use wasm_auth_session::core::record::Stored;
use wasm_auth_session::core::request::Revoked;
use wasm_auth_session::core::session::Answer;
use wasm_auth_session::core::snapshot::Status;

use super::world::{HOUR, Kind, World};

const CONFIRMED: Answer = Answer::LoggedOut { revoked: Some(Revoked::RefreshToken), told: true, error: None };
const NOT_TOLD: Answer = Answer::LoggedOut { revoked: None, told: false, error: None };

#[test]
fn a_logout_before_the_store_is_read_ends_the_session_in_every_tab() {
    let mut world = World::signed_in(json!({}));
    world.logout(0);
    world.login(0, "ada");
    world.refresh(0);
    let other = world.open_tab();
    let logout = world.logout(other);
    assert!(world.told(logout).is_ok());
    assert!(!world.stored_session());
    assert_eq!((world.status(0), world.status(other)), (Status::SignedOut, Status::SignedOut));
    world.reload(0);
    let restored = world.restore(0);
    assert_eq!(world.told(restored), Ok(Answer::Restored(false)));
}

#[test]
fn a_look_at_the_store_from_before_a_logout_brings_nothing_back() {
    let mut world = World::signed_in(json!({}));
    world.logout(0);
    world.login(0, "ada");
    world.reload(0);
    world.hold(Kind::Read);
    let restored = world.restore(0);
    world.stop_holding();
    world.logout(0);
    world.release();
    world.advance(1_000);
    assert_eq!(world.told(restored), Ok(Answer::Restored(false)));
    assert_eq!(world.status(0), Status::SignedOut);
    assert!(!world.stored_session());
}

#[test]
fn a_logout_before_the_store_is_read_hands_back_what_it_finds() {
    let mut world = World::signed_in(json!({}));
    world.reload(0);
    world.hold(Kind::Lock);
    let (first, second) = (world.logout(0), world.logout(0));
    let token = world.token(0);
    assert_eq!(world.code(token), "session_ended");
    assert!(world.is_waiting(first) && world.is_waiting(second));
    world.release();
    assert_eq!((world.told(first), world.told(second)), (Ok(CONFIRMED), Ok(CONFIRMED)));
    assert_eq!(world.server.revoked, ["refresh-1"]);
    assert!(!world.stored_session());
}

#[test]
fn a_logout_before_the_store_is_read_leaves_no_token_even_without_the_lock() {
    let mut world = World::signed_in(json!({}));
    world.reload(0);
    world.hold(Kind::Lock);
    let logout = world.logout(0);
    world.deny_lock();
    assert_eq!(world.told(logout), Ok(CONFIRMED));
    assert!(!world.stored_session());
}

#[test]
fn f106_a_logout_before_the_store_is_read_leaves_a_newer_record_alone() {
    let mut world = World::new(json!({}));
    world.store = Some(crate::support::tree(&json!({ "version": 2 })));
    let logout = world.logout(0);
    assert_eq!(world.told(logout), Ok(NOT_TOLD));
    assert_eq!(world.stored(), Stored::Newer);
}

#[test]
fn a_logout_while_a_login_waits_for_the_lock_before_the_store_is_read_is_answered() {
    for (over, is_adopted) in [(World::with_cookie(), false), (World::without_refresh(), true)] {
        let mut world = World::new(over);
        world.hold(Kind::Lock);
        let login = match is_adopted {
            true => world.adopt(0, json!({ "access_token": "a", "expires_in": 60 })),
            false => world.login(0, "ada"),
        };
        let logout = world.logout(0);
        assert_eq!(world.told(login), Err(AuthError::Superseded));
        assert_eq!(world.told(logout), Ok(NOT_TOLD), "nothing is stored");
        world.release();
        world.advance(HOUR);
        assert!(world.lock_is_free() && !world.stored_session());
    }
}

#[test]
fn a_login_that_began_after_a_logout_before_the_store_is_read_comes_after_it() {
    for over in [json!({}), World::with_cookie()] {
        for kind in [Kind::Read, Kind::Lock, Kind::Write, Kind::Reply] {
            let mut world = World::signed_in(over.clone());
            world.reload(0);
            world.hold(kind);
            let logout = world.logout(0);
            let login = world.login(0, "bob");
            world.release();
            assert!(matches!(world.told(logout), Ok(Answer::LoggedOut { told: true, error: None, .. })), "{kind:?}");
            assert_eq!(world.told(login), Ok(Answer::Done), "{kind:?}");
            assert_eq!(world.snapshot(0).user.as_deref(), Some("bob"), "{kind:?}");
            assert!(world.stored_session() && world.lock_is_free(), "{kind:?}");
            assert_eq!(world.server.revoked, ["refresh-1"], "{kind:?}: what it found is handed back");
            let order: Vec<Phase> = world.sent.iter().map(|sent| sent.phase).collect();
            let is_cookie = world.given["refresh"]["by"] == "cookie";
            assert!(!is_cookie || order == [Phase::Logout, Phase::Login], "no cookie crosses another: {order:?}");
        }
    }
}

#[test]
fn a_logout_before_the_store_is_read_withdraws_the_logins_before_it_and_no_others() {
    let mut world = World::signed_in(json!({}));
    world.reload(0);
    world.hold(Kind::Read);
    let logins = [world.login(0, "bob"), world.login(0, "eve")];
    let logouts = [world.logout(0), world.logout(0)];
    let last = world.login(0, "ada");
    world.release();
    assert_eq!(logins.map(|login| world.code(login)), ["superseded"; 2]);
    assert!(logouts.iter().all(|logout| world.told(*logout).is_ok()));
    assert_eq!(world.told(last), Ok(Answer::Done));
    assert_eq!(world.snapshot(0).user.as_deref(), Some("ada"));
}

#[test]
fn a_logout_before_the_store_is_read_holds_though_the_page_is_left_at_once() {
    for is_disposed in [true, false] {
        let mut world = World::signed_in(json!({}));
        let other = world.open_tab();
        world.restore(other);
        world.sleep(1);
        world.reload(0);
        world.hold(Kind::Read);
        let logout = world.logout(0);
        if is_disposed {
            world.dispose(0);
            assert_eq!(world.told(logout), Err(AuthError::Disposed));
        } else {
            world.look(0, false);
        }
        assert!(!world.stored_session(), "the next page must not find it");
        world.release();
        assert_eq!((world.status(0), world.status(other)), (Status::SignedOut, Status::SignedOut));
        assert!(is_disposed || world.told(logout).is_ok());
        assert!(!world.stored_session() && world.lock_is_free());
    }
}

#[test]
fn a_logout_before_the_store_is_read_does_not_end_a_later_login_of_another_tab_when_the_page_is_left() {
    for is_disposed in [true, false] {
        let mut world = World::new(json!({}));
        world.hold(Kind::Read);
        world.logout(0);
        world.stop_holding();
        world.sleep(1);
        let other = world.open_tab();
        world.restore(other);
        let login = world.login(other, "bob");
        assert_eq!(world.told(login), Ok(Answer::Done));
        world.sleep(1);
        if is_disposed {
            world.dispose(0)
        } else {
            world.look(0, false)
        }
        assert!(world.stored_session());
        assert_eq!(world.status(other), Status::Active);
    }
}
