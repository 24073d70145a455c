//! Renewing, in the background and when asked.

use serde_json::json;
use wasm_auth_session::core::error::{AuthError, Phase, SessionEndReason};
use wasm_auth_session::core::record::{Record, Stored};
use wasm_auth_session::core::session::Answer;
use wasm_auth_session::core::snapshot::{Activity, Status};
use wasm_auth_session::core::units::Millis;

use super::world::{HOUR, Kind, World, reply};

fn refresh_token(world: &World) -> String {
    match world.stored() {
        Stored::Record(Record { session: Some(session), .. }) => {
            session.tokens.refresh_token.map(|token| token.expose().to_owned()).unwrap_or_default()
        }
        other => panic!("no session: {other:?}"),
    }
}

#[test]
fn a_visible_page_renews_a_minute_before_the_end_give_or_take() {
    let mut world = World::signed_in(json!({}));
    let wait = world.until_deadline(0).expect("a refresh is planned");
    assert!((HOUR - 66_000..=HOUR - 54_000).contains(&wait), "{wait}");
    let planned = world.snapshot(0).refresh_at.map(|at| at.since(world.now.wall));
    assert_eq!(planned, Some(Millis(wait)));
    world.advance(wait - 1);
    assert_eq!(world.count(Phase::Refresh), 0);
    world.advance(1);
    assert_eq!(world.count(Phase::Refresh), 1);
    assert_eq!(world.events(0), ["refreshed"]);
}

#[test]
fn f09_a_short_lifetime_is_renewed_in_its_last_fifth() {
    let mut world = World::new(json!({}));
    world.server.lifetime = json!(10);
    world.restore(0);
    world.login(0, "ada");
    let wait = world.until_deadline(0).expect("a refresh is planned");
    assert!((7_800..=8_200).contains(&wait), "{wait}");
    world.advance(HOUR);
    let count = world.count(Phase::Refresh);
    assert!((430..=470).contains(&count), "{count}");
}

#[test]
fn f09_however_short_the_lifetime_the_background_renews_once_a_second_at_most() {
    let mut world = World::new(json!({}));
    world.server.lifetime = json!(0.001);
    world.restore(0);
    world.login(0, "ada");
    world.advance(60_000);
    assert!(world.count(Phase::Refresh) <= 60);
}

#[test]
fn f03_a_lifetime_of_nothing_plans_no_refresh() {
    for lifetime in [json!(0), json!(-5), json!("abc"), json!(null)] {
        let mut world = World::new(json!({}));
        world.server.lifetime = lifetime;
        world.restore(0);
        world.login(0, "ada");
        assert_eq!(world.until_deadline(0), None);
        world.advance(HOUR);
        assert_eq!(world.count(Phase::Refresh), 0);
        let token = world.token(0);
        assert_eq!(world.token_of(token), "access-1");
    }
}

#[test]
fn a_hidden_page_does_not_renew_by_itself() {
    let mut world = World::signed_in(json!({}));
    world.look(0, false);
    assert_eq!(world.until_deadline(0), None);
    world.advance(3 * HOUR);
    assert_eq!(world.count(Phase::Refresh), 0);
    let token = world.token(0);
    assert_eq!(world.token_of(token), "access-2");
}

#[test]
fn on_demand_there_is_no_background() {
    let mut world = World::signed_in(json!({ "refreshMode": "on-demand" }));
    assert_eq!((world.until_deadline(0), world.snapshot(0).refresh_at), (None, None));
    world.advance(3 * HOUR);
    assert_eq!(world.count(Phase::Refresh), 0);
    let token = world.token(0);
    assert_eq!(world.token_of(token), "access-2");
}

#[test]
fn a_refresh_shows_that_it_is_under_way() {
    let mut world = World::signed_in(json!({}));
    world.hold(Kind::Reply);
    world.refresh(0);
    assert_eq!(world.snapshot(0).activity, Some(Activity::Refreshing));
    assert_eq!(world.status(0), Status::Active);
    world.release();
    assert_eq!(world.snapshot(0).activity, None);
}

#[test]
fn f13_a_reply_without_refresh_token_keeps_the_old_one() {
    for absent in [json!({}), json!({ "refresh_token": null }), json!({ "refresh_token": "" })] {
        let mut world = World::signed_in(json!({}));
        let body = World::both(json!({ "access_token": "next", "expires_in": 60 }), absent);
        world.script.push_back(Ok(reply(200, body)));
        let refresh = world.refresh(0);
        assert_eq!(world.told(refresh), Ok(Answer::Done));
        assert_eq!(refresh_token(&world), "refresh-1");
        assert_eq!(world.snapshot(0).user.as_deref(), Some("ada"));
    }
}

#[test]
fn f16_the_same_refresh_token_again_is_a_new_generation() {
    let mut world = World::signed_in(json!({}));
    world.server.rotates = false;
    let before = world.mark();
    world.refresh(0);
    assert_eq!(refresh_token(&world), "refresh-1");
    assert_eq!(world.mark().epoch, before.epoch);
    assert_eq!(world.mark().generation, before.generation + 2, "one for the marker, one for the tokens");
}

#[test]
fn f20_tokens_of_somebody_else_end_the_session_and_are_not_stored() {
    let mut world = World::signed_in(json!({}));
    world.script.push_back(Ok(reply(
        200,
        json!({ "access_token": "of-bob", "refresh_token": "r", "expires_in": 60, "user": "bob" }),
    )));
    let refresh = world.refresh(0);
    assert_eq!(world.code(refresh), "session_ended");
    assert_eq!(world.snapshot(0).end_reason, Some(SessionEndReason::IdentityChanged));
    assert_eq!(world.events(0), ["user_changed", "signed_out"]);
    assert!(!world.stored_session());
    assert!(world.lock_is_free());
}

#[test]
fn f20_a_refresh_reply_that_leaves_out_the_user_whom_the_login_named_speaks_of_the_same() {
    // { "sub": "42", "iat": 1700000000, "exp": 1700003600 }
    let jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiI0MiIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAzNjAwfQ.c2ln";
    let mut world = World::new(json!({ "reply": { "user": "/user/email" } }));
    world.restore(0);
    let login = json!({ "access_token": jwt, "refresh_token": "r1", "user": { "email": "ada@example.com" } });
    world.script.extend([Ok(reply(200, login)), Ok(reply(200, json!({ "access_token": jwt, "refresh_token": "r2" })))]);
    world.login(0, "ada");
    let refresh = world.refresh(0);
    assert_eq!(world.told(refresh), Ok(Answer::Done));
    assert_eq!(world.snapshot(0).user.as_deref(), Some("ada@example.com"));
}

#[test]
fn refresh_on_a_session_that_nothing_can_renew_is_a_fault_of_the_call() {
    let mut without_token = World::new(json!({}));
    without_token.restore(0);
    without_token.adopt(0, json!({ "access_token": "a", "expires_in": 60 }));
    for (mut world, reason) in [
        (World::signed_in(World::without_refresh()), "nothing in this session can renew it"),
        (without_token, "nothing in this session can renew it: no refresh token came at /refresh_token"),
    ] {
        let refresh = world.refresh(0);
        assert_eq!(world.told(refresh), Err(AuthError::invalid("refresh", reason)));
        assert_eq!(world.status(0), Status::Active);
        assert!(world.sent.is_empty());
    }
}

#[test]
fn f82_the_lifetime_counts_from_when_the_request_was_sent() {
    let mut world = World::new(json!({}));
    world.restore(0);
    world.hold(Kind::Reply);
    world.login(0, "ada");
    world.sleep(9_000);
    world.release();
    let left = |world: &World| world.snapshot(0).expires_at.expect("known").since(world.now.wall).0;
    assert_eq!(left(&world), HOUR - 9_000);
    world.hold(Kind::Reply);
    world.refresh(0);
    world.sleep(8_000);
    world.release();
    assert_eq!(left(&world), HOUR - 8_000);
    world.sleep(HOUR - 8_000 - 9_999);
    let token = world.token(0);
    assert_eq!(world.token_of(token), "access-3");
}

#[test]
fn refresh_joins_one_that_is_running() {
    let mut world = World::signed_in(json!({}));
    world.hold(Kind::Reply);
    let (first, second) = (world.refresh(0), world.refresh(0));
    world.release();
    assert_eq!((world.told(first), world.told(second)), (Ok(Answer::Done), Ok(Answer::Done)));
    assert_eq!(world.count(Phase::Refresh), 1);
}

#[test]
fn f54_tabs_that_wake_together_renew_once_and_the_others_adopt() {
    for tabs in [2, 4, 8] {
        let mut world = World::signed_in(json!({}));
        for _ in 1..tabs {
            let tab = world.open_tab();
            world.restore(tab);
        }
        world.sleep(2 * HOUR);
        world.hold(Kind::Lock);
        let waiters: Vec<_> = (0..tabs).map(|tab| world.token(tab)).collect();
        world.release();
        assert_eq!(world.count(Phase::Refresh), 1);
        assert!(world.server.reused.is_empty());
        for (tab, waiter) in waiters.into_iter().enumerate() {
            assert_eq!(world.token_of(waiter), "access-2");
            assert!(world.tabs[tab].events.iter().any(|event| event.name() == "refreshed"));
        }
        assert!(world.lock_is_free());
    }
}

#[test]
fn f54_refresh_asked_for_in_two_tabs_at_once_is_one() {
    let mut world = World::signed_in(json!({}));
    let other = world.open_tab();
    world.restore(other);
    world.hold(Kind::Lock);
    let (here, there) = (world.refresh(0), world.refresh(other));
    world.release();
    assert_eq!((world.told(here), world.told(there)), (Ok(Answer::Done), Ok(Answer::Done)));
    assert_eq!(world.count(Phase::Refresh), 1);
}

#[test]
fn in_cookie_mode_each_tab_renews_for_itself_and_they_do_not_drive_one_another() {
    let mut world = World::signed_in(World::with_cookie());
    let other = world.open_tab();
    world.restore(other);
    world.advance(1_000);
    assert_eq!(world.count(Phase::Refresh), 1, "the second tab had no token");
    world.advance(30_000);
    assert_eq!(world.count(Phase::Refresh), 1, "the first tab still has one");
    for tab in [0, other] {
        let token = world.token(tab);
        assert!(world.told(token).is_ok());
    }
    assert_eq!(world.count(Phase::Refresh), 1);
    world.advance(10 * HOUR);
    let count = world.count(Phase::Refresh);
    assert!(count <= 1 + 2 * 12, "{count}");
}

#[test]
fn an_access_token_that_renews_itself_is_sent_as_one() {
    let mut world =
        World::signed_in(json!({ "refresh": { "by": "access-token", "url": "/renew", "encoding": "none" } }));
    world.script.push_back(Ok(reply(200, json!({ "access_token": "next", "expires_in": 60 }))));
    let refresh = world.refresh(0);
    assert_eq!(world.told(refresh), Ok(Answer::Done));
    assert_eq!(world.sent[0].url, "https://api.example.com/renew");
    let token = world.token(0);
    assert_eq!(world.token_of(token), "next");
}

#[test]
fn f74_a_hidden_tab_that_wants_a_token_takes_the_lock_itself() {
    let mut world = World::signed_in(json!({}));
    let other = world.open_tab();
    world.restore(other);
    world.look(0, false);
    world.look(other, false);
    world.sleep(2 * HOUR);
    let token = world.token(other);
    assert_eq!(world.token_of(token), "access-2");
}

#[test]
fn f55_a_store_that_shows_an_old_record_is_overruled_by_the_fence() {
    let mut world = World::signed_in(json!({}));
    let other = world.open_tab();
    world.restore(other);
    world.hints = false;
    world.stale = world.store.clone();
    world.refresh(0);
    world.sleep(2 * HOUR);
    let token = world.token(other);
    assert_eq!(world.token_of(token), "access-3", "renewed with what the fence holds");
    assert!(world.server.reused.is_empty());
}

#[test]
fn f93_new_tokens_that_storage_has_no_room_for_are_kept_in_memory() {
    let mut world = World::signed_in(json!({ "storageRequired": true }));
    world.full = true;
    let refresh = world.refresh(0);
    assert_eq!(world.told(refresh), Ok(Answer::Done));
    assert_eq!(world.events(0), ["storage_degraded", "refreshed"]);
    let again = world.refresh(0);
    assert_eq!(world.told(again), Ok(Answer::Done), "the spent token is not sent again");
    assert!(world.server.reused.is_empty());
}

#[test]
fn f12_tokens_that_are_over_on_arrival_do_not_make_a_loop_of_refreshes() {
    let mut world = World::new(json!({}));
    world.server.lifetime = json!(0.05);
    world.restore(0);
    world.login(0, "ada");
    world.sleep(1_000);
    world.hold(Kind::Reply);
    let token = world.token(0);
    for _ in 0..100 {
        world.sleep(100);
        if world.kept.is_empty() {
            world.advance(0);
        } else {
            world.release_at(0);
        }
    }
    let count = world.count(Phase::Refresh);
    assert!(count <= 4, "{count} refreshes in ten seconds");
    world.release();
    world.advance(20_000);
    assert!(world.told(token).is_err(), "no token that is over is handed out");
    assert_eq!(world.status(0), Status::Active);
}
