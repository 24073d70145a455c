//! Many schedules of many tabs, under all faults together.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use super::progress::Progress;
use super::schedule::{Plan, Ran};
use super::shrink;

/// Seeds that broke something once, with how many tabs.
const CORPUS: &str = include_str!("corpus.txt");
/// So many schedules are taken at a time.
const SHARE: u64 = 64;
/// So many bad stories are told; the rest are counted.
const STORIES: usize = 3;
/// No schedule takes so long.
const FOREVER: Duration = Duration::from_secs(3_600);

/// Schedules that are run one seed after the other.
#[derive(Clone, Copy)]
struct Campaign {
    first: u64,
    count: u64,
    plan: fn(u64) -> Plan,
    threads: usize,
    time: Duration,
}

/// What all schedules together came to.
#[derive(Default)]
struct Sum {
    schedules: AtomicU64,
    refreshes: AtomicU64,
    answers: AtomicU64,
    seconds: AtomicU64,
    broken: AtomicU64,
    stories: Mutex<Vec<String>>,
}

impl Campaign {
    /// Runs until there are enough or time is up; how many were run. Fails if any broke something.
    fn run(self) -> u64 {
        let (progress, next, sum) = (Progress::start(), AtomicU64::new(self.first), Sum::default());
        let end = self.first + self.count;
        thread::scope(|scope| {
            let work = || {
                while progress.elapsed() < self.time {
                    let from = next.fetch_add(SHARE, Ordering::Relaxed);
                    if from >= end {
                        return;
                    }
                    for seed in from..(from + SHARE).min(end) {
                        let plan = (self.plan)(seed);
                        sum.add(plan, &plan.run());
                    }
                    progress.tell(|| sum.told());
                }
            };
            for _ in 0..self.threads {
                scope.spawn(work);
            }
        });
        println!("{} in {:.1} s", sum.told(), progress.elapsed().as_secs_f64());
        let stories = sum.stories.into_inner().expect("no schedule panics");
        assert!(stories.is_empty(), "{} of them:\n{}", sum.broken.into_inner(), stories.join("\n"));
        sum.schedules.into_inner()
    }
}

impl Sum {
    fn add(&self, plan: Plan, ran: &Ran) {
        self.schedules.fetch_add(1, Ordering::Relaxed);
        self.refreshes.fetch_add(ran.refreshes.into(), Ordering::Relaxed);
        self.answers.fetch_add(ran.answers.into(), Ordering::Relaxed);
        self.seconds.fetch_add(ran.elapsed as u64 / 1_000, Ordering::Relaxed);
        if let Some(story) = bad_story(plan, ran) {
            self.broken.fetch_add(1, Ordering::Relaxed);
            let mut stories = self.stories.lock().expect("no schedule panics");
            if stories.len() < STORIES {
                println!("{story}");
                stories.push(story);
            }
        }
    }

    fn told(&self) -> String {
        let of = |sum: &AtomicU64| sum.load(Ordering::Relaxed);
        format!(
            "{} schedules, {} violations, {} refreshes, {} callers answered, {} h of virtual time",
            of(&self.schedules),
            of(&self.broken),
            of(&self.refreshes),
            of(&self.answers),
            of(&self.seconds) / 3_600,
        )
    }
}

fn bad_story(plan: Plan, ran: &Ran) -> Option<String> {
    let broken = ran.broken.as_ref()?;
    let told = shrink::told(plan, &ran.acts, broken);
    Some(format!("seed {} of {} tabs breaks {}:\n{told}", plan.seed, plan.tabs, broken.rule))
}

fn up_to_eight(seed: u64) -> Plan {
    Plan::of(seed, None)
}

fn fifty(seed: u64) -> Plan {
    Plan::of(seed, Some(50))
}

#[test]
fn sim_corpus() {
    for line in CORPUS.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let mut words = line.split_whitespace();
        let seed = words.next().and_then(|word| word.parse().ok()).expect("a seed");
        let plan = match words.next() {
            Some("cookie") => Plan::by_cookie(seed),
            Some("tab") => Plan::of_one_tab(seed),
            tabs => Plan::of(seed, tabs.and_then(|word| word.parse().ok())),
        };
        let story = bad_story(plan, &plan.run());
        assert!(story.is_none(), "{}", story.unwrap_or_default());
    }
}

#[test]
fn sim_quick() {
    let time = Duration::from_secs(12);
    let done = Campaign { first: 0, count: 200_000, plan: up_to_eight, threads: 2, time }.run();
    assert!(done >= 2_000, "{done} schedules only");
}

#[test]
fn sim_by_cookie_quick() {
    let time = Duration::from_secs(5);
    let done = Campaign { first: 0, count: 10_000, plan: Plan::by_cookie, threads: 2, time }.run();
    assert!(done >= 500, "{done} schedules only");
}

#[test]
fn sim_of_one_tab_quick() {
    let time = Duration::from_secs(5);
    let done = Campaign { first: 0, count: 10_000, plan: Plan::of_one_tab, threads: 2, time }.run();
    assert!(done >= 500, "{done} schedules only");
}

#[test]
fn sim_fifty_tabs_quick() {
    let time = Duration::from_secs(5);
    let done = Campaign { first: 0, count: 20, plan: fifty, threads: 1, time }.run();
    assert!(done >= 1);
}

#[test]
#[ignore = "two minutes, on every push"]
fn every_push_sees_a_million_schedules_of_up_to_eight_tabs() {
    let campaign = Campaign { first: 1_000_000, count: 1_000_000, plan: up_to_eight, threads: 2, time: FOREVER };
    assert_eq!(campaign.run(), campaign.count);
}

#[test]
#[ignore = "a minute, on every push"]
fn every_push_sees_a_thousand_schedules_of_fifty_tabs() {
    let campaign = Campaign { first: 1_000_000, count: 1_000, plan: fifty, threads: 2, time: FOREVER };
    assert_eq!(campaign.run(), campaign.count);
}

#[test]
#[ignore = "half a minute, on every push"]
fn every_push_sees_a_hundred_thousand_schedules_where_sessions_may_be_one_tabs_alone() {
    let campaign = Campaign { first: 1_000_000, count: 100_000, plan: Plan::of_one_tab, threads: 2, time: FOREVER };
    assert_eq!(campaign.run(), campaign.count);
}

#[test]
#[ignore = "half a minute, on every push"]
fn every_push_sees_a_hundred_thousand_schedules_by_cookie() {
    let campaign = Campaign { first: 1_000_000, count: 100_000, plan: Plan::by_cookie, threads: 2, time: FOREVER };
    assert_eq!(campaign.run(), campaign.count);
}
