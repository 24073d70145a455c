//! Time in the world: it passes, with timers or without.

use wasm_auth_session::core::session::Input;
use wasm_auth_session::core::units::{Millis, MonoMillis};

use super::World;

impl World {
    /// Time passes: every tab is called at each deadline it names, and no later.
    pub fn advance(&mut self, milliseconds: i64) {
        let end = self.now.mono.plus(Millis(milliseconds));
        let mut calls = 0_u32;
        loop {
            let due = (0..self.tabs.len())
                .filter_map(|tab| Some((self.tabs[tab].session.deadline()?, tab)))
                .min()
                .filter(|(due, _)| *due <= end);
            let Some((due, tab)) = due else { break };
            self.clocks_to(due.max(self.now.mono));
            let visible = self.tabs[tab].visible;
            self.input(tab, Input::ClockTicked { visible });
            calls += 1;
            assert!(calls < 100_000, "it wants to be called without end");
        }
        self.clocks_to(end);
    }

    /// Time passes, and no timer fires.
    pub fn sleep(&mut self, milliseconds: i64) {
        self.clocks_to(self.now.mono.plus(Millis(milliseconds)));
    }

    pub(super) fn clocks_to(&mut self, mono: MonoMillis) {
        self.now.wall = self.now.wall.plus(mono.since(self.now.mono));
        self.now.mono = mono;
    }

    /// How long until a tab wants to be called.
    pub fn until_deadline(&self, tab: usize) -> Option<i64> {
        Some(self.tabs[tab].session.deadline()?.since(self.now.mono).0)
    }
}
