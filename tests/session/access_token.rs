//! Callers who want a token.

use serde_json::json;
use wasm_auth_session::core::error::{AuthError, Phase, SessionEndReason};
use wasm_auth_session::core::session::{Answer, Input, WaiterId};
use wasm_auth_session::core::snapshot::Status;
use wasm_auth_session::core::transport::TransportError;
use wasm_auth_session::core::tree::Tree;

use super::world::{HOUR, Kind, World, refused, reply};

#[test]
fn a_token_with_enough_left_is_served_without_a_request() {
    let mut world = World::signed_in(json!({}));
    world.sleep(HOUR - 10_000);
    let token = world.token(0);
    assert_eq!(world.token_of(token), "access-1");
    assert!(world.sent.is_empty());
}

#[test]
fn a_token_with_less_than_ten_seconds_left_is_renewed_first() {
    let mut world = World::signed_in(json!({}));
    world.sleep(HOUR - 9_999);
    let token = world.token(0);
    assert_eq!(world.token_of(token), "access-2");
    assert_eq!(world.count(Phase::Refresh), 1);
}

#[test]
fn a_token_of_a_short_lifetime_is_renewed_in_its_last_tenth() {
    let mut world = World::new(json!({}));
    world.server.lifetime = json!(10);
    world.restore(0);
    world.login(0, "ada");
    world.sleep(9_000);
    let early = world.token(0);
    world.sleep(1);
    let late = world.token(0);
    assert_eq!((world.token_of(early), world.token_of(late)), ("access-1".into(), "access-2".into()));
}

#[test]
fn a_caller_says_how_much_must_be_left() {
    let mut world = World::signed_in(json!({}));
    world.sleep(HOUR / 2);
    let enough = world.token_for(0, HOUR / 2);
    let more = world.token_for(0, HOUR / 2 + 1);
    let none = world.token_for(0, 0);
    assert_eq!(world.token_of(enough), "access-1");
    assert_eq!(world.token_of(more), "access-2");
    assert_eq!(world.token_of(none), "access-2");
}

#[test]
fn a_caller_who_asks_for_more_than_there_ever_is_gets_the_newest() {
    let mut world = World::signed_in(json!({}));
    let token = world.token_for(0, 10 * HOUR);
    assert_eq!(world.token_of(token), "access-2");
    assert_eq!(world.count(Phase::Refresh), 1);
}

#[test]
fn f53_a_thousand_callers_are_one_refresh() {
    let mut world = World::signed_in(json!({}));
    world.sleep(2 * HOUR);
    world.hold(Kind::Reply);
    let waiters: Vec<WaiterId> = (0..1_000).map(|_| world.token(0)).collect();
    assert!(waiters.iter().all(|waiter| world.is_waiting(*waiter)));
    world.release();
    assert_eq!(world.count(Phase::Refresh), 1);
    for waiter in waiters {
        assert_eq!(world.token_of(waiter), "access-2");
    }
}

#[test]
fn callers_join_a_refresh_at_whatever_step_it_is() {
    for kind in [Kind::Lock, Kind::Read, Kind::Reply, Kind::Write] {
        let mut world = World::signed_in(json!({}));
        world.sleep(2 * HOUR);
        world.hold(kind);
        let first = world.token(0);
        let (second, refresh) = (world.token(0), world.refresh(0));
        world.release();
        assert_eq!(world.count(Phase::Refresh), 1, "{kind:?}");
        assert_eq!(world.token_of(first), "access-2", "{kind:?}");
        assert_eq!(world.token_of(second), "access-2", "{kind:?}");
        assert_eq!(world.told(refresh), Ok(Answer::Done), "{kind:?}");
    }
}

#[test]
fn a_caller_for_whom_enough_is_left_does_not_wait_for_the_refresh_under_way() {
    let mut world = World::signed_in(json!({}));
    world.hold(Kind::Reply);
    world.refresh(0);
    let token = world.token(0);
    assert_eq!(world.token_of(token), "access-1");
}

#[test]
fn a_token_of_unknown_lifetime_is_used_until_it_is_refused() {
    let mut world = World::new(json!({}));
    world.restore(0);
    world.adopt(0, json!({ "access_token": "a", "refresh_token": "r" }));
    world.advance(24 * HOUR);
    let (token, for_long) = (world.token(0), world.token_for(0, HOUR));
    assert_eq!((world.token_of(token), world.token_of(for_long)), ("a".into(), "a".into()));
    assert!(world.sent.is_empty());
    assert_eq!(world.snapshot(0).expires_at, None);
}

#[test]
fn a_token_that_cannot_be_renewed_is_used_to_its_end() {
    let mut world = World::signed_in(World::without_refresh());
    world.sleep(HOUR - 1);
    let (token, for_long) = (world.token(0), world.token_for(0, HOUR));
    assert_eq!((world.token_of(token), world.token_of(for_long)), ("access-1".into(), "access-1".into()));
}

#[test]
fn a_token_asked_for_after_its_end_ends_a_session_that_cannot_be_renewed() {
    let mut world = World::signed_in(World::without_refresh());
    world.sleep(HOUR);
    let token = world.token(0);
    assert_eq!(world.told(token), Err(AuthError::ended(SessionEndReason::Expired)));
    assert_eq!(world.events(0), ["signed_out"]);
    assert!(!world.stored_session());
}

#[test]
fn without_a_session_a_caller_is_told_why() {
    let mut world = World::new(json!({}));
    world.restore(0);
    let never = world.token(0);
    assert_eq!(world.told(never), Err(AuthError::ended(SessionEndReason::LoggedOut)));
    world.login(0, "ada");
    world.script.push_back(Ok(refused(400, "invalid_grant")));
    world.refresh(0);
    let (token, refresh) = (world.token(0), world.refresh(0));
    assert_eq!(world.told(token), Err(AuthError::ended(SessionEndReason::Refused)));
    assert_eq!(world.told(refresh), Err(AuthError::ended(SessionEndReason::Refused)));
}

#[test]
fn f118_a_caller_who_withdraws_is_freed_and_the_refresh_goes_on_for_the_others() {
    let mut world = World::signed_in(json!({}));
    world.sleep(2 * HOUR);
    world.hold(Kind::Reply);
    let (first, second) = (world.token(0), world.token(0));
    world.input(0, Input::Abandoned(first));
    assert_eq!(world.told(first), Err(AuthError::Aborted));
    assert!(world.is_waiting(second));
    world.release();
    assert_eq!(world.token_of(second), "access-2");
    assert_eq!(world.count(Phase::Refresh), 1);
}

#[test]
fn a_refresh_all_callers_of_which_withdrew_is_stored_all_the_same() {
    let mut world = World::signed_in(json!({}));
    world.sleep(2 * HOUR);
    world.hold(Kind::Reply);
    let only = world.token(0);
    world.input(0, Input::Abandoned(only));
    world.release();
    assert_eq!(world.events(0), ["refreshed"]);
    let token = world.token(0);
    assert_eq!(world.token_of(token), "access-2");
}

#[test]
fn who_withdraws_after_the_answer_is_not_told_twice() {
    let mut world = World::signed_in(json!({}));
    let token = world.token(0);
    world.input(0, Input::Abandoned(token));
    assert_eq!(world.token_of(token), "access-1");
}

#[test]
fn a_caller_waits_no_longer_than_a_request_and_a_little() {
    let mut world = World::signed_in(json!({}));
    world.sleep(2 * HOUR);
    world.hold(Kind::Lock);
    let token = world.token(0);
    world.advance(14_999);
    assert!(world.is_waiting(token));
    world.advance(1);
    assert_eq!(world.code(token), "lock_timeout");
    world.release();
    assert_eq!(world.status(0), Status::Active);
    assert!(world.lock_is_free());
}

#[test]
fn f58_a_caller_whose_token_is_valid_does_not_need_the_lock() {
    let mut world = World::signed_in(json!({}));
    world.hold(Kind::Lock);
    world.refresh(0);
    let token = world.token(0);
    assert_eq!(world.token_of(token), "access-1");
}

#[test]
fn f58_a_lock_that_is_not_to_be_had_is_an_error_worth_retrying() {
    let mut world = World::signed_in(json!({}));
    world.sleep(2 * HOUR);
    world.hold(Kind::Lock);
    let refresh = world.refresh(0);
    world.deny_lock();
    assert_eq!(world.code(refresh), "lock_timeout");
    assert!(world.events(0).is_empty(), "nothing was tried, so nothing has failed");
    world.stop_holding();
    let again = world.refresh(0);
    assert_eq!(world.told(again), Ok(Answer::Done));
}

#[test]
fn a_caller_who_comes_while_a_short_wait_runs_waits_along() {
    let mut world = World::signed_in(json!({}));
    world.sleep(2 * HOUR);
    world.script.push_back(Err(TransportError::Failed));
    let first = world.token(0);
    let second = world.token(0);
    assert!(world.is_waiting(first) && world.is_waiting(second));
    assert_eq!(world.count(Phase::Refresh), 1, "no try before the wait is over");
    world.advance(750);
    assert_eq!((world.token_of(first), world.token_of(second)), ("access-2".into(), "access-2".into()));
    assert_eq!(world.count(Phase::Refresh), 2);
}

#[test]
fn f112_what_an_api_refuses_is_read_and_ends_nothing() {
    let world = World::signed_in(json!({}));
    let session = &world.tabs[0].session;
    assert_eq!(session.read_api_answer(world.now, &reply(200, json!({}))), None);
    assert_eq!(session.read_api_answer(world.now, &reply(304, json!({}))), None);
    let echo = json!({ "detail": "access-1 has expired" });
    let error = session.read_api_answer(world.now, &reply(401, echo)).expect("a refusal").to_tree();
    assert_eq!(error.get("tokenExpired").and_then(Tree::as_bool), Some(true));
    assert_eq!(error.get("serverMessage").and_then(Tree::as_text), Some("[redacted] has expired"));
    assert_eq!(world.status(0), Status::Active);
}

#[test]
fn a_caller_who_comes_while_a_long_wait_runs_is_told_what_went_wrong() {
    let mut world = World::signed_in(json!({}));
    world.sleep(2 * HOUR);
    world.script.extend((0..4).map(|_| Err(TransportError::Failed)));
    let patient = world.token(0);
    world.advance(9_000);
    assert_eq!(world.code(patient), "network");
    let late = world.token(0);
    assert_eq!(world.code(late), "network");
    assert_eq!(world.count(Phase::Refresh), 4);
}
