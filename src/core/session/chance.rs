//! The one source of chance, seeded from outside.

/// Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014. Spreads timers and names
/// sessions; nothing secret is made of it.
#[derive(Clone, Debug)]
pub(super) struct SplitMix64(pub(super) u64);

impl SplitMix64 {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// 0 to 999.
    pub(super) fn permille(&mut self) -> u32 {
        (self.next() % 1000) as u32
    }
}
