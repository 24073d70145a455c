//! Every rule of the machine and every promise of the shell, taken away alone: something must break. A rule that
//! nothing misses is one that nothing tests.

use std::time::Instant;

use wasm_auth_session::core::guard::{self, Rule};

use super::begin::{due, due_alone, signed_in};
use super::budget::Budget;
use super::contract::{Contract, Promise};
use super::explore::Search;
use super::explored::{ONE, TWO, search};
use super::schedule::Plan;
use super::shrink;

/// No search for a mutant goes further.
const STATES: u64 = 400_000;
/// Nor are there more schedules for one.
const SEEDS: u64 = 500;

/// What is taken away.
#[derive(Clone, Copy, Debug)]
enum Mutant {
    Without(Rule),
    Breaks(Promise),
}

/// Where it is to be missed.
#[derive(Clone, Copy)]
enum Where {
    /// Two tabs, under each of these budgets.
    Two(&'static [Budget]),
    /// The same where tokens are not due.
    Fresh(&'static [Budget]),
    /// The same where one of them keeps its session to itself.
    OfOneTab(&'static [Budget]),
    /// The same where there is no fence.
    Unfenced(&'static [Budget]),
    /// The same where there is no lock, and the server only refuses what is spent.
    Unlocked(&'static [Budget]),
    /// Many tabs, and a server that fails.
    Down,
}

const CLEARED: Budget = Budget { clears: 1, ..Budget::NONE };
const LOGOUT: Budget = Budget { logouts: 1, ..TWO };
const LOGIN: Budget = Budget { logins: 1, ..TWO };
const STALE: Budget = Budget { stale: 1, ..TWO };
const STALE_LOGIN: Budget = Budget { stale: 1, logins: 1, ..ONE };
const LOST: Budget = Budget { losses: 1, soon: 1, ..TWO };
const CRASH: Budget = Budget { crashes: 1, reopens: 1, ..TWO };
const FROZEN: Budget = Budget { freezes: 1, long: 1, ..ONE };
const FULL: Budget = Budget { full: 1, ..TWO };
const FULL_LOGOUT: Budget = Budget { logouts: 1, ..FULL };

/// Each rule and each promise.
const MUTANTS: &[(Mutant, Where)] = &[
    (Mutant::Without(Rule::FreshestWins), Where::Two(&[STALE, FULL])),
    (Mutant::Without(Rule::NewerIsAdopted), Where::Two(&[TWO])),
    (Mutant::Without(Rule::OlderIsIgnored), Where::Unfenced(&[STALE_LOGIN])),
    (Mutant::Without(Rule::EndIsHeeded), Where::Two(&[LOGOUT])),
    (Mutant::Without(Rule::EmptiedIsHeeded), Where::Fresh(&[CLEARED])),
    (Mutant::Without(Rule::LateIsDropped), Where::Two(&[Budget { logins: 1, forces: 1, ..ONE }])),
    (Mutant::Without(Rule::TransientKeeps), Where::Two(&[LOST])),
    (Mutant::Without(Rule::BuriedAtOnce), Where::Two(&[LOGOUT])),
    (Mutant::Without(Rule::BurialIsConfirmed), Where::Two(&[LOGOUT, FULL_LOGOUT])),
    (Mutant::Without(Rule::OvertakenIsReread), Where::Two(&[LOGIN])),
    (Mutant::Without(Rule::RenewsItsOwn), Where::Two(&[LOGIN])),
    (Mutant::Without(Rule::RefusedIsNewest), Where::Unlocked(&[ONE])),
    (Mutant::Without(Rule::MarkerFirst), Where::Two(&[CRASH])),
    (Mutant::Without(Rule::WaitIsShared), Where::Down),
    (Mutant::Without(Rule::WaitIsKept), Where::Down),
    (Mutant::Without(Rule::LateIsHandedBack), Where::Two(&[LOGOUT])),
    (Mutant::Without(Rule::OwnEndsAlone), Where::OfOneTab(&[Budget { losses: 1, soon: 1, ..ONE }])),
    (Mutant::Breaks(Promise::ExclusiveLock), Where::Two(&[ONE])),
    (Mutant::Breaks(Promise::NeverStolen), Where::Two(&[FROZEN])),
    (Mutant::Breaks(Promise::HeldWhileSending), Where::Two(&[ONE])),
    (Mutant::Breaks(Promise::CheckedWrite), Where::Two(&[LOGOUT])),
    (Mutant::Breaks(Promise::BuriedAtOnce), Where::Two(&[LOGOUT])),
    (Mutant::Breaks(Promise::Fence), Where::Two(&[Budget { stale: 2, ..TWO }])),
    (Mutant::Breaks(Promise::Heals), Where::Two(&[FULL_LOGOUT])),
    (Mutant::Breaks(Promise::AloneIsKept), Where::Two(&[Budget { crashes: 1, ..FULL }])),
];

impl Mutant {
    fn name(self) -> String {
        match self {
            Self::Without(rule) => format!("without: {}", rule.name()),
            Self::Breaks(promise) => format!("the shell breaks: {promise:?}"),
        }
    }

    /// The rule that is off.
    fn rule(self) -> Option<Rule> {
        match self {
            Self::Without(rule) => Some(rule),
            Self::Breaks(_) => None,
        }
    }

    /// The promise that is broken.
    fn contract(self) -> Contract {
        match self {
            Self::Without(_) => Contract::default(),
            Self::Breaks(promise) => Contract::without(promise),
        }
    }

    /// Which invariant breaks, and after how much.
    fn killed(self, place: Where) -> Option<(&'static str, String)> {
        let (rule, contract) = (self.rule(), self.contract());
        match place {
            Where::Two(budgets) => explored(budgets, &|search| Search { without: rule, contract, ..search }),
            Where::Fresh(budgets) => explored(budgets, &|search| Search {
                without: rule,
                contract,
                start: || signed_in(2, 100, 0),
                ..search
            }),
            Where::OfOneTab(budgets) => {
                explored(budgets, &|search| Search { without: rule, contract, start: due_alone, ..search })
            }
            Where::Unfenced(budgets) => explored(budgets, &|search| Search { without: rule, ..unfenced(search) }),
            Where::Unlocked(budgets) => explored(budgets, &|search| Search { without: rule, ..unlocked(search) }),
            Where::Down => (0..SEEDS).find_map(|seed| {
                let run = || Plan::down(seed).run().broken;
                let broken = rule.map_or_else(run, |rule| guard::without(rule, run))?;
                Some((broken.rule, format!("seed {seed}")))
            }),
        }
    }
}

/// The mirror is all there is.
fn unfenced(search: Search) -> Search {
    Search { contract: Contract::without(Promise::Fence), ..search }
}

/// No lock, and a server that only refuses what is spent.
fn unlocked(search: Search) -> Search {
    let start = || {
        let mut world = due(2);
        world.server.is_lenient = true;
        world.ledger.unlocked = true;
        world
    };
    Search { start, contract: Contract::without(Promise::ExclusiveLock), ..search }
}

fn explored(budgets: &[Budget], set: &dyn Fn(Search) -> Search) -> Option<(&'static str, String)> {
    let mut states = 0;
    budgets.iter().find_map(|budget| {
        let found = set(Search { most: STATES, calm_one_in: 1, ..search(*budget) }).run();
        states += found.states;
        let (broken, acts) = found.broken?;
        Some((broken.rule, format!("{states} states, {} acts", acts.len())))
    })
}

#[test]
fn f55_without_a_fence_a_stale_read_undoes_no_login() {
    let found = unfenced(search(STALE_LOGIN)).run();
    found.assert_holds(&unfenced(search(STALE_LOGIN)));
    assert!(found.closed && found.states > 5_000, "{found:?}");
}

#[test]
fn f63_without_a_lock_a_lenient_server_ends_nothing() {
    let found = unlocked(search(ONE)).run();
    found.assert_holds(&unlocked(search(ONE)));
    assert!(found.closed && found.states > 500, "{found:?}");
}

#[test]
fn f38_a_server_that_fails_is_not_stormed() {
    for seed in 0..100 {
        let ran = Plan::down(seed).run();
        assert_eq!(
            ran.broken,
            None,
            "{}",
            shrink::told(Plan::down(seed), &ran.acts, &ran.broken.clone().expect("broken"))
        );
    }
}

#[test]
fn every_rule_is_missed() {
    let rules = MUTANTS.iter().filter(|(mutant, _)| matches!(mutant, Mutant::Without(_))).count();
    assert_eq!(rules, Rule::ALL.len(), "every rule has its mutant");
    let mut survivors = Vec::new();
    for (mutant, place) in MUTANTS {
        let started = Instant::now();
        let killed = mutant.killed(*place);
        let took = started.elapsed();
        if let Some((rule, after)) = killed {
            println!("{:64} {rule:4} {after:24} {took:.2?}", mutant.name());
        } else {
            println!("{:64} SURVIVES {took:.2?}", mutant.name());
            survivors.push(mutant.name());
        }
    }
    assert!(survivors.is_empty(), "nothing misses {survivors:?}");
}
