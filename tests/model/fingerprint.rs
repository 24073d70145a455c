//! When two worlds are the same. Tickets and chance do not count, instants count by how far they are off, and tabs
//! may change places.

use std::hash::{Hash, Hasher};

use wasm_auth_session::core::record::{Mark, Stored};
use wasm_auth_session::core::session::Place;
use wasm_auth_session::core::sight::{Fenced, Sight};

use wasm_auth_session::core::units::Now;

use super::op::{Op, What};
use super::store::Written;
use super::world::{MONO, World};

/// Fowler, Noll and Vo's way of folding, a word at a time; instants are taken relative to now.
#[derive(Clone, Copy)]
pub struct Folding {
    value: u64,
    mono: i64,
    wall: i64,
}

/// Instants of either clock are beyond this; durations are not.
const FAR: i64 = MONO / 2;
/// Between the clocks.
const BETWEEN: i64 = 1_350_000_000_000;
/// Instants closer than this are one, unless now is between them.
const GRAIN: i64 = 8_000;

impl Folding {
    /// With instants relative to this one.
    pub fn at(now: Now) -> Self {
        Self { value: 0, mono: now.mono.0, wall: now.wall.0 }
    }

    fn word(&mut self, word: u64) {
        self.value = (self.value.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    /// Folds one thing by itself.
    pub fn of(&self, thing: &impl Hash) -> u64 {
        let mut fresh = Self { value: 0x9e37_79b9_7f4a_7c15, ..*self };
        thing.hash(&mut fresh);
        fresh.finish()
    }
}

impl Hasher for Folding {
    fn finish(&self) -> u64 {
        let mixed = (self.value ^ (self.value >> 32)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        // Names of sessions are chance: tokens tell them apart as well.
        if bytes.len() == 32 && bytes.iter().all(u8::is_ascii_hexdigit) {
            return;
        }
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.word(u64::from(value));
    }

    fn write_u16(&mut self, value: u16) {
        self.word(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.word(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        self.word(value);
    }

    fn write_usize(&mut self, value: usize) {
        self.word(value as u64);
    }

    fn write_isize(&mut self, value: isize) {
        self.word(value as u64);
    }

    fn write_i64(&mut self, value: i64) {
        if value < FAR {
            return self.word(value as u64);
        }
        let off = value - if value < BETWEEN { self.mono } else { self.wall };
        let grains = if off > 0 { (off - 1) / GRAIN } else { off / GRAIN - 1 };
        self.word((grains as u64) ^ 0x5555);
    }
}

impl Hash for Written {
    fn hash<H: Hasher>(&self, to: &mut H) {
        (self.mark(), self.token).hash(to);
        let session = self.record.session.as_ref();
        session.map(|session| (session.marker, session.issued_at)).hash(to);
        let wait = session.and_then(|session| session.wait);
        wait.map(|wait| (wait.attempts, wait.until, wait.asked)).hash(to);
    }
}

type Seen = (Option<(Mark, bool)>, Option<(Mark, bool)>);

fn marks(sight: &Sight) -> Seen {
    let mark = |stored: &Stored| match stored {
        Stored::Record(record) => Some((record.mark, record.session.is_some())),
        Stored::Nothing | Stored::Corrupt | Stored::Newer | Stored::Outdated => None,
    };
    let fenced = match &sight.fenced {
        Fenced::Whole { copy, .. } => mark(copy),
        Fenced::Bare(bare) => Some((*bare, false)),
        Fenced::Missing | Fenced::Empty => None,
    };
    (mark(&sight.shown), fenced)
}

impl World {
    /// The same for worlds from which the same can follow.
    pub fn fingerprint(&self) -> u64 {
        let folding = Folding::at(self.now);
        let mut tabs = [0_u64; 8];
        let count = self.tabs.len().min(tabs.len());
        for (at, sum) in tabs.iter_mut().enumerate().take(count) {
            *sum = self.tab_print(at, folding);
        }
        tabs[..count].sort_unstable();
        let mut all = folding;
        tabs[..count].hash(&mut all);
        self.store.entry.is_some().hash(&mut all);
        if let Some(entry) = &self.store.entry {
            (&*entry.copy, entry.alone).hash(&mut all);
        }
        self.store.mirror.hash(&mut all);
        if self.budget.stale > 0 {
            self.store.before.hash(&mut all);
        }
        self.server.families.hash(&mut all);
        self.jar.hash(&mut all);
        self.budget.hash(&mut all);
        (self.ledger.cleared, self.ledger.mishap, self.ledger.jumps).hash(&mut all);
        (self.now.wall.0 - self.now.mono.0).hash(&mut all);
        all.finish()
    }

    fn tab_print(&self, at: usize, folding: Folding) -> u64 {
        let tab = &self.tabs[at];
        let mut all = folding;
        if tab.alive {
            all.word(tab.session.print(self.now));
        }
        (tab.alive, tab.frozen, tab.visible, tab.hinted, tab.fell_back).hash(&mut all);
        (tab.gone, tab.refused, tab.own_buried).hash(&mut all);
        tab.memory.hash(&mut all);
        if let Some(own) = &tab.own {
            (own, self.store.mark_of(own)).hash(&mut all);
        }
        for waiting in &tab.waiting {
            (waiting.id, waiting.want, waiting.since).hash(&mut all);
        }
        self.lock.is_held_by(at).hash(&mut all);
        let place = self.lock.queue.iter().position(|asking| asking.tab == at);
        (place, self.lock.queue.iter().find(|asking| asking.tab == at).map(|asking| asking.since)).hash(&mut all);
        let ops = self.ops.iter().filter(|op| op.tab == at);
        all.word(ops.fold(0, |sum: u64, op| sum.wrapping_add(self.op_print(op, folding))));
        all.finish()
    }

    fn op_print(&self, op: &Op, folding: Folding) -> u64 {
        let awaits = |ticket| self.tabs[op.tab].session.awaits(ticket);
        let kind = op.kind();
        match &op.what {
            What::Grant(ticket) => folding.of(&(kind, awaits(*ticket))),
            What::Read(ticket, None) => folding.of(&(kind, awaits(*ticket))),
            What::Read(ticket, Some(sight)) => {
                // What was seen is told by the marks: no two records have the same.
                folding.of(&(kind, awaits(*ticket), marks(sight)))
            }
            What::Write(ticket, copy, over, wrote) => {
                let is_older = op.burials < self.tabs[op.tab].buried_in(copy).1;
                folding.of(&(kind, awaits(*ticket), &**copy, over, wrote, is_older))
            }
            What::Bury(mark, place, grave) => folding.of(&(kind, mark, *place == Place::Tab, grave)),
            What::Flight(flight) => {
                let awaited = flight.ticket.map(awaits);
                folding.of(&(kind, awaited, flight.token, flight.said, flight.withdrawn, op.since))
            }
        }
    }
}
