//! What a page that has just been loaded makes of the store.

use serde_json::{Value, json};
use wasm_auth_session::core::error::{AuthError, Phase, SessionEndReason, StorageOperation};
use wasm_auth_session::core::event::StorageKind;
use wasm_auth_session::core::record::Stored;
use wasm_auth_session::core::session::{Answer, Effect, Input};
use wasm_auth_session::core::snapshot::Status;
use wasm_auth_session::core::tree::Tree;
use wasm_auth_session::core::units::{Millis, MonoMillis};

use super::world::{HOUR, Kind, World};

/// Signs in, lets time pass with nobody there, and loads the page anew.
fn left_for(milliseconds: i64, over: Value) -> World {
    let mut world = World::signed_in(over);
    world.sleep(milliseconds);
    world.now.mono = MonoMillis(1_000);
    world.reload(0);
    world.forget();
    world
}

#[test]
fn a_session_is_restoring_until_it_has_read_the_store() {
    let mut world = World::new(json!({}));
    assert_eq!(world.status(0), Status::Restoring);
    world.hold(Kind::Read);
    let restored = world.restore(0);
    assert_eq!(world.status(0), Status::Restoring);
    world.release();
    assert_eq!(world.told(restored), Ok(Answer::Restored(false)));
    assert_eq!(world.status(0), Status::SignedOut);
    assert!(world.tabs[0].events.is_empty());
}

#[test]
fn what_was_seen_of_the_store_before_a_login_was_written_says_nothing_of_it_however_late_it_comes() {
    let mut world = World::new(json!({}));
    world.hold(Kind::Read);
    let restored = world.restore(0);
    world.stop_holding();
    let login = world.login(0, "ada");
    assert_eq!(world.told(login), Ok(Answer::Done));
    world.release();
    assert_eq!(world.status(0), Status::Active);
    assert_eq!(world.told(restored), Ok(Answer::Restored(true)));
    assert_eq!(world.events(0), ["signed_in"]);
}

#[test]
fn a_look_asked_for_while_the_store_is_written_follows_the_write() {
    let mut world = World::signed_in(json!({}));
    world.hold(Kind::Write);
    world.refresh(0);
    world.tabs[0].effects.clear();
    let restored = world.restore(0);
    assert_eq!(world.told(restored), Ok(Answer::Restored(true)));
    let reads = |world: &World| world.tabs[0].effects.iter().any(|effect| matches!(effect, Effect::ReadStore(_)));
    assert!(!reads(&world));
    world.release();
    assert!(reads(&world));
}

#[test]
fn f86_a_stored_session_is_restored_without_a_request() {
    let mut world = left_for(60_000, json!({}));
    let restored = world.restore(0);
    assert_eq!(world.told(restored), Ok(Answer::Restored(true)));
    assert_eq!(world.snapshot(0).user.as_deref(), Some("ada"));
    let token = world.token(0);
    assert_eq!(world.token_of(token), "access-1");
    assert!(world.sent.is_empty() && world.tabs[0].events.is_empty());
}

#[test]
fn callers_that_come_before_the_store_is_read_are_served_from_it() {
    let mut world = left_for(60_000, json!({}));
    let token = world.token(0);
    assert_eq!(world.token_of(token), "access-1");
    assert_eq!(world.status(0), Status::Active);
}

#[test]
fn callers_that_come_before_an_empty_store_is_read_are_told_that_there_is_no_session() {
    let mut world = World::new(json!({}));
    world.hold(Kind::Read);
    let (token, refresh) = (world.token(0), world.refresh(0));
    assert!(world.is_waiting(token) && world.is_waiting(refresh));
    world.release();
    assert_eq!(world.code(token), "session_ended");
    assert_eq!(world.code(refresh), "session_ended");
}

#[test]
fn a_refresh_asked_for_before_the_store_is_read_is_one() {
    let mut world = left_for(60_000, json!({}));
    let refresh = world.refresh(0);
    assert_eq!(world.told(refresh), Ok(Answer::Done));
    assert_eq!(world.count(Phase::Refresh), 1);
}

#[test]
fn a_refresh_asked_for_before_the_store_is_read_is_refused_where_nothing_can_renew_the_session() {
    let mut world = left_for(60_000, World::without_refresh());
    let refresh = world.refresh(0);
    assert_eq!(world.code(refresh), "invalid_options");
    assert_eq!(world.status(0), Status::Active);
}

#[test]
fn a_session_that_is_over_and_cannot_be_renewed_is_ended_at_restore() {
    let mut world = left_for(2 * HOUR, World::without_refresh());
    let restored = world.restore(0);
    assert_eq!(world.told(restored), Ok(Answer::Restored(false)));
    assert_eq!(world.snapshot(0).end_reason, Some(SessionEndReason::Expired));
    assert_eq!(world.events(0), ["signed_out"]);
    assert!(!world.stored_session(), "its tokens do not stay");
    let token = world.token(0);
    assert_eq!(world.told(token), Err(AuthError::ended(SessionEndReason::Expired)));
}

#[test]
fn a_session_that_is_over_and_can_be_renewed_stays_and_is_renewed_when_the_page_is_seen() {
    let mut world = left_for(2 * HOUR, json!({}));
    world.look(0, false);
    let restored = world.restore(0);
    assert_eq!(world.told(restored), Ok(Answer::Restored(true)));
    world.advance(HOUR);
    assert_eq!((world.status(0), world.count(Phase::Refresh)), (Status::Active, 0));
    world.look(0, true);
    assert_eq!(world.count(Phase::Refresh), 0, "the network is given a moment");
    world.advance(2_000);
    assert_eq!(world.count(Phase::Refresh), 1);
    assert_eq!(world.events(0), ["refreshed"]);
}

#[test]
fn a_restored_session_is_as_old_as_its_tokens() {
    let mut world = left_for(HOUR / 2, json!({}));
    world.restore(0);
    let left = world.snapshot(0).expires_at.map(|end| end.since(world.now.wall));
    assert_eq!(left, Some(Millis(HOUR / 2)));
}

#[test]
fn f96_a_corrupt_record_is_dropped_and_warned_of() {
    for corrupt in [
        json!("gibberish"),
        json!({ "version": 1, "epoch": 0, "generation": -1 }),
        json!({ "version": 1, "epoch": 0, "generation": 1, "token_set": {} }),
    ] {
        let mut world = World::new(json!({}));
        world.store = Some(crate::support::tree(&corrupt));
        let restored = world.restore(0);
        assert_eq!(world.told(restored), Ok(Answer::Restored(false)));
        assert_eq!(world.snapshot(0).end_reason, Some(SessionEndReason::StorageCorrupt));
        assert_eq!(world.snapshot(0).warnings[0].code.name(), "record_dropped");
        let token = world.token(0);
        assert_eq!(world.told(token), Err(AuthError::ended(SessionEndReason::StorageCorrupt)));
        world.login(0, "ada");
        assert!(world.stored_session(), "the next login replaces it");
        assert_eq!(world.snapshot(0).end_reason, None);
    }
}

#[test]
fn f106_a_newer_record_is_left_alone_and_warned_of_once() {
    let newer = Tree::map([("version", Tree::integer(2))]);
    let mut world = World::new(json!({}));
    world.store = Some(newer.clone());
    let restored = world.restore(0);
    world.restore(0);
    assert_eq!(world.told(restored), Ok(Answer::Restored(false)));
    assert_eq!(world.snapshot(0).warnings.len(), 1);
    assert_eq!(world.snapshot(0).warnings[0].code.name(), "record_newer");
    let login = world.login(0, "ada");
    assert_eq!(world.told(login), Ok(Answer::Done));
    world.logout(0);
    assert!(world.store == Some(newer), "never overwritten");
}

#[test]
fn a_tombstone_restores_nothing() {
    let mut world = World::signed_in(json!({}));
    world.logout(0);
    world.reload(0);
    world.forget();
    let restored = world.restore(0);
    assert_eq!(world.told(restored), Ok(Answer::Restored(false)));
    assert_eq!(world.status(0), Status::SignedOut);
    let before = world.mark();
    world.login(0, "bob");
    assert!(world.mark() > before, "the next login comes after it");
}

#[test]
fn a_record_without_tokens_is_renewed_by_its_cookie_at_once_where_the_page_is_seen() {
    let mut world = left_for(60_000, World::with_cookie());
    let restored = world.restore(0);
    assert_eq!(world.told(restored), Ok(Answer::Restored(true)));
    assert_eq!(world.tabs[0].session.token(), None);
    assert_eq!(world.until_deadline(0).map(|wait| wait <= 0), Some(true));
    world.advance(0);
    assert_eq!(world.count(Phase::Refresh), 1);
    let token = world.token(0);
    assert_eq!(world.token_of(token), "access-2");
}

#[test]
fn a_record_without_tokens_is_renewed_on_demand_where_that_is_the_mode() {
    let mut world = left_for(60_000, World::both(World::with_cookie(), json!({ "refreshMode": "on-demand" })));
    world.restore(0);
    world.advance(HOUR);
    assert_eq!(world.count(Phase::Refresh), 0);
    let token = world.token(0);
    assert_eq!(world.token_of(token), "access-2");
}

#[test]
fn in_cookie_mode_no_token_is_stored() {
    let world = World::signed_in(World::with_cookie());
    let Stored::Record(record) = world.stored() else { panic!("a record") };
    let tokens = record.session.expect("a session").tokens;
    assert_eq!((tokens.access_token, tokens.refresh_token), (None, None));
}

#[test]
fn a_second_look_at_the_store_finds_what_came_meanwhile() {
    let mut world = World::new(json!({}));
    world.hints = false;
    world.restore(0);
    let other = world.open_tab();
    world.restore(other);
    world.login(other, "ada");
    let restored = world.restore(0);
    assert_eq!(world.told(restored), Ok(Answer::Restored(true)));
    assert_eq!(world.events(0), ["signed_in"]);
}

#[test]
fn restore_is_answered_while_a_refresh_is_under_way() {
    let mut world = World::signed_in(json!({ "refreshMode": "on-demand" }));
    world.hold(Kind::Reply);
    world.refresh(0);
    let restored = world.restore(0);
    world.release_with(Err(wasm_auth_session::core::transport::TransportError::Failed));
    assert_eq!(world.told(restored), Ok(Answer::Restored(true)), "a session is there, renewed or not");
}

#[test]
fn a_store_that_never_answers_does_not_keep_a_caller_for_ever() {
    let mut world = World::new(json!({}));
    world.hold(Kind::Read);
    let (restored, token) = (world.restore(0), world.token(0));
    world.advance(14_999);
    assert!(world.is_waiting(restored) && world.is_waiting(token));
    world.advance(1);
    assert_eq!((world.code(restored), world.code(token)), ("timeout", "timeout"));
}

#[test]
fn f98_an_emptied_store_ends_a_session_that_could_not_be_read_for_a_moment_before() {
    let mut world = World::signed_in(json!({}));
    world.input(0, Input::StorageFellBack(StorageKind::Memory, StorageOperation::Read));
    let restored = world.restore(0);
    assert_eq!(world.told(restored), Ok(Answer::Restored(true)));
    world.store = None;
    let restored = world.restore(0);
    assert_eq!(world.told(restored), Ok(Answer::Restored(false)));
    assert_eq!(world.snapshot(0).end_reason, Some(SessionEndReason::StorageCleared));
}

#[test]
fn f100_a_store_that_cannot_be_read_and_shows_nothing_ends_no_session() {
    for kind in [StorageKind::Memory, StorageKind::IndexedDb] {
        let mut world = World::signed_in(json!({}));
        world.input(0, Input::StorageFellBack(kind, StorageOperation::Read));
        world.store = None;
        let restored = world.restore(0);
        assert_eq!(world.told(restored), Ok(Answer::Restored(true)), "{kind:?}");
    }
}
