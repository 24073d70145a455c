//! Rows of the fault matrix: storage that is full, emptied or refuses.

use super::act::{Act, DUE};
use super::begin::signed_in;
use super::directed::due_tabs;
use super::drain::quiet;
use super::op::Kind;
use super::wire::Token;

const RENEWED: Option<Token> = Some(Token { family: 0, step: 1 });

#[test]
fn f93_what_the_mirror_has_no_room_for_stands_in_the_fence() {
    let mut world = due_tabs(2);
    while world.server.families[0].newest == 0 {
        assert!(world.go_on());
    }
    let write = world.until(Kind::Write);
    assert!(world.apply(Act::Full(write)));
    quiet(&mut world);
    assert!(world.store.mirror.is_none(), "no spent token stays behind");
    assert!(world.tabs.iter().all(|tab| tab.token() == RENEWED));
    world.apply(Act::Crash(0));
    world.apply(Act::Reopen(0, true));
    world.holds();
    assert!(world.is_signed_in(0));
}

#[test]
fn f93_what_no_place_takes_is_kept_in_its_tab() {
    let mut world = due_tabs(1);
    while world.server.families[0].newest == 0 {
        assert!(world.go_on());
    }
    let write = world.until(Kind::Write);
    assert!(world.apply(Act::NoRoom(write)));
    quiet(&mut world);
    assert_eq!(world.tabs[0].token(), RENEWED);
    assert!(world.asks(0));
    assert_eq!(world.ledger.broken, None);
}

#[test]
fn f98_an_emptied_store_ends_the_session_once_in_every_tab() {
    for everything in [false, true] {
        let mut world = signed_in(3, 100, 0);
        world.apply(Act::Clear(everything));
        quiet(&mut world);
        assert!((0..3).all(|tab| !world.is_signed_in(tab)));
        assert!((0..3).any(|tab| world.reason(tab) == Some("storage_cleared")));
        world.holds();
    }
}

#[test]
fn f99_a_store_that_is_emptied_during_a_refresh_stays_empty() {
    for everything in [false, true] {
        for steps in 0..10 {
            let mut world = due_tabs(2);
            world.until(Kind::Read);
            for _ in 0..steps {
                world.go_on();
            }
            world.apply(Act::Clear(everything));
            world.holds();
            assert!(!world.is_signed_in(0) || !world.ledger.cleared, "after {steps} steps");
        }
    }
}

#[test]
fn f98_a_login_into_an_emptied_store_is_not_overwritten_by_a_tab_that_missed_it() {
    // The clock was set back as well: by its mark, the new login is older than what the other tab holds.
    let mut world = signed_in(2, 100, 0);
    world.apply(Act::Crash(1));
    world.apply(Act::Clear(true));
    world.apply(Act::Hush(0));
    world.apply(Act::Jump(-3_600_000));
    world.apply(Act::Reopen(1, true));
    world.apply(Act::Login(1));
    while world.go_on() {
        world.apply(Act::Hush(0));
    }
    world.apply(Act::Pass(DUE));
    quiet(&mut world);
    assert_eq!(world.ledger.broken, None);
    assert_eq!(world.tabs[0].token().map(|token| token.family), Some(1), "both tabs are of the new login");
    world.holds();
}
