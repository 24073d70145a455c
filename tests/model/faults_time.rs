//! Rows of the fault matrix: clocks, timers and sleep.

use super::act::Act;
use super::begin::signed_in;
use super::drain::quiet;

const HOUR: i64 = 3_600_000;
const YEAR: i64 = 365 * 24 * HOUR;

#[test]
fn f76_after_a_night_one_refresh_is_enough() {
    let mut world = signed_in(4, 3_600, 0);
    world.apply(Act::Sleep(8 * HOUR, false));
    quiet(&mut world);
    assert_eq!(world.refreshes(), 0, "the network is given a moment");
    world.pass(2_500);
    assert_eq!(world.refreshes(), 1);
    world.holds();
}

#[test]
fn f77_no_token_depends_on_a_timer() {
    let mut world = signed_in(2, 100, 0);
    world.apply(Act::Show(0, false));
    world.apply(Act::Pass(HOUR));
    assert!(world.asks(0));
    assert_eq!(world.ledger.broken, None);
}

#[test]
fn f78_f79_a_clock_that_jumps_costs_one_refresh() {
    for jump in [HOUR, 10 * YEAR, -HOUR, -50 * YEAR] {
        let mut world = signed_in(3, 3_600, 0);
        world.apply(Act::Pass(60_000));
        world.apply(Act::Jump(jump));
        for tab in 0..3 {
            assert!(world.asks(tab));
        }
        world.pass(HOUR / 2);
        assert!(world.refreshes() <= 1, "{} after {jump} ms", world.refreshes());
        world.holds();
    }
}

#[test]
fn f79_a_session_from_the_future_is_renewed_once() {
    let mut world = signed_in(2, 3_600, 0);
    world.apply(Act::Jump(-HOUR));
    world.apply(Act::Crash(0));
    world.apply(Act::Reopen(0, true));
    world.pass(5_000);
    assert!(world.asks(0));
    assert!(world.refreshes() <= 1);
    world.holds();
}

#[test]
fn f80_a_clock_that_stands_still_hides_nothing() {
    let mut world = signed_in(2, 100, 0);
    world.apply(Act::Sleep(HOUR, true));
    assert!(world.asks(0));
    assert_eq!(world.refreshes(), 1);
    world.holds();
}

#[test]
fn f81_a_clock_that_is_off_by_a_day_does_not_matter() {
    for skew in [24 * HOUR, -24 * HOUR] {
        let mut world = super::world::World::new(2, 3_600);
        world.apply(Act::Jump(skew));
        world.apply(Act::Login(0));
        quiet(&mut world);
        world.restore(1);
        quiet(&mut world);
        world.pass(50 * 60_000);
        assert_eq!(world.refreshes(), 0);
        assert!(world.asks(1));
        world.holds();
    }
}

#[test]
fn f90_a_month_of_hours_is_as_many_refreshes() {
    let mut world = signed_in(2, 3_600, 0);
    world.pass(30 * 24 * HOUR);
    let expected = 30.0 * 24.0 * 3_600.0 / 3_540.0;
    assert!((f64::from(world.refreshes()) - expected).abs() <= 4.0, "{} of {expected}", world.refreshes());
    world.holds();
}
