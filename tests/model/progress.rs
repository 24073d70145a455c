//! What a long search or simulation says while it runs: a line now and then, so that nobody takes it for dead.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How often it speaks.
const EVERY: Duration = Duration::from_secs(15);

/// Since when, and when it last spoke.
pub struct Progress {
    started: Instant,
    spoke: Mutex<Instant>,
}

impl Progress {
    /// From now on.
    pub fn start() -> Self {
        let started = Instant::now();
        Self { started, spoke: Mutex::new(started) }
    }

    /// How long it has been running.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Says how far it has got, if it has been silent for long enough.
    pub fn tell(&self, how_far: impl FnOnce() -> String) {
        let Ok(mut spoke) = self.spoke.try_lock() else { return };
        if spoke.elapsed() >= EVERY {
            *spoke = Instant::now();
            println!("{:>5} s: {}", self.started.elapsed().as_secs(), how_far());
        }
    }
}
