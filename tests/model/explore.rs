//! Every interleaving, breadth first: the first trace that breaks an invariant is a shortest one.
//!
//! Workers share what has been seen and nothing else: a world is explored by the one that came upon it first.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use wasm_auth_session::core::guard::{self, Rule};

use super::act::Act;
use super::audit::Broken;
use super::budget::Budget;
use super::contract::Contract;
use super::drain;
use super::progress::Progress;
use super::seen::Shared;
use super::story;
use super::world::World;

/// What is explored, and how far.
#[derive(Clone, Copy)]
pub struct Search {
    /// Makes the world it begins with; each worker makes its own.
    pub start: fn() -> World,
    /// What may happen.
    pub budget: Budget,
    /// What the shell keeps to.
    pub contract: Contract,
    /// The rule of the machine that is switched off.
    pub without: Option<Rule>,
    /// Threads.
    pub workers: usize,
    /// No more states than this.
    pub most: u64,
    /// No longer than this.
    pub time: Duration,
    /// Depth first, which needs little memory and finds long traces.
    pub deep: bool,
    /// One in so many states is calmed down, to see that it comes to a good end.
    pub calm_one_in: u64,
}

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// How many states.
    pub states: u64,
    /// How many steps between them.
    pub steps: u64,
    /// The longest way to a state, as far as was gone.
    pub depth: usize,
    /// Whether nothing is left to explore.
    pub closed: bool,
    /// An invariant that does not hold, and the acts that lead there.
    pub broken: Option<(Broken, Vec<Act>)>,
    /// How long it took.
    pub took: Duration,
}

impl Search {
    /// Explores.
    pub fn run(self) -> Found {
        let progress = Progress::start();
        let shared = Shared::new();
        let barrier = Barrier::new(self.workers);
        let is_late = AtomicBool::new(false);
        thread::scope(|scope| {
            for worker in 0..self.workers {
                let (shared, barrier, is_late, progress) = (&shared, &barrier, &is_late, &progress);
                scope.spawn(move || {
                    let work = || self.work(worker, shared, barrier, progress, is_late);
                    match self.without {
                        Some(rule) => guard::without(rule, work),
                        None => work(),
                    }
                });
            }
        });
        let broken = shared.broken.lock().expect("no worker panics").take();
        let broken = broken.map(|(broken, at, by)| {
            let mut way = shared.way(at);
            way.extend(by);
            let acts = || self.acts_of(&way);
            let acts = self.without.map_or_else(acts, |rule| guard::without(rule, acts));
            (broken, acts)
        });
        Found {
            states: shared.states.load(Ordering::Relaxed),
            steps: shared.steps.load(Ordering::Relaxed),
            depth: shared.depth.load(Ordering::Relaxed),
            closed: broken.is_none() && !is_late.load(Ordering::Relaxed),
            broken,
            took: progress.elapsed(),
        }
    }

    /// The world it begins with.
    pub fn begin(&self) -> World {
        World { budget: self.budget, contract: self.contract, ..(self.start)() }
    }

    fn work(&self, worker: usize, shared: &Shared, barrier: &Barrier, progress: &Progress, is_late: &AtomicBool) {
        let mut level = self.first_levels(worker, shared);
        barrier.wait();
        let mut own = Vec::new();
        let mut acts = Vec::new();
        loop {
            let mut next = Vec::new();
            while let Some((world, print)) = level.pop() {
                let states = shared.states.load(Ordering::Relaxed);
                let looks_up = shared.steps.load(Ordering::Relaxed).is_multiple_of(64);
                if looks_up {
                    progress.tell(|| format!("{states} states"));
                }
                if states >= self.most || (looks_up && progress.elapsed() > self.time) {
                    is_late.store(true, Ordering::Relaxed);
                    shared.stop.store(true, Ordering::SeqCst);
                }
                if shared.stop.load(Ordering::Relaxed) {
                    break;
                }
                self.expand(world, print, shared, &mut acts, if self.deep { &mut own } else { &mut next });
                level.append(&mut own);
            }
            shared.waiting.fetch_add(next.len(), Ordering::SeqCst);
            if worker == 0 {
                shared.depth.fetch_add(1, Ordering::Relaxed);
            }
            barrier.wait();
            let is_over = shared.waiting.load(Ordering::SeqCst) == 0 || shared.stop.load(Ordering::SeqCst);
            barrier.wait();
            if worker == 0 {
                shared.waiting.store(0, Ordering::SeqCst);
            }
            barrier.wait();
            if is_over {
                return;
            }
            level = next;
        }
    }

    /// No world goes from one thread to another: every worker makes the first few levels, and goes on with its share.
    fn first_levels(&self, worker: usize, shared: &Shared) -> Vec<(World, u64)> {
        let alone = Shared::new();
        let first = self.begin();
        let print = first.fingerprint();
        alone.claim(print, print, 0);
        let mut level = vec![(first, print)];
        let mut acts = Vec::new();
        while self.workers > 1 && (1..16 * self.workers).contains(&level.len()) {
            let mut next = Vec::new();
            for (world, print) in level {
                self.expand(world, print, &alone, &mut acts, &mut next);
            }
            alone.depth.fetch_add(1, Ordering::Relaxed);
            level = next;
        }
        if worker == 0 {
            shared.take_over(alone);
        }
        let is_mine = |at: &usize| at % self.workers == worker;
        level.into_iter().enumerate().filter(|(at, _)| is_mine(at)).map(|(_, one)| one).collect()
    }

    fn expand(&self, world: World, print: u64, shared: &Shared, acts: &mut Vec<Act>, next: &mut Vec<(World, u64)>) {
        if print.is_multiple_of(self.calm_one_in) {
            let mut calm = world.clone();
            if let Some(broken) = drain::drain(&mut calm) {
                return shared.break_off(broken, print, None);
            }
        }
        world.acts(acts);
        let mut left = Some(world);
        for (by, act) in acts.iter().enumerate() {
            // The last act needs no copy.
            let Some(mut after) = (if by + 1 < acts.len() { left.clone() } else { left.take() }) else { return };
            shared.steps.fetch_add(1, Ordering::Relaxed);
            after.apply(*act);
            let to = after.fingerprint();
            if let Some(broken) = after.ledger.broken.take() {
                return shared.break_off(broken, print, Some(by as u16));
            }
            if shared.claim(to, print, by as u16) {
                next.push((after, to));
            }
        }
    }

    fn acts_of(&self, way: &[u16]) -> Vec<Act> {
        let mut world = self.begin();
        let mut acts = Vec::new();
        way.iter()
            .map(|by| {
                world.acts(&mut acts);
                let act = acts[usize::from(*by)];
                world.apply(act);
                act
            })
            .collect()
    }
}

impl Found {
    /// Fails with the story of what broke.
    pub fn assert_holds(&self, search: &Search) {
        if let Some((broken, acts)) = &self.broken {
            let tell = || story::tell(&mut search.begin(), acts);
            let told = search.without.map_or_else(tell, |rule| guard::without(rule, tell));
            panic!("{} after {} states:\n{told}{}\n", broken.rule, self.states, broken.how);
        }
    }
}
