//! A hint is never a value: it makes a tab look at the store.

use serde_json::{Value, json};
use wasm_auth_session::core::error::{Phase, SessionEndReason, StorageOperation};
use wasm_auth_session::core::event::{SessionEvent, StorageKind};
use wasm_auth_session::core::session::{Answer, Input};
use wasm_auth_session::core::snapshot::Status;

use super::world::{HOUR, Kind, World};

/// Two tabs with the same session; what the second one does is hinted at only when told.
fn two_tabs() -> World {
    let mut world = World::signed_in(json!({}));
    world.hints = false;
    let other = world.open_tab();
    world.restore(other);
    world.forget();
    world
}

fn hint(world: &mut World) {
    world.input(0, Input::StoreHinted);
}

#[test]
fn another_tabs_newer_tokens_are_adopted() {
    let mut world = two_tabs();
    world.refresh(1);
    let before = world.token(0);
    assert_eq!(world.token_of(before), "access-1");
    hint(&mut world);
    let after = world.token(0);
    assert_eq!(world.token_of(after), "access-2");
    assert_eq!(world.events(0), ["refreshed"]);
    assert_eq!(world.snapshot(0).expires_at, world.snapshot(1).expires_at);
}

#[test]
fn f70_a_thousand_hints_are_one_event_a_generation() {
    let mut world = two_tabs();
    world.refresh(1);
    for _ in 0..1_000 {
        hint(&mut world);
    }
    assert_eq!(world.events(0), ["refreshed"]);
}

#[test]
fn another_tabs_login_as_somebody_else_is_told_as_one_here_is() {
    let mut world = two_tabs();
    world.login(1, "bob");
    hint(&mut world);
    let signed_in = SessionEvent::SignedIn { user: Some("bob".to_owned()) };
    let changed = SessionEvent::UserChanged { user: Some("bob".to_owned()), previous: Some("ada".to_owned()) };
    assert_eq!(world.tabs[0].events, [signed_in, changed]);
    assert_eq!(world.snapshot(0).user.as_deref(), Some("bob"));
}

#[test]
fn another_tabs_login_as_the_same_user_is_no_news() {
    let mut world = two_tabs();
    world.login(1, "ada");
    hint(&mut world);
    assert!(world.tabs[0].events.is_empty());
    let token = world.token(0);
    assert_eq!(world.token_of(token), "access-2");
}

#[test]
fn another_tabs_login_signs_in_a_tab_without_a_session() {
    let mut world = World::new(json!({}));
    world.restore(0);
    let other = world.open_tab();
    world.restore(other);
    world.login(other, "ada");
    assert_eq!(world.events(0), ["signed_in"]);
    let token = world.token(0);
    assert_eq!(world.token_of(token), "access-1");
}

#[test]
fn another_tabs_logout_signs_out() {
    let mut world = two_tabs();
    world.logout(1);
    assert_eq!(world.status(0), Status::Active);
    hint(&mut world);
    assert_eq!(world.events(0), ["signed_out"]);
    assert_eq!(world.snapshot(0).end_reason, Some(SessionEndReason::LoggedOut));
    assert_eq!(world.count(Phase::Logout), 1, "the server is told by the tab that logged out");
}

#[test]
fn f98_a_store_that_was_emptied_signs_out_once() {
    let mut world = two_tabs();
    world.store = None;
    hint(&mut world);
    hint(&mut world);
    assert_eq!(world.events(0), ["signed_out"]);
    assert_eq!(world.snapshot(0).end_reason, Some(SessionEndReason::StorageCleared));
    assert_eq!(world.tabs[0].session.token(), None);
}

#[test]
fn f100_a_store_that_can_be_read_no_more_is_not_one_that_was_emptied() {
    let mut world = two_tabs();
    let stored = world.store.take();
    for _ in 0..2 {
        // As the shell tells of it: before what it read.
        world.input(0, Input::StorageFellBack(StorageKind::Memory, StorageOperation::Read));
        hint(&mut world);
    }
    assert_eq!(world.events(0), ["storage_degraded"], "told once");
    assert_eq!(world.status(0), Status::Active);
    world.store = stored;
    world.refresh(1);
    hint(&mut world);
    let token = world.token(0);
    assert_eq!(world.token_of(token), "access-2");
}

#[test]
fn f98_an_empty_store_is_no_news_for_a_session_that_was_never_stored() {
    let mut world = World::new(json!({}));
    world.restore(0);
    world.full = true;
    world.login(0, "ada");
    world.full = false;
    hint(&mut world);
    assert_eq!(world.status(0), Status::Active);
}

#[test]
fn an_older_record_is_ignored() {
    let mut world = two_tabs();
    let older = world.store.clone();
    world.refresh(0);
    world.store = older;
    hint(&mut world);
    assert_eq!(world.events(0), ["refreshed"], "its own");
    let token = world.token(0);
    assert_eq!(world.token_of(token), "access-2");
}

#[test]
fn a_session_from_before_a_logout_is_ignored() {
    let mut world = two_tabs();
    let older = world.store.clone();
    world.logout(0);
    world.store = older;
    hint(&mut world);
    assert_eq!(world.status(0), Status::SignedOut);
    assert_eq!(world.events(0), ["signed_out"]);
}

#[test]
fn f96_gibberish_in_the_store_does_not_disturb_a_session_in_hand() {
    let mut world = two_tabs();
    world.store = Some(crate::support::tree(&Value::from("gibberish")));
    hint(&mut world);
    assert_eq!(world.status(0), Status::Active);
    let refresh = world.refresh(0);
    assert_eq!(world.told(refresh), Ok(Answer::Done));
    assert!(world.stored_session(), "the next write puts it right");
}

#[test]
fn f71_a_record_of_a_newer_version_is_warned_of_and_what_is_in_hand_serves_to_its_end() {
    let mut world = two_tabs();
    world.store = Some(crate::support::tree(&json!({ "version": 2 })));
    hint(&mut world);
    hint(&mut world);
    assert_eq!(world.events(0), ["warning"]);
    let token = world.token(0);
    assert_eq!(world.token_of(token), "access-1");
    let refresh = world.refresh(0);
    assert_eq!(world.code(refresh), "session_ended");
    assert_eq!(world.snapshot(0).end_reason, Some(SessionEndReason::Elsewhere));
    assert!(world.sent.is_empty() && world.lock_is_free());
}

#[test]
fn a_hint_before_the_store_was_ever_read_is_left_to_restore() {
    let mut world = World::new(json!({}));
    hint(&mut world);
    assert_eq!(world.status(0), Status::Restoring);
    assert!(world.tabs[0].effects.is_empty());
}

#[test]
fn hints_while_a_look_is_under_way_make_no_second_one() {
    let mut world = two_tabs();
    world.hold(Kind::Read);
    for _ in 0..10 {
        hint(&mut world);
    }
    assert_eq!(world.kept.len(), 1);
}

#[test]
fn a_look_that_ends_while_the_lock_is_wanted_leaves_it_to_the_reading_under_the_lock() {
    let mut world = two_tabs();
    world.refresh(1);
    world.hold(Kind::Read);
    hint(&mut world);
    world.stop_holding();
    world.hold(Kind::Lock);
    world.sleep(2 * HOUR);
    let token = world.token(0);
    world.release();
    assert_eq!(world.token_of(token), "access-3");
    assert!(world.server.reused.is_empty());
}

#[test]
fn under_the_lock_another_tabs_end_of_the_session_is_found() {
    for reason in [SessionEndReason::StorageCleared, SessionEndReason::LoggedOut] {
        let mut world = two_tabs();
        if reason == SessionEndReason::StorageCleared {
            world.store = None;
        } else {
            world.logout(1);
        }
        let refresh = world.refresh(0);
        assert_eq!(world.code(refresh), "session_ended");
        assert_eq!(world.snapshot(0).end_reason, Some(reason));
        assert_eq!(world.count(Phase::Refresh), 0);
        assert!(world.lock_is_free());
    }
}

#[test]
fn f66_a_login_in_another_tab_while_this_one_waits_to_renew_takes_its_place() {
    let mut world = two_tabs();
    world.sleep(2 * HOUR);
    world.hold(Kind::Lock);
    let token = world.token(0);
    world.stop_holding();
    world.login(1, "bob");
    world.release();
    assert_eq!(world.token_of(token), "access-2");
    assert_eq!(world.events(0), ["signed_in", "user_changed"]);
    assert_eq!(world.count(Phase::Refresh), 0);
}

#[test]
fn f64_a_hint_that_comes_under_the_lock_or_during_a_look_is_looked_at_afterwards() {
    for (kind, is_look) in [(Kind::Write, false), (Kind::Read, true)] {
        let mut world = World::signed_in(json!({}));
        let other = world.open_tab();
        world.restore(other);
        if is_look {
            world.hold(kind);
            world.input(0, Input::StoreHinted);
        } else {
            world.hold(Kind::Reply);
            world.refresh(0);
            world.hold(kind);
            world.release_at(0);
        }
        world.stop_holding();
        world.logout(other);
        assert_eq!(world.status(0), Status::Active, "{kind:?}");
        world.release();
        assert_eq!(world.status(0), Status::SignedOut, "{kind:?}");
        assert!(!world.stored_session() && world.lock_is_free());
    }
}

#[test]
fn f64_a_logout_elsewhere_while_a_login_waits_for_the_lock_in_vain_is_heeded() {
    let mut world = World::signed_in(json!({}));
    let other = world.open_tab();
    world.restore(other);
    world.hold(Kind::Lock);
    let login = world.login(0, "bob");
    world.logout(other);
    world.deny_lock();
    assert_eq!(world.code(login), "lock_timeout");
    assert_eq!(world.status(0), Status::SignedOut);
}
