//! Two clocks, one of which may jump and the other stand still.

use serde_json::json;
use wasm_auth_session::core::error::{AuthError, Phase, SessionEndReason};
use wasm_auth_session::core::event::SessionEvent;
use wasm_auth_session::core::session::{Answer, Effect, Input};
use wasm_auth_session::core::snapshot::Status;
use wasm_auth_session::core::transport::TransportError;
use wasm_auth_session::core::units::Millis;

use super::world::{HOUR, World};

const YEAR: i64 = 365 * 24 * HOUR;

/// The wall clock is set; the monotonic one goes on.
fn set_wall(world: &mut World, by: i64) {
    world.now.wall = world.now.wall.plus(Millis(by));
}

#[test]
fn f76_a_machine_that_slept_renews_exactly_once_when_it_is_looked_at() {
    let mut world = World::signed_in(json!({}));
    world.look(0, false);
    world.sleep(8 * HOUR);
    assert_eq!(world.count(Phase::Refresh), 0);
    world.look(0, true);
    world.advance(60_000);
    assert_eq!(world.count(Phase::Refresh), 1);
}

#[test]
fn f76_a_machine_that_wakes_without_a_network_stays_signed_in() {
    let mut world = World::signed_in(json!({}));
    world.sleep(8 * HOUR);
    world.script.extend((0..3).map(|_| Err(TransportError::Offline)));
    world.look(0, true);
    world.advance(60_000);
    assert_eq!(world.status(0), Status::Active);
    assert_eq!(world.events(0).last(), Some(&"refreshed"));
}

#[test]
fn f76_a_machine_that_is_online_again_does_not_wait_out_what_it_waited_for_the_network() {
    for (failure, within) in [(TransportError::Offline, true), (TransportError::Failed, false)] {
        let mut world = World::signed_in(json!({}));
        world.sleep(8 * HOUR);
        world.script.extend((0..4).map(|_| Err(failure)));
        world.look(0, true);
        world.advance(15_000);
        assert_eq!((world.count(Phase::Refresh), world.script.len()), (4, 0), "the next try is a minute away");
        world.input(0, Input::CameOnline);
        world.advance(1_000);
        assert_eq!(world.events(0).contains(&"refreshed"), within, "{failure:?}");
    }
}

#[test]
fn f78_a_wall_clock_set_forward_costs_one_refresh_at_most() {
    for by in [HOUR, 10 * YEAR] {
        let mut world = World::signed_in(json!({}));
        set_wall(&mut world, by);
        let token = world.token(0);
        assert!(world.told(token).is_ok());
        world.look(0, true);
        world.advance(HOUR / 2);
        assert_eq!(world.count(Phase::Refresh), 1);
        world.advance(9 * HOUR + HOUR / 2);
        assert!((10..=12).contains(&world.count(Phase::Refresh)), "{}", world.count(Phase::Refresh));
    }
}

#[test]
fn f79_a_wall_clock_set_back_costs_nothing_and_lengthens_nothing() {
    for by in [HOUR, 40 * YEAR] {
        let mut world = World::signed_in(json!({ "refreshMode": "on-demand" }));
        set_wall(&mut world, -by);
        world.sleep(HOUR - 10_000);
        let token = world.token(0);
        assert_eq!(world.token_of(token), "access-1");
        world.sleep(1);
        let token = world.token(0);
        assert_eq!(world.token_of(token), "access-2");
    }
}

#[test]
fn f79_after_a_reload_a_session_from_the_future_is_renewed_once() {
    let mut world = World::signed_in(json!({}));
    set_wall(&mut world, -HOUR);
    world.reload(0);
    world.restore(0);
    world.advance(HOUR / 2);
    assert_eq!(world.count(Phase::Refresh), 1);
    assert_eq!(world.status(0), Status::Active);
}

#[test]
fn f79_a_login_begins_its_idle_time_anew_though_the_clock_was_set_back_since_the_page_was_used() {
    let mut world = World::signed_in(json!({ "idleTimeoutMs": HOUR / 2 }));
    set_wall(&mut world, -24 * HOUR);
    world.advance(HOUR / 2);
    assert_eq!(world.snapshot(0).end_reason, Some(SessionEndReason::Idle));
    let login = world.login(0, "ada");
    assert_eq!(world.told(login), Ok(Answer::Done));
    assert_eq!(world.status(0), Status::Active);
}

#[test]
fn f79_use_of_one_tab_is_told_and_counts_in_the_others_though_the_clock_was_set_back() {
    let mut world = World::signed_in(json!({ "idleTimeoutMs": HOUR / 2 }));
    let other = world.open_tab();
    world.restore(other);
    world.input(0, Input::Active);
    set_wall(&mut world, -24 * HOUR);
    world.advance(HOUR / 3);
    world.tabs[0].effects.clear();
    world.input(0, Input::Active);
    let now = world.now.wall;
    assert!(world.tabs[0].effects.iter().any(|effect| matches!(effect, Effect::ShareActivity(at) if *at == now)));
    world.input(other, Input::ActiveElsewhere(now));
    world.advance(HOUR / 3);
    assert_eq!(world.status(other), Status::Active);
}

#[test]
fn f79_an_absolute_limit_holds_though_the_clock_was_set_back_and_tabs_renew_in_turn() {
    let mut world = World::signed_in(json!({ "absoluteTimeoutMs": 2 * HOUR }));
    let other = world.open_tab();
    world.restore(other);
    set_wall(&mut world, -24 * HOUR);
    for turn in 0..10 {
        world.advance(HOUR / 4);
        world.refresh(turn % 2);
    }
    assert_eq!(world.snapshot(0).end_reason, Some(SessionEndReason::Expired));
}

#[test]
fn f79_a_session_from_the_future_that_cannot_be_renewed_is_used_to_its_end_after_a_reload_and_in_other_tabs() {
    let mut world = World::signed_in(World::without_refresh());
    set_wall(&mut world, -60_000);
    let other = world.open_tab();
    world.restore(other);
    world.reload(0);
    let restored = world.restore(0);
    assert_eq!(world.told(restored), Ok(Answer::Restored(true)));
    assert_eq!((world.status(0), world.status(other)), (Status::Active, Status::Active));
    world.advance(HOUR);
    assert_eq!((world.status(0), world.status(other)), (Status::SignedOut, Status::SignedOut));
}

#[test]
fn f79_a_wait_of_a_minute_or_two_is_none_of_an_hour_after_the_clock_was_set_back_and_a_reload() {
    let mut world = World::signed_in(json!({}));
    for _ in 0..4 {
        world.script.push_back(Err(TransportError::TimedOut));
    }
    world.refresh(0);
    world.advance(10_000);
    set_wall(&mut world, -24 * HOUR);
    world.reload(0);
    world.restore(0);
    world.advance(3 * 60_000);
    let refreshed = world.refresh(0);
    assert_eq!(world.told(refreshed), Ok(Answer::Done));
}

#[test]
fn f80_a_monotonic_clock_that_stood_still_is_outvoted() {
    let mut world = World::signed_in(json!({}));
    set_wall(&mut world, 8 * HOUR);
    let token = world.token(0);
    assert_eq!(world.token_of(token), "access-2");
    world.look(0, true);
    assert_eq!(world.count(Phase::Refresh), 1);
}

#[test]
fn f80_a_page_that_wakes_with_a_monotonic_clock_that_stood_still_renews_within_seconds_and_once() {
    for looks in [1, 20] {
        let mut world = World::signed_in(json!({}));
        set_wall(&mut world, 8 * HOUR);
        for _ in 0..looks {
            world.look(0, true);
            world.advance(60_000);
        }
        assert_eq!(world.count(Phase::Refresh), 1, "looked at {looks} times");
    }
}

#[test]
fn f80_limits_go_on_while_the_monotonic_clock_stands_still() {
    for limit in ["idleTimeoutMs", "absoluteTimeoutMs"] {
        let mut world = World::signed_in(json!({ limit: HOUR }));
        set_wall(&mut world, HOUR / 2);
        world.look(0, true);
        world.advance(HOUR / 2);
        assert_eq!(world.status(0), Status::SignedOut, "{limit}");
    }
}

#[test]
fn f81_a_clock_that_is_wrong_all_along_changes_nothing() {
    for skew in [-24 * HOUR, 24 * HOUR] {
        let mut world = World::new(json!({}));
        set_wall(&mut world, skew);
        world.restore(0);
        world.login(0, "ada");
        world.advance(10 * HOUR);
        assert!((10..=11).contains(&world.count(Phase::Refresh)));
    }
}

#[test]
fn f90_a_month_of_an_open_page_is_as_many_refreshes_as_hours() {
    let mut world = World::signed_in(json!({}));
    world.advance(30 * 24 * HOUR);
    let count = world.count(Phase::Refresh);
    assert!((720..=740).contains(&count), "{count}");
    assert!(world.server.reused.is_empty());
}

#[test]
fn f77_early_late_and_doubled_calls_are_harmless() {
    let mut world = World::signed_in(json!({}));
    for _ in 0..1_000 {
        world.look(0, true);
    }
    assert!(world.sent.is_empty() && world.tabs[0].events.is_empty());
    world.sleep(HOUR + 1);
    for _ in 0..1_000 {
        world.look(0, true);
    }
    world.advance(2_000);
    assert_eq!(world.count(Phase::Refresh), 1);
}

#[test]
fn a_session_that_cannot_be_renewed_is_warned_of_once_and_then_over() {
    let mut world = World::signed_in(World::without_refresh());
    let end = world.snapshot(0).expires_at.expect("known");
    let wait = world.until_deadline(0).expect("the warning is planned");
    assert!((HOUR - 66_000..=HOUR - 54_000).contains(&wait), "{wait}");
    world.advance(wait);
    assert_eq!(world.tabs[0].events, [SessionEvent::Expiring { expires_at: end }]);
    world.look(0, true);
    world.look(0, false);
    world.advance(HOUR - wait - 1);
    assert_eq!(world.events(0), ["expiring"]);
    world.advance(1);
    assert_eq!(world.events(0), ["expiring", "signed_out"]);
    assert_eq!(world.snapshot(0).end_reason, Some(SessionEndReason::Expired));
    assert_eq!(world.until_deadline(0), None);
    let token = world.token(0);
    assert_eq!(world.told(token), Err(AuthError::ended(SessionEndReason::Expired)));
    assert!(!world.stored_session());
}

#[test]
fn a_session_found_over_on_waking_is_signed_out_without_a_warning_before() {
    let mut world = World::signed_in(World::without_refresh());
    world.sleep(8 * HOUR);
    world.look(0, true);
    assert_eq!(world.events(0), ["signed_out"]);
}

#[test]
fn f83_no_lifetime_makes_a_deadline_that_is_always_past() {
    for lifetime in [json!(1e308), json!(9_007_199_254_740_993_i64), json!(0.0001), json!("3600"), json!(1)] {
        for over in [json!({}), World::without_refresh(), World::with_cookie()] {
            let mut world = World::new(over);
            world.server.lifetime = lifetime.clone();
            world.restore(0);
            world.login(0, "ada");
            world.advance(30_000);
            assert!(world.count(Phase::Refresh) <= 38, "at most one in 0.8 s, however short the lifetime");
        }
    }
}
