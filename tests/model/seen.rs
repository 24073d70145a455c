//! Where a search has been: the fingerprint of every state, and how it was reached.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use super::audit::Broken;

/// Fingerprints are mixed already.
#[derive(Default)]
pub struct Mixed(u64);

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
pub type Seen = HashMap<u64, (u64, u16), BuildHasherDefault<Mixed>>;

const SHARDS: usize = 64;

/// What workers share.
pub struct Shared {
    /// Every state, and how it was reached.
    pub seen: Vec<Mutex<Seen>>,
    /// How many states.
    pub states: AtomicU64,
    /// How many steps.
    pub steps: AtomicU64,
    /// States of the next level.
    pub waiting: AtomicUsize,
    /// Levels so far.
    pub depth: AtomicUsize,
    /// Everybody stops.
    pub stop: AtomicBool,
    /// What broke, in which state, and by which of its acts.
    pub broken: Mutex<Option<(Broken, u64, Option<u16>)>>,
}

impl Shared {
    /// Nothing seen.
    pub fn new() -> Self {
        Self {
            seen: (0..SHARDS).map(|_| Mutex::new(Seen::default())).collect(),
            states: AtomicU64::new(0),
            steps: AtomicU64::new(0),
            waiting: AtomicUsize::new(0),
            depth: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            broken: Mutex::new(None),
        }
    }

    /// What one worker found out before the others began.
    pub fn take_over(&self, other: Self) {
        for (mine, theirs) in self.seen.iter().zip(other.seen) {
            *mine.lock().expect("no worker panics") = theirs.into_inner().expect("no worker panics");
        }
        self.states.store(other.states.into_inner(), Ordering::SeqCst);
        self.steps.store(other.steps.into_inner(), Ordering::SeqCst);
        self.depth.store(other.depth.into_inner(), Ordering::SeqCst);
        if let Some((broken, at, by)) = other.broken.into_inner().expect("no worker panics") {
            self.break_off(broken, at, by);
        }
    }

    /// Whether this is the first to come here.
    pub fn claim(&self, print: u64, from: u64, by: u16) -> bool {
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

    /// The first to break something ends the search.
    pub fn break_off(&self, broken: Broken, at: u64, by: Option<u16>) {
        self.broken.lock().expect("no worker panics").get_or_insert((broken, at, by));
        self.stop.store(true, Ordering::SeqCst);
    }

    /// The acts, by their place among those of each state, that lead to a state.
    pub fn way(&self, mut to: u64) -> Vec<u16> {
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
