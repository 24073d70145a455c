//! Many schedules of many tabs, under all faults together.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::schedule::{Plan, Ran};
use super::shrink;

/// Seeds that broke something once, with how many tabs.
const CORPUS: &str = include_str!("corpus.txt");

/// Runs plans until there are enough or time is up; fails with the story of the first that breaks.
fn campaign(first: u64, count: u64, tabs: Option<usize>, threads: usize, time: Duration) -> u64 {
    let started = Instant::now();
    let (next, done) = (AtomicU64::new(first), AtomicU64::new(0));
    let (sends, answers, hours) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    thread::scope(|scope| {
        let work = || {
            while started.elapsed() < time {
                let from = next.fetch_add(256, Ordering::Relaxed);
                if from >= first + count {
                    return;
                }
                for seed in from..(from + 256).min(first + count) {
                    let ran = checked(Plan::of(seed, tabs));
                    sends.fetch_add(ran.refreshes.into(), Ordering::Relaxed);
                    answers.fetch_add(ran.answers.into(), Ordering::Relaxed);
                    hours.fetch_add(ran.elapsed as u64 / 1_000, Ordering::Relaxed);
                    let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                    if done.is_multiple_of(100_000) {
                        println!("{done} schedules in {:?}", started.elapsed());
                    }
                }
            }
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            worker.join().expect("no schedule breaks anything");
        }
    });
    let done = done.load(Ordering::Relaxed);
    println!(
        "{done} schedules in {:?}: {} refreshes, {} callers answered, {} h of virtual time, no violation",
        started.elapsed(),
        sends.load(Ordering::Relaxed),
        answers.load(Ordering::Relaxed),
        hours.load(Ordering::Relaxed) / 3_600,
    );
    done
}

fn checked(plan: Plan) -> Ran {
    let ran = plan.run();
    if let Some(broken) = &ran.broken {
        panic!(
            "seed {} of {} tabs breaks {}:\n{}",
            plan.seed,
            plan.tabs,
            broken.rule,
            shrink::told(plan, &ran.acts, broken)
        );
    }
    ran
}

#[test]
fn sim_corpus() {
    for line in CORPUS.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let mut words = line.split_whitespace();
        let seed = words.next().and_then(|word| word.parse().ok()).expect("a seed");
        let tabs = words.next().and_then(|word| word.parse().ok());
        checked(Plan::of(seed, tabs));
    }
}

#[test]
fn sim_quick() {
    let done = campaign(0, 200_000, None, 2, Duration::from_secs(12));
    assert!(done >= 2_000, "{done} schedules only");
}

#[test]
fn sim_fifty_tabs_quick() {
    let done = campaign(0, 20, Some(50), 1, Duration::from_secs(5));
    assert!(done >= 1);
}

#[test]
#[ignore = "minutes"]
fn sim_million() {
    assert_eq!(campaign(1_000_000, 1_000_000, None, 2, Duration::from_secs(3_600)), 1_000_000);
    assert_eq!(campaign(1_000_000, 1_000, Some(50), 2, Duration::from_secs(3_600)), 1_000);
}
