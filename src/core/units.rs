//! Instants and durations as types. What comes in: bare milliseconds from the shell or seconds from
//! a server; what goes out: values whose unit cannot be mistaken. Arithmetic saturates and never wraps.

/// A duration in milliseconds. May be negative: a clock can have been set back.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Millis(pub i64);

/// An instant of the wall clock: milliseconds since 1970 UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct UnixMillis(pub i64);

/// An instant of the page's monotonic clock, in milliseconds. Means nothing in another page.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct MonoMillis(pub i64);

/// Both clocks, read together. A token is expired if either says so.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Now {
    /// The wall clock: survives a reload, may jump.
    pub wall: UnixMillis,
    /// The monotonic clock: never jumps, may stand still while the machine sleeps.
    pub mono: MonoMillis,
}

impl Millis {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// Whole milliseconds of a number of seconds; the fraction below is cut off, overflow saturates.
    #[must_use]
    pub fn from_seconds(seconds: f64) -> Self {
        Self((seconds * 1000.0) as i64)
    }

    /// This many hundredths of the duration.
    #[must_use]
    pub fn percent(self, percent: i64) -> Self {
        Self(self.0.saturating_mul(percent) / 100)
    }

    /// The sum, saturating.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(sum(self.0, other.0))
    }

    /// The difference, saturating.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(difference(self.0, other.0))
    }
}

impl UnixMillis {
    /// The instant this much later, saturating.
    #[must_use]
    pub fn plus(self, duration: Millis) -> Self {
        Self(sum(self.0, duration.0))
    }

    /// How much later this is than `earlier`.
    #[must_use]
    pub fn since(self, earlier: Self) -> Millis {
        Millis(difference(self.0, earlier.0))
    }
}

impl MonoMillis {
    /// The instant this much later, saturating.
    #[must_use]
    pub fn plus(self, duration: Millis) -> Self {
        Self(sum(self.0, duration.0))
    }

    /// How much later this is than `earlier`.
    #[must_use]
    pub fn since(self, earlier: Self) -> Millis {
        Millis(difference(self.0, earlier.0))
    }
}

/// Once for all: in the place of each call they would weigh two kilobytes.
#[inline(never)]
fn sum(one: i64, other: i64) -> i64 {
    one.saturating_add(other)
}

#[inline(never)]
fn difference(one: i64, other: i64) -> i64 {
    one.saturating_sub(other)
}
