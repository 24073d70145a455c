//! Rows of the fault matrix: what the token endpoint and the network do.

use super::act::{Act, SOON};
use super::begin::signed_in;
use super::directed::due_tabs;
use super::drain::quiet;
use super::op::Kind;
use super::server::Over;
use super::wire::Token;

#[test]
fn f03_f04_f12_f17_tokens_that_are_over_on_arrival_are_no_loop() {
    for lifetime in [0, -5] {
        let mut world = signed_in(3, lifetime, 0);
        world.ledger.sent_at = Some(Vec::new());
        for _ in 0..60 {
            for tab in 0..3 {
                world.apply(Act::Ask(tab));
            }
            world.pass(10_000);
        }
        let sent = world.ledger.sent_at.clone().unwrap_or_default();
        assert!(sent.len() <= 4 + 10, "{} refreshes in ten minutes", sent.len());
        assert_eq!(world.ledger.broken, None);
    }
}

#[test]
fn f09_short_lived_tokens_are_refreshed_no_more_than_they_need() {
    for lifetime in [2, 10, 60] {
        let mut world = signed_in(2, lifetime, 0);
        world.pass(3_600_000);
        let most = 3_600.0 / lifetime as f64 * 1.25 + 1.0;
        assert!(f64::from(world.refreshes()) <= most, "{} of {most}", world.refreshes());
        world.holds();
    }
}

#[test]
fn f16_a_refresh_token_that_stays_the_same_is_accepted() {
    let mut world = due_tabs(2);
    world.server.rotates = false;
    let before = world.store.mark(world.contract);
    world.pass(10_000);
    assert_eq!(world.refreshes(), 1);
    assert!(world.store.mark(world.contract) > before);
    assert!(world.asks(1));
}

#[test]
fn f23_a_refusal_of_the_newest_token_ends_the_session_everywhere() {
    let mut world = due_tabs(3);
    world.server.families[0].over = Some(Over::HandedBack);
    world.pass(10_000);
    assert_eq!(world.refreshes(), 1);
    assert!((0..3).all(|tab| !world.is_signed_in(tab)));
    assert!((0..3).any(|tab| world.reason(tab) == Some("refused")));
}

#[test]
fn f33_f36_an_overlapping_server_gives_a_lost_reply_again() {
    let mut world = due_tabs(2);
    world.server.overlaps = true;
    let refresh = world.until(Kind::Refresh);
    world.apply(Act::Step(refresh));
    world.apply(Act::Lose(refresh));
    world.pass(SOON);
    assert_eq!(world.server.families[0].newest, 1, "no rotation more than needed");
    let newest = Some(Token { family: 0, step: 1 });
    assert!(world.tabs.iter().all(|tab| tab.token() == newest));
    world.holds();
}

#[test]
fn f35_a_request_that_is_lost_is_sent_again_with_the_same_token() {
    let mut world = due_tabs(2);
    let refresh = world.until(Kind::Refresh);
    world.apply(Act::Lose(refresh));
    quiet(&mut world);
    assert_eq!(world.refreshes(), 1, "not at once");
    world.pass(750);
    assert_eq!(world.refreshes(), 2);
    assert!((0..2).all(|tab| world.is_signed_in(tab)));
    world.holds();
}

#[test]
fn f37_a_lost_reply_of_a_strict_server_ends_once_and_says_so() {
    let mut world = due_tabs(2);
    let refresh = world.until(Kind::Refresh);
    world.apply(Act::Step(refresh));
    world.apply(Act::Lose(refresh));
    assert!(world.asks(1), "what is left of the access token is used");
    world.pass(SOON);
    assert_eq!(world.refreshes(), 2);
    assert!((0..2).all(|tab| !world.is_signed_in(tab)));
    assert!((0..2).any(|tab| world.reason(tab) == Some("ambiguous")));
    world.holds();
}

#[test]
fn f39_a_wait_that_the_server_asks_for_holds_in_every_tab() {
    let mut world = due_tabs(3);
    let refresh = world.until(Kind::Refresh);
    world.apply(Act::Fail(refresh, 429, Some(40)));
    quiet(&mut world);
    for _ in 0..3 {
        for tab in 0..3 {
            world.apply(Act::Force(tab));
        }
        world.pass(10_000);
    }
    assert_eq!(world.refreshes(), 1);
    world.pass(15_000);
    assert_eq!(world.refreshes(), 2);
    world.holds();
}

#[test]
fn f42_a_reply_that_comes_with_the_timeout_has_one_outcome() {
    for is_reply_first in [true, false] {
        let mut world = due_tabs(2);
        world.server.overlaps = true;
        let refresh = world.until(Kind::Refresh);
        world.apply(Act::Step(refresh));
        world.apply(Act::Pass(10_000));
        let (first, second) = (Act::Step(refresh), Act::TimeOut(refresh));
        let order = if is_reply_first { [first, second] } else { [second, first] };
        assert!(world.apply(order[0]));
        assert!(!world.apply(order[1]));
        world.holds();
    }
}

#[test]
fn f43_no_retry_is_blind() {
    let mut world = due_tabs(2);
    world.ledger.sent_at = Some(Vec::new());
    for _ in 0..3 {
        let refresh = world.until(Kind::Refresh);
        world.apply(Act::Fail(refresh, 502, None));
        quiet(&mut world);
        while world.ops.is_empty() && super::drain::wait_for_alarm(&mut world) {}
    }
    let sent = world.ledger.sent_at.clone().unwrap_or_default();
    let gaps: Vec<i64> = sent.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps[0] >= 250 && gaps[1] >= 1_000, "{gaps:?}");
}

#[test]
fn f49_a_reply_after_the_logout_goes_back_to_the_server() {
    let mut world = due_tabs(2);
    let refresh = world.until(Kind::Refresh);
    world.apply(Act::Step(refresh));
    world.apply(Act::Logout(refresh.tab));
    quiet(&mut world);
    assert_eq!(world.server.families[0].over, Some(Over::HandedBack));
    assert!(world.store.newest().is_none());
    world.holds();
}
