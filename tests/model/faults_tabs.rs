//! Rows of the fault matrix: tabs, locks and races.

use super::act::{Act, LOCK_TIMEOUT};
use super::begin::signed_in;
use super::directed::due_tabs;
use super::drain::quiet;
use super::op::Kind;
use super::wire::Token;

const RENEWED: Option<Token> = Some(Token { family: 0, step: 1 });

#[test]
fn f53_a_thousand_callers_are_one_refresh() {
    let mut world = signed_in(1, 100, 0);
    world.apply(Act::Pass(95_000));
    for _ in 0..1_000 {
        world.apply(Act::Ask(0));
    }
    quiet(&mut world);
    assert_eq!(world.refreshes(), 1);
    assert!(world.tabs[0].waiting.is_empty());
    world.holds();
}

#[test]
fn f54_tabs_that_wake_together_are_one_refresh() {
    for tabs in [2, 8, 20, 50] {
        let mut world = signed_in(tabs, 100, 0);
        world.apply(Act::Sleep(95_000, false));
        for tab in 0..tabs as u8 {
            world.apply(Act::Ask(tab));
        }
        quiet(&mut world);
        assert_eq!(world.refreshes(), 1, "of {tabs} tabs");
        assert!(world.tabs.iter().all(|tab| tab.token() == RENEWED));
        world.holds();
    }
}

#[test]
fn f55_a_stale_mirror_under_the_lock_is_seen_through() {
    let mut world = due_tabs(2);
    for tab in 0..2 {
        world.apply(Act::Force(tab));
    }
    while world.server.families[0].committed != Some(1) {
        assert!(world.go_on());
    }
    let grant = world.until(Kind::Grant);
    world.apply(Act::Step(grant));
    let read = world.until(Kind::Read);
    assert!(world.apply(Act::Stale(read)));
    quiet(&mut world);
    assert_eq!(world.refreshes(), 1);
    world.holds();
}

#[test]
fn f56_f57_a_holder_that_crashes_leaves_a_marker() {
    for is_served in [false, true] {
        let mut world = due_tabs(2);
        world.server.overlaps = true;
        let refresh = world.until(Kind::Refresh);
        if is_served {
            world.apply(Act::Step(refresh));
        }
        world.apply(Act::Crash(refresh.tab));
        let marked = world.store.entry.as_ref().and_then(|entry| entry.copy.record.session.as_ref());
        assert!(marked.is_some_and(|session| session.marker));
        let other = 1 - usize::from(refresh.tab);
        world.pass(5_000);
        assert!(world.asks(other));
        world.holds();
    }
}

#[test]
fn f58_a_frozen_holder_keeps_its_lock() {
    let mut world = due_tabs(2);
    let refresh = world.until(Kind::Refresh);
    world.apply(Act::Freeze(refresh.tab));
    let other = 1 - usize::from(refresh.tab);
    assert!(world.asks(other), "what is left of the token is used");
    world.apply(Act::Pass(12_000));
    world.tabs[other].told = None;
    world.apply(Act::Ask(other as u8));
    world.pass(LOCK_TIMEOUT);
    assert_eq!(world.tabs[other].told, Some(false), "told that the lock is not to be had");
    assert_eq!(world.refreshes(), 1);
    world.apply(Act::Thaw(refresh.tab));
    world.pass(2_000);
    assert!(world.asks(other));
    world.holds();
}

#[test]
fn f64_a_logout_beside_a_refresh_wins() {
    for steps in 0..12 {
        let mut world = due_tabs(2);
        let refresh = world.until(Kind::Refresh);
        let other = 1 - refresh.tab;
        for _ in 0..steps {
            world.go_on();
        }
        world.apply(Act::Logout(other));
        world.holds();
        assert!((0..2).all(|tab| !world.is_signed_in(tab)), "after {steps} steps");
    }
}

#[test]
fn f64_a_logout_whose_tab_is_gone_before_the_fence_knows_ends_the_renewal_beside_it() {
    let mut world = due_tabs(2);
    let tab = world.until(Kind::Refresh).tab;
    while world.server.families[0].newest == 0 {
        assert!(world.go_on());
    }
    world.until(Kind::Write);
    world.apply(Act::Logout(1 - tab));
    world.apply(Act::Crash(1 - tab));
    world.apply(Act::Hint(tab));
    quiet(&mut world);
    assert!(!world.is_signed_in(usize::from(tab)));
    world.holds();
}

#[test]
fn f66_a_login_beside_a_refresh_wins() {
    for steps in 0..12 {
        let mut world = due_tabs(2);
        let refresh = world.until(Kind::Refresh);
        world.apply(Act::Login(1 - refresh.tab));
        for _ in 0..steps {
            world.go_on();
        }
        world.holds();
        assert!(world.tabs.iter().all(|tab| tab.token().is_some_and(|token| token.family == 1)), "after {steps} steps");
    }
}

#[test]
fn f67_of_two_logins_one_wins_whole() {
    let mut world = signed_in(2, 100, 0);
    world.apply(Act::Login(0));
    world.apply(Act::Login(1));
    world.holds();
    assert_eq!(world.tabs[0].token(), world.tabs[1].token());
}

#[test]
fn f68_logouts_in_two_tabs_and_during_a_login_are_one() {
    let mut world = due_tabs(2);
    world.apply(Act::Login(0));
    world.apply(Act::Logout(0));
    world.apply(Act::Logout(1));
    world.holds();
    assert!((0..2).all(|tab| !world.is_signed_in(tab)));
    assert!(world.tabs.iter().all(|tab| tab.waiting.is_empty()));
}

#[test]
fn f74_no_tab_leads() {
    let mut world = signed_in(3, 100, 0);
    for hidden in 0..2 {
        world.apply(Act::Show(hidden, false));
        world.apply(Act::Freeze(hidden));
    }
    world.pass(95_000);
    assert_eq!(world.refreshes(), 1);
    assert_eq!(world.tabs[2].token(), RENEWED);
    world.holds();
}

#[test]
fn f88_a_freeze_between_check_and_write_writes_nothing_late() {
    let mut world = due_tabs(2);
    while world.server.families[0].newest == 0 {
        assert!(world.go_on());
    }
    let write = world.until(Kind::Write);
    world.apply(Act::Freeze(write.tab));
    world.apply(Act::Logout(1 - write.tab));
    quiet(&mut world);
    world.apply(Act::Thaw(write.tab));
    world.holds();
    assert!((0..2).all(|tab| !world.is_signed_in(tab)));
}

#[test]
fn l5_a_logout_reaches_every_visible_tab_within_a_second() {
    let mut world = signed_in(8, 100, 0);
    world.apply(Act::Logout(3));
    world.pass(1_000);
    assert!((0..8).all(|tab| !world.is_signed_in(tab)));
    world.holds();
}
