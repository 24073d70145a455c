//! Chance from a seed, for schedules. What comes in: a seed; what goes out: the same numbers every time.

/// Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// From this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below this.
    pub fn below(&mut self, most: usize) -> usize {
        (self.any() % most.max(1) as u64) as usize
    }

    /// From the first to before the last.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        least + (self.any() % (most - least).max(1) as u64) as i64
    }

    /// So many times in a thousand.
    pub fn permille(&mut self, odds: u32) -> bool {
        self.any() % 1000 < u64::from(odds)
    }

    /// One of these.
    pub fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}
