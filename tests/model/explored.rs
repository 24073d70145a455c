//! Two tabs, every interleaving, under every pair of faults.

use std::time::Duration;

use super::budget::Budget;
use super::drain;
use super::explore::{Found, Search};
use super::schedule::signed_in;
use super::world::World;

/// Two tabs, signed in.
fn two() -> World {
    signed_in(2, 100, 0)
}

/// Three.
fn three() -> World {
    signed_in(3, 100, 0)
}

/// The first rotation is due; a second one will be.
pub fn calm(world: &mut World) {
    world.apply(super::act::Act::Pass(super::act::DUE));
    world.budget = Budget { due: 1, ..Budget::default() };
    drain::quiet(&mut world.clone());
}

/// Two tabs under these budgets.
pub fn search(set: fn(&mut World)) -> Search {
    Search {
        start: two,
        set,
        without: None,
        workers: 2,
        most: u64::MAX,
        time: Duration::from_secs(60),
        deep: false,
        calm_one_in: 8,
    }
}

fn report(name: &str, found: &Found) {
    let end = if found.closed { "closed" } else { "not closed" };
    println!("{name:32} {:>9} states {:>10} steps, depth {:>3}, {:?}, {end}", found.states, found.steps, found.depth, found.took);
}

macro_rules! faults {
    ($($name:ident: $set:expr;)*) => {
        /// Each fault by its name.
        pub const FAULTS: &[(&str, fn(&mut Budget))] = &[$((stringify!($name), $set)),*];
    };
}

faults! {
    logout: |budget| budget.logouts += 1;
    login: |budget| budget.logins += 1;
    crash: |budget| (budget.crashes, budget.reopens) = (1, 1);
    freeze: |budget| (budget.freezes, budget.long) = (1, 1);
    lost: |budget| (budget.losses, budget.soon) = (1, 1);
    failed: |budget| (budget.failures, budget.soon) = (1, 1);
    stale: |budget| budget.stale += 1;
    full: |budget| budget.full += 1;
    hushed: |budget| budget.hushed += 1;
    jump: |budget| budget.jumps += 1;
    asked: |budget| budget.asks += 2;
    early: |budget| budget.early += 1;
}

#[test]
fn explore_calm() {
    let search = search(calm);
    let found = search.run();
    report("calm", &found);
    found.assert_holds(&search);
}

#[test]
#[ignore = "to measure"]
fn explore_each() {
    let set: [fn(&mut World); 12] = [
        |world| with(world, &[0]), |world| with(world, &[1]), |world| with(world, &[2]), |world| with(world, &[3]),
        |world| with(world, &[4]), |world| with(world, &[5]), |world| with(world, &[6]), |world| with(world, &[7]),
        |world| with(world, &[8]), |world| with(world, &[9]), |world| with(world, &[10]), |world| with(world, &[11]),
    ];
    for (at, set) in set.into_iter().enumerate() {
        let search = search(set);
        let found = search.run();
        report(FAULTS[at].0, &found);
        found.assert_holds(&search);
    }
}

fn with(world: &mut World, faults: &[usize]) {
    calm(world);
    for fault in faults {
        FAULTS[*fault].1(&mut world.budget);
    }
}

#[test]
#[ignore = "minutes"]
fn three_tabs() {
    let mut search = search(|world| with(world, &[0, 2, 4]));
    (search.start, search.deep, search.most, search.time) = (three, true, 20_000_000, Duration::from_secs(3_600));
    let found = search.run();
    report("three tabs", &found);
    found.assert_holds(&search);
}
