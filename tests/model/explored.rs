//! Two tabs, every interleaving: each fault for itself, every pair of them, and all of them together.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::begin::{due, due_alone, due_by_cookie};
use super::budget::Budget;
use super::contract::Contract;
use super::explore::{Found, Search};
use super::progress::Progress;
use super::world::World;

/// Two tabs that are signed in, and whose tokens are due.
fn two() -> World {
    due(2)
}

/// The same where a cookie renews the session.
fn two_by_cookie() -> World {
    due_by_cookie(2)
}

/// Three.
fn three() -> World {
    due(3)
}

/// One rotation, and nothing goes wrong.
pub const ONE: Budget = Budget::NONE;
/// A second rotation.
pub const TWO: Budget = Budget { due: 1, ..Budget::NONE };

/// Something that goes wrong, or that somebody does.
type Fault = (&'static str, fn(&mut Budget));

/// Each, and the time it takes to come of it.
pub const FAULTS: [Fault; 13] = [
    ("logout", |budget| budget.logouts += 1),
    ("login elsewhere", |budget| budget.logins += 1),
    ("crash", |budget| (budget.crashes, budget.reopens) = (1, 1)),
    ("freeze", |budget| (budget.freezes, budget.long) = (1, 1)),
    ("lost request or reply", |budget| (budget.losses, budget.soon) = (1, 1)),
    ("failing server", |budget| (budget.failures, budget.soon) = (1, 1)),
    ("stale read", |budget| budget.stale += 1),
    ("full mirror", |budget| budget.full += 1),
    ("lost hint", |budget| budget.hushed += 1),
    ("clock jump", |budget| budget.jumps += 1),
    ("two callers", |budget| budget.asks += 2),
    ("slow read", |budget| budget.early += 1),
    ("emptied store", |budget| budget.clears += 1),
];

/// What else can happen where tabs may keep a session to themselves.
const OF_ONE_TAB: [Fault; 2] = [
    ("login for one tab", |budget| budget.here += 1),
    ("copy of a tab", |budget| (budget.crashes, budget.copies) = (1, 1)),
];

fn of_one_tab() -> Vec<Fault> {
    FAULTS.into_iter().chain(OF_ONE_TAB).collect()
}

/// Two tabs under this budget.
pub fn search(budget: Budget) -> Search {
    Search {
        start: two,
        budget,
        contract: Contract::default(),
        without: None,
        workers: 2,
        most: u64::MAX,
        time: Duration::from_secs(600),
        deep: false,
        calm_one_in: 8,
    }
}

fn checked(name: &str, search: &Search) -> u64 {
    let found = search.run();
    report(name, &found);
    if found.broken.is_some() {
        // Breadth first, the story is a shortest one.
        Search { deep: false, ..*search }.run().assert_holds(search);
    }
    found.assert_holds(search);
    assert!(found.closed, "{name} is not closed");
    found.states
}

fn report(name: &str, found: &Found) {
    let Found { states, steps, depth, took, .. } = found;
    let end = if found.closed { "closed" } else { "not closed" };
    println!("{name:44} {states:>9} states {steps:>10} steps, depth {depth:>3}, {took:>9.2?}, {end}");
}

/// Every pair of these faults, each search by one of two threads; `rotations` is the budget without them.
fn pairs(start: fn() -> World, rotations: Budget, faults: &[Fault]) -> u64 {
    let (progress, next, states) = (Progress::start(), AtomicUsize::new(0), AtomicU64::new(0));
    let others = |at| (at + 1..faults.len()).map(move |other| (at, other));
    let all: Vec<(usize, usize)> = (0..faults.len()).flat_map(others).collect();
    let work = || {
        while let Some((at, other)) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            let ((name, fault), (other_name, other_fault)) = (faults[*at], faults[*other]);
            let mut budget = rotations;
            fault(&mut budget);
            other_fault(&mut budget);
            let search = Search { start, deep: true, workers: 1, time: Duration::from_secs(7_200), ..search(budget) };
            states.fetch_add(checked(&format!("{name}, {other_name}"), &search), Ordering::Relaxed);
        }
    };
    thread::scope(|scope| (0..2).for_each(|_| drop(scope.spawn(work))));
    let states = states.into_inner();
    println!("{} pairs closed, {states} states in {:.1} s", all.len(), progress.elapsed().as_secs_f64());
    states
}

#[test]
fn explore_each_fault_over_two_rotations() {
    let mut states = checked("nothing goes wrong", &search(TWO));
    for (name, fault) in FAULTS {
        let mut budget = TWO;
        fault(&mut budget);
        states += checked(name, &search(budget));
    }
    println!("{states} states");
    assert!(states > 800_000, "{states} states only");
}

#[test]
fn explore_each_fault_over_one_rotation_by_cookie() {
    let mut states = 0;
    for (name, fault) in FAULTS {
        let mut budget = ONE;
        fault(&mut budget);
        states += checked(name, &Search { start: two_by_cookie, ..search(budget) });
    }
    println!("{states} states");
    assert!(states > 40_000, "{states} states only");
}

#[test]
fn explore_each_fault_where_one_tab_has_a_session_of_its_own() {
    let mut states = 0;
    for (name, fault) in of_one_tab() {
        let mut budget = ONE;
        fault(&mut budget);
        states += checked(name, &Search { start: due_alone, ..search(budget) });
    }
    println!("{states} states");
    assert!(states > 40_000, "{states} states only");
}

#[test]
#[ignore = "a minute, on every push"]
fn every_push_explores_each_pair_of_faults_over_one_rotation() {
    let states = pairs(two, ONE, &FAULTS);
    assert!(states > 4_000_000, "{states} states only");
}

#[test]
#[ignore = "two minutes"]
fn explore_every_pair_of_faults_where_one_tab_has_a_session_of_its_own() {
    let states = pairs(due_alone, ONE, &of_one_tab());
    assert!(states > 4_000_000, "{states} states only");
}

#[test]
#[ignore = "a minute"]
fn explore_every_pair_of_faults_by_cookie() {
    let states = pairs(two_by_cookie, ONE, &FAULTS);
    assert!(states > 4_000_000, "{states} states only");
}

#[test]
#[ignore = "an hour"]
fn explore_every_pair_of_faults_over_two_rotations() {
    let states = pairs(two, TWO, &FAULTS);
    assert!(states > 100_000_000, "{states} states only");
}

#[test]
#[ignore = "many minutes"]
fn three_tabs() {
    let mut budget = TWO;
    for fault in [0, 2, 4] {
        FAULTS[fault].1(&mut budget);
    }
    let search = Search {
        start: three,
        deep: true,
        workers: 1,
        most: 20_000_000,
        time: Duration::from_secs(7_200),
        ..search(budget)
    };
    let found = search.run();
    report("three tabs", &found);
    found.assert_holds(&search);
    assert!(found.closed || found.states >= 10_000_000);
}
