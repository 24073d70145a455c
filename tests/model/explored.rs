//! Two tabs, every interleaving: each fault for itself, every pair of them, and all of them together.

use std::time::Duration;

use super::begin::due;
use super::budget::Budget;
use super::contract::Contract;
use super::explore::{Found, Search};
use super::world::World;

/// Two tabs that are signed in, and whose tokens are due.
fn two() -> World {
    due(2)
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
    found.assert_holds(search);
    assert!(found.closed, "{name} is not closed");
    found.states
}

fn report(name: &str, found: &Found) {
    let Found { states, steps, depth, took, .. } = found;
    let end = if found.closed { "closed" } else { "not closed" };
    println!("{name:44} {states:>9} states {steps:>10} steps, depth {depth:>3}, {took:>9.2?}, {end}");
}

/// Pairs of faults; `rotations` is the budget without them.
fn pairs(rotations: Budget, is_meant: impl Fn(usize, usize) -> bool) -> u64 {
    let mut states = 0;
    for (at, (name, fault)) in FAULTS.iter().enumerate() {
        for (other, (other_name, other_fault)) in FAULTS.iter().enumerate().skip(at + 1) {
            if is_meant(at, other) {
                let mut budget = rotations;
                fault(&mut budget);
                other_fault(&mut budget);
                states += checked(&format!("{name}, {other_name}"), &search(budget));
            }
        }
    }
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
    assert!(states > 400_000, "{states} states only");
}

#[test]
#[ignore = "a minute"]
fn explore_every_pair_of_faults_over_one_rotation() {
    let states = pairs(ONE, |_, _| true);
    println!("{states} states");
}

#[test]
#[ignore = "minutes"]
fn explore_every_pair_of_faults_over_two_rotations() {
    let states = pairs(TWO, |_, _| true);
    println!("{states} states");
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
