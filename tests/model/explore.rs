//! Every interleaving, breadth first: the first trace that breaks an invariant is a shortest one.
//!
//! Workers share what has been seen and nothing else: a world is explored by the one that came upon it first.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use wasm_auth_session::core::guard::{self, Rule};

use super::act::Act;
use super::audit::Broken;
use super::budget::Budget;
use super::contract::Contract;
use super::drain;
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

/// Fingerprints are mixed already.
#[derive(Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {}

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// From a state to the one before it, and which of its acts led here.
type Seen = HashMap<u64, (u64, u16), BuildHasherDefault<Mixed>>;

const SHARDS: usize = 64;

struct Shared {
    seen: Vec<Mutex<Seen>>,
    states: AtomicU64,
    steps: AtomicU64,
    waiting: AtomicUsize,
    depth: AtomicUsize,
    stop: AtomicBool,
    broken: Mutex<Option<(Broken, u64, Option<u16>)>>,
}

impl Shared {
    /// Whether this is the first to come here.
    fn claim(&self, print: u64, from: u64, by: u16) -> bool {
        let mut seen = self.seen[(print >> 58) as usize % SHARDS].lock().expect("no worker panics");
        match seen.entry(print) {
            Entry::Occupied(_) => false,
            Entry::Vacant(place) => {
                place.insert((from, by));
                self.states.fetch_add(1, Ordering::Relaxed);
                true
            }
        }
    }

    fn break_off(&self, broken: Broken, at: u64, by: Option<u16>) {
        self.broken.lock().expect("no worker panics").get_or_insert((broken, at, by));
        self.stop.store(true, Ordering::SeqCst);
    }

    /// The acts, by their place among those of each state, that lead to a state.
    fn way(&self, mut to: u64) -> Vec<u16> {
        let mut way = Vec::new();
        loop {
            let seen = self.seen[(to >> 58) as usize % SHARDS].lock().expect("no worker panics");
            let Some(&(from, by)) = seen.get(&to) else { break };
            drop(seen);
            if from == to {
                break;
            }
            way.push(by);
            to = from;
        }
        way.reverse();
        way
    }
}

impl Search {
    /// Explores.
    pub fn run(self) -> Found {
        let started = Instant::now();
        let shared = Shared {
            seen: (0..SHARDS).map(|_| Mutex::new(Seen::default())).collect(),
            states: AtomicU64::new(0),
            steps: AtomicU64::new(0),
            waiting: AtomicUsize::new(0),
            depth: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            broken: Mutex::new(None),
        };
        let barrier = Barrier::new(self.workers);
        let is_late = AtomicBool::new(false);
        thread::scope(|scope| {
            for worker in 0..self.workers {
                let (shared, barrier, is_late) = (&shared, &barrier, &is_late);
                scope.spawn(move || {
                    let work = || self.work(worker, shared, barrier, started, is_late);
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
            took: started.elapsed(),
        }
    }

    /// The world it begins with.
    pub fn begin(&self) -> World {
        World { budget: self.budget, contract: self.contract, ..(self.start)() }
    }

    fn work(&self, worker: usize, shared: &Shared, barrier: &Barrier, started: Instant, is_late: &AtomicBool) {
        let first = self.begin();
        let print = first.fingerprint();
        let mut level = Vec::new();
        if worker == 0 {
            shared.claim(print, print, 0);
        }
        // Each begins with its share of the first few levels.
        let mut shares = vec![(first, print)];
        let mut own = Vec::new();
        if self.workers > 1 && !self.deep {
            barrier.wait();
        }
        if worker == 0 {
            level.append(&mut shares);
        }
        let mut acts = Vec::new();
        loop {
            let mut next = Vec::new();
            while let Some((world, print)) = level.pop() {
                let is_enough = shared.states.load(Ordering::Relaxed) >= self.most;
                if is_enough || (shared.steps.load(Ordering::Relaxed) % 64 == 0 && started.elapsed() > self.time) {
                    is_late.store(true, Ordering::Relaxed);
                    shared.stop.store(true, Ordering::SeqCst);
                }
                if shared.stop.load(Ordering::Relaxed) {
                    break;
                }
                self.expand(&world, print, shared, &mut acts, if self.deep { &mut own } else { &mut next });
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

    fn expand(&self, world: &World, print: u64, shared: &Shared, acts: &mut Vec<Act>, next: &mut Vec<(World, u64)>) {
        if print.is_multiple_of(self.calm_one_in) {
            let mut calm = world.clone();
            if let Some(broken) = drain::drain(&mut calm) {
                return shared.break_off(broken, print, None);
            }
        }
        world.acts(acts);
        for (by, act) in acts.iter().enumerate() {
            let mut after = world.clone();
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
