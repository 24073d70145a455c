//! A refresh that fails: what ends the session, what does not, and when it is tried again.

use serde_json::json;
use wasm_auth_session::core::error::{Phase, SessionEndReason};
use wasm_auth_session::core::event::SessionEvent;
use wasm_auth_session::core::snapshot::Status;
use wasm_auth_session::core::transport::{HttpResponse, ResponseBody, TransportError};

use super::world::{HOUR, Kind, Reply, World, refused, reply};

#[test]
fn f35_a_refresh_without_an_answer_is_tried_again_after_the_steps_of_the_ladder() {
    for failure in
        [Err(TransportError::Failed), Err(TransportError::TimedOut), Ok(refused(503, "temporarily_unavailable"))]
    {
        let mut world = World::signed_in(json!({}));
        world.sleep(2 * HOUR);
        world.script.extend((0..5).map(|_| failure.clone()));
        let token = world.token(0);
        for (tries, steps) in [(1, 250..=750), (2, 1_000..=2_000), (3, 3_000..=5_000)] {
            assert_eq!(world.count(Phase::Refresh), tries);
            let wait = world.until_deadline(0).expect("the next try is planned");
            assert!(steps.contains(&wait), "after {tries}: {wait}");
            world.advance(wait - 1);
            assert_eq!(world.count(Phase::Refresh), tries);
            world.advance(1);
        }
        assert_eq!(world.count(Phase::Refresh), 4);
        assert!(world.told(token).is_err(), "the fourth step is too long to wait for");
        let wait = world.until_deadline(0).expect("the background goes on");
        assert!((60_000..=120_000).contains(&wait), "{wait}");
        world.advance(wait);
        let wait = world.until_deadline(0).expect("the background goes on");
        assert!((60_000..=120_000).contains(&wait), "{wait}");
        world.advance(wait);
        assert_eq!(world.events(0).last(), Some(&"refreshed"));
        assert_eq!(world.status(0), Status::Active);
    }
}

#[test]
fn f40_a_long_outage_is_knocked_at_no_more_than_once_a_minute_by_a_page_that_is_seen_and_never_by_one_that_is_not() {
    let mut world = World::signed_in(json!({}));
    world.sleep(2 * HOUR);
    world.script.extend((0..1_000).map(|_| Err(TransportError::Failed)));
    world.look(0, true);
    world.advance(30 * 60_000);
    let tries = world.count(Phase::Refresh);
    assert!((15..=34).contains(&tries), "{tries}");
    world.look(0, false);
    world.forget();
    world.advance(30 * 60_000);
    assert_eq!(world.count(Phase::Refresh), 0);
}

#[test]
fn a_failed_attempt_is_told_with_the_time_of_the_next() {
    let mut world = World::signed_in(json!({}));
    world.script.push_back(Err(TransportError::Failed));
    world.refresh(0);
    let Some(SessionEvent::RefreshFailed { error, next_attempt_at }) = world.tabs[0].events.last().cloned() else {
        panic!("{:?}", world.events(0))
    };
    assert_eq!(error.code().row().name, "network");
    let wait = next_attempt_at.expect("somebody waits").since(world.now.wall).0;
    assert!((250..=750).contains(&wait), "{wait}");
    assert_eq!(world.until_deadline(0), Some(wait));
}

#[test]
fn a_failed_attempt_that_nobody_waits_for_in_a_hidden_page_names_no_next() {
    let mut world = World::signed_in(json!({}));
    world.look(0, false);
    world.sleep(2 * HOUR);
    world.hold(Kind::Reply);
    let token = world.token(0);
    world.input(0, wasm_auth_session::core::session::Input::Abandoned(token));
    world.release_with(Err(TransportError::Failed));
    let Some(SessionEvent::RefreshFailed { next_attempt_at, .. }) = world.tabs[0].events.last() else { panic!("told") };
    assert_eq!(*next_attempt_at, None);
    assert_eq!(world.until_deadline(0), None);
}

#[test]
fn f39_a_wait_that_the_server_asks_for_holds_for_everybody() {
    let mut world = World::signed_in(json!({}));
    world.sleep(2 * HOUR);
    let busy = HttpResponse { retry_after: Some("30".to_owned()), ..refused(429, "slow_down") };
    world.script.push_back(Ok(busy));
    let first = world.token(0);
    assert_eq!(world.code(first), "rate_limited");
    world.advance(29_999);
    let (token, refresh) = (world.token(0), world.refresh(0));
    assert_eq!((world.code(token), world.code(refresh)), ("rate_limited", "rate_limited"));
    assert_eq!(world.count(Phase::Refresh), 1);
    world.advance(1_001);
    assert_eq!(world.count(Phase::Refresh), 2);
    assert_eq!(world.events(0).last(), Some(&"refreshed"));
}

#[test]
fn f23_a_refused_refresh_ends_the_session() {
    let mut world = World::signed_in(json!({}));
    world.script.push_back(Ok(refused(400, "invalid_grant")));
    let (refresh, joined) = {
        world.hold(Kind::Reply);
        let refresh = world.refresh(0);
        let joined = world.token_for(0, 2 * HOUR);
        world.release();
        (refresh, joined)
    };
    assert_eq!((world.code(refresh), world.code(joined)), ("session_ended", "session_ended"));
    assert_eq!(world.snapshot(0).end_reason, Some(SessionEndReason::Refused));
    assert_eq!(world.events(0), ["signed_out"]);
    assert!(!world.stored_session());
    assert!(world.lock_is_free());
    assert_eq!((world.tabs[0].acquired, world.tabs[0].released), (2, 2));
    world.advance(HOUR);
    assert_eq!(world.count(Phase::Refresh), 1);
}

fn survives(failures: impl IntoIterator<Item = Reply>, code: &str) {
    for failure in failures {
        let mut world = World::signed_in(json!({ "refreshMode": "on-demand" }));
        world.script.extend((0..4).map(|_| failure.clone()));
        let refresh = world.refresh(0);
        world.advance(20_000);
        assert_eq!(world.code(refresh), code);
        assert_eq!(world.status(0), Status::Active);
        assert!(world.stored_session());
        assert!(world.events(0).iter().all(|name| *name == "refresh_failed"));
        let token = world.token(0);
        assert_eq!(world.token_of(token), "access-1", "what is valid goes on being served");
    }
}

#[test]
fn f24_a_misconfigured_client_keeps_the_session() {
    survives(
        ["invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope"]
            .map(|error| Ok(refused(400, error))),
        "misconfigured",
    );
}

#[test]
fn f25_f38_a_failing_server_keeps_the_session() {
    survives([500, 502, 503, 504, 525].map(|status| Ok(refused(status, "oops"))), "server");
}

#[test]
fn f27_an_answer_that_is_no_reply_keeps_the_session() {
    let page = HttpResponse { body: ResponseBody::Text("<html>".to_owned()), ..reply(200, json!(null)) };
    survives([Ok(page), Ok(reply(200, json!({ "ok": true })))], "invalid_response");
}

#[test]
fn f34_f47_no_answer_keeps_the_session() {
    survives([Err(TransportError::Failed), Err(TransportError::Offline)], "network");
}

#[test]
fn f24_what_is_not_worth_retrying_is_not_retried_by_itself_nor_in_a_loop() {
    let mut world = World::signed_in(json!({}));
    world.sleep(2 * HOUR);
    world.script.extend((0..100).map(|_| Ok(refused(401, "invalid_client"))));
    let token = world.token(0);
    assert_eq!(world.code(token), "misconfigured");
    let Some(SessionEvent::RefreshFailed { next_attempt_at, .. }) = world.tabs[0].events.last() else { panic!("told") };
    assert_eq!(*next_attempt_at, None);
    for _ in 0..100 {
        let token = world.token(0);
        assert_eq!(world.code(token), "misconfigured");
    }
    world.advance(HOUR);
    assert_eq!(world.count(Phase::Refresh), 1);
    world.token(0);
    assert_eq!(world.count(Phase::Refresh), 2, "when somebody asks it is tried again");
}

#[test]
fn a_token_that_is_still_valid_is_served_though_its_refresh_failed() {
    let mut world = World::signed_in(json!({}));
    world.sleep(HOUR - 5_000);
    world.script.extend((0..10).map(|_| Err(TransportError::Failed)));
    let (near_its_end, while_waiting) = (world.token(0), world.token(0));
    assert_eq!(world.token_of(near_its_end), "access-1");
    assert_eq!(world.token_of(while_waiting), "access-1");
    let more = world.token_for(0, 60_000);
    assert!(world.is_waiting(more), "who asks for more waits");
    world.advance(20_000);
    assert_eq!(world.code(more), "network");
    assert_eq!(world.status(0), Status::Active);
}

#[test]
fn a_failed_refresh_is_not_told_again_when_a_login_is_turned_down() {
    let mut world = World::signed_in(json!({ "storageRequired": true }));
    world.script.push_back(Ok(refused(503, "unavailable")));
    world.refresh(0);
    world.forget();
    world.full = true;
    let login = world.login(0, "bob");
    assert_eq!(world.code(login), "storage");
    assert_eq!(world.events(0), ["storage_degraded"]);
}
