//! Limits on the session as a whole: off unless asked for, shared by tabs, heeded by whichever clock says so.

use serde_json::json;
use wasm_auth_session::core::error::{Phase, SessionEndReason};
use wasm_auth_session::core::event::SessionEvent;
use wasm_auth_session::core::session::{Answer, Effect, Input};
use wasm_auth_session::core::snapshot::Status;
use wasm_auth_session::core::units::{Millis, UnixMillis};

use super::world::{HOUR, Kind, World};

const MINUTE: i64 = 60_000;

fn idle() -> World {
    World::signed_in(json!({ "idleTimeoutMs": 30 * MINUTE }))
}

#[test]
fn without_limits_a_session_lasts() {
    let mut world = World::signed_in(json!({}));
    world.advance(30 * 24 * HOUR);
    assert_eq!(world.status(0), Status::Active);
}

#[test]
fn a_session_that_nobody_uses_is_warned_of_and_ended_here_and_at_the_server() {
    let mut world = idle();
    world.advance(29 * MINUTE - 1);
    assert!(world.events(0).is_empty());
    world.advance(1);
    let end = world.now.wall.plus(Millis(MINUTE));
    assert_eq!(world.tabs[0].events, [SessionEvent::Expiring { expires_at: end }]);
    world.advance(MINUTE);
    assert_eq!(world.snapshot(0).end_reason, Some(SessionEndReason::Idle));
    assert_eq!(world.events(0), ["expiring", "signed_out"]);
    assert!(!world.stored_session());
    assert_eq!(world.server.revoked, ["refresh-1"], "it would live on there");
}

#[test]
fn use_puts_the_end_off_and_takes_the_warning_back() {
    let mut world = idle();
    for _ in 0..10 {
        world.advance(29 * MINUTE + 1);
        world.input(0, Input::Active);
    }
    assert_eq!(world.status(0), Status::Active);
    assert_eq!(world.events(0).iter().filter(|name| **name == "expiring").count(), 10);
    world.advance(30 * MINUTE);
    assert_eq!(world.snapshot(0).end_reason, Some(SessionEndReason::Idle));
}

#[test]
fn asking_for_tokens_is_no_use_of_the_page() {
    let mut world = idle();
    for _ in 0..40 {
        world.advance(MINUTE);
        world.token(0);
    }
    assert_eq!(world.snapshot(0).end_reason, Some(SessionEndReason::Idle));
}

#[test]
fn use_of_one_tab_counts_in_the_others_and_is_not_told_at_every_key() {
    let mut world = idle();
    world.advance(20 * MINUTE);
    world.tabs[0].effects.clear();
    for _ in 0..1_000 {
        world.input(0, Input::Active);
    }
    let told: Vec<UnixMillis> = world.tabs[0]
        .effects
        .iter()
        .filter_map(|effect| if let Effect::ShareActivity(at) = effect { Some(*at) } else { None })
        .collect();
    assert_eq!(told, [world.now.wall]);

    let other = world.open_tab();
    world.restore(other);
    world.input(other, Input::ActiveElsewhere(told[0]));
    world.advance(29 * MINUTE);
    assert_eq!(world.status(other), Status::Active);
}

#[test]
fn use_of_another_tab_that_is_told_again_and_again_is_no_news_though_the_clocks_drift() {
    let mut world = idle();
    world.advance(10 * MINUTE);
    let at = world.now.wall;
    for _ in 0..30 {
        world.input(0, Input::ActiveElsewhere(at));
        world.advance(MINUTE - 5);
        world.now.mono = world.now.mono.plus(Millis(5));
    }
    world.advance(MINUTE);
    assert_eq!(world.events(0), ["expiring", "signed_out"]);
}

#[test]
fn use_from_the_future_counts_as_use_now() {
    let mut world = idle();
    world.input(0, Input::ActiveElsewhere(UnixMillis(i64::MAX)));
    world.advance(30 * MINUTE);
    assert_eq!(world.status(0), Status::SignedOut);
}

#[test]
fn f76_a_machine_that_slept_beyond_the_limit_finds_the_session_over_whatever_is_pressed_then() {
    let mut world = idle();
    world.sleep(8 * HOUR);
    world.input(0, Input::Active);
    assert_eq!(world.snapshot(0).end_reason, Some(SessionEndReason::Idle));
    let token = world.token(0);
    assert_eq!(world.code(token), "session_ended");
    assert_eq!(world.count(Phase::Refresh), 0);
}

#[test]
fn a_session_ends_at_its_absolute_limit_however_much_it_is_used_and_over_reloads() {
    let mut world = World::signed_in(json!({ "absoluteTimeoutMs": 2 * HOUR }));
    world.advance(HOUR + 50 * MINUTE);
    world.input(0, Input::Active);
    world.reload(0);
    let restored = world.restore(0);
    assert_eq!(world.told(restored), Ok(Answer::Restored(true)));
    world.advance(10 * MINUTE - 1);
    assert_eq!((world.status(0), world.events(0).last()), (Status::Active, Some(&"expiring")));
    world.advance(1);
    assert_eq!(world.snapshot(0).end_reason, Some(SessionEndReason::Expired));
}

#[test]
fn near_an_absolute_limit_it_is_warned_of_once_and_not_at_every_key() {
    let mut world = World::signed_in(json!({ "absoluteTimeoutMs": 2 * HOUR, "idleTimeoutMs": 30 * MINUTE }));
    for _ in 0..119 {
        world.advance(MINUTE);
        world.input(0, Input::Active);
    }
    world.forget();
    for _ in 0..59 {
        world.advance(1_000);
        world.input(0, Input::Active);
    }
    assert!(world.events(0).iter().filter(|name| **name == "expiring").count() <= 1);
    world.advance(1_000);
    assert_eq!(world.snapshot(0).end_reason, Some(SessionEndReason::Expired));
}

#[test]
fn each_limit_is_warned_of_for_itself() {
    let mut world =
        World::signed_in(json!({ "absoluteTimeoutMs": 60 * MINUTE, "idleTimeoutMs": 59 * MINUTE + 30_000 }));
    world.advance(60 * MINUTE - 31_000);
    let ends: Vec<_> =
        world.tabs[0].events.iter().filter(|event| matches!(event, SessionEvent::Expiring { .. })).collect();
    assert_eq!(ends.len(), 2, "{ends:?}");
}

#[test]
fn f76_beyond_a_limit_no_token_is_handed_out_or_renewed_though_no_timer_has_fired_yet() {
    for (limit, sleep) in [("idleTimeoutMs", 31 * MINUTE), ("idleTimeoutMs", 8 * HOUR), ("absoluteTimeoutMs", 8 * HOUR)]
    {
        let mut world = World::signed_in(json!({ limit: 30 * MINUTE }));
        world.sleep(sleep);
        let (token, refresh) = (world.token(0), world.refresh(0));
        assert_eq!((world.code(token), world.code(refresh)), ("session_ended", "session_ended"), "{limit}");
        assert_eq!(world.count(Phase::Refresh), 0, "{limit}");
        assert!(!world.stored_session());
    }
}

#[test]
fn a_token_is_kept_for_callers_no_longer_than_a_limit_lets_the_session_last() {
    for (idle, absolute, left) in [(30, 50, 30), (50, 30, 30), (90, 120, 60)] {
        let given = json!({ "idleTimeoutMs": idle * MINUTE, "absoluteTimeoutMs": absolute * MINUTE });
        let world = World::signed_in(given);
        let view = world.tabs[0].session.token().expect("a token");
        let end = Millis(left * MINUTE);
        assert_eq!((view.mono, view.wall), (Some(world.now.mono.plus(end)), Some(world.now.wall.plus(end))));
    }
}

#[test]
fn a_refresh_by_the_clock_is_no_use_of_the_page_after_a_reload() {
    // Renewed at 59 minutes, closed at 60, opened at 100: not used for 100.
    let mut world = World::signed_in(json!({ "idleTimeoutMs": 90 * MINUTE }));
    let used = world.now.wall;
    world.advance(60 * MINUTE);
    assert_eq!(world.count(Phase::Refresh), 1);
    world.reload(0);
    world.sleep(40 * MINUTE);
    world.input(0, Input::ActiveElsewhere(used));
    let restored = world.restore(0);
    assert_eq!(world.told(restored), Ok(Answer::Restored(false)));
    assert_eq!(world.status(0), Status::SignedOut);
}

#[test]
fn another_tabs_new_login_is_a_session_with_limits_of_its_own() {
    let mut world = World::signed_in(json!({ "absoluteTimeoutMs": HOUR }));
    let other = world.open_tab();
    world.restore(other);
    world.advance(HOUR - 30_000);
    assert!(world.events(other).contains(&"expiring"));
    world.login(0, "alice");
    assert_eq!(world.status(other), Status::Active);
    world.tabs[other].events.clear();
    world.advance(HOUR - 1);
    assert_eq!(
        world.events(other).iter().filter(|name| **name == "expiring").count(),
        1,
        "of the new one's end as well"
    );
    assert_eq!(world.status(other), Status::Active);
    world.advance(1);
    assert_eq!(world.snapshot(other).end_reason, Some(SessionEndReason::Expired));
}

#[test]
fn a_login_that_waits_for_the_lock_is_stored_though_time_ends_the_session_before_it() {
    for (over, left) in [(json!({ "absoluteTimeoutMs": 2 * HOUR }), 2 * HOUR), (World::without_refresh(), HOUR)] {
        let mut world = World::signed_in(over);
        world.advance(left - 1_000);
        world.forget();
        world.hold(Kind::Lock);
        let login = world.login(0, "bob");
        world.sleep(2_000);
        let token = world.token(0);
        assert_eq!(world.code(token), "session_ended", "of the one before");
        world.release();
        assert_eq!(world.told(login), Ok(Answer::Done));
        assert_eq!(world.snapshot(0).user.as_deref(), Some("bob"));
        assert_eq!(world.events(0), ["signed_out", "signed_in"]);
        assert!(world.stored_session() && world.lock_is_free());
    }
}
