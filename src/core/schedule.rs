//! Stage six: the schedule. Arithmetic only: what comes in is a lifetime, ages by two clocks, and chance
//! as an argument; what goes out is when to do something. It never decides whether to.

use super::units::{Millis, MonoMillis, Now, UnixMillis};

/// When tokens were obtained, on both clocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Obtained {
    /// By the wall clock.
    pub wall: UnixMillis,
    /// By the monotonic clock; for a restored session, where it would have been.
    pub mono: MonoMillis,
}

impl Obtained {
    /// Places the age of a stored session on this page's monotonic clock. One issued in the future by
    /// the wall clock has an unknown age: it is taken to be as old as its lifetime, so that it is renewed once.
    #[must_use]
    pub fn restored(issued_at: UnixMillis, lifetime: Option<Millis>, now: Now) -> Self {
        let age = now.wall.since(issued_at);
        let believed = if age < Millis::ZERO { lifetime.unwrap_or(Millis::ZERO) } else { age };
        Self { wall: now.wall.plus(Millis::ZERO.minus(believed)), mono: now.mono.plus(Millis::ZERO.minus(believed)) }
    }

    /// Places its age on the monotonic clock, which may have stood still while the machine slept.
    #[must_use]
    pub fn caught_up(self, now: Now) -> Self {
        Self { mono: now.mono.plus(Millis::ZERO.minus(self.age(now))), ..self }
    }

    /// The age: what the clock says that says more. A wall clock set back is outvoted by the other.
    #[must_use]
    pub fn age(self, now: Now) -> Millis {
        now.wall.since(self.wall).max(now.mono.since(self.mono)).max(Millis::ZERO)
    }
}

/// How long before expiry to refresh: what is configured, at most 20 % of the lifetime, less up to a fifth of that so
/// that tabs spread out. `chance` is 0 to 999.
#[must_use]
pub fn margin(lifetime: Millis, configured: Millis, chance: u32) -> Millis {
    let margin = configured.min(lifetime.percent(20));
    let spread = i64::from(chance % 1000).saturating_mul(20) / 1000;
    margin.minus(margin.percent(spread))
}

/// No background refresh follows the one before more closely, however short a lifetime the server gives.
pub const SOONEST: Millis = Millis(1_000);

/// What must be left of a token that is handed out: a tenth of its lifetime, at most ten seconds.
#[must_use]
pub fn leeway(lifetime: Millis) -> Millis {
    lifetime.percent(10).min(Millis(10_000))
}

/// Tries that follow one another closely, before the long waits begin.
pub const LADDER: u32 = 3;

/// No wait is longer, whoever asks for it.
pub const LONGEST_WAIT: Millis = Millis(3_600_000);

/// How long to wait after the `attempt`th failure in a row (1 is the first). `chance` is 0 to 999.
///
/// 250-750 ms, 1-2 s, 3-5 s; then one to two minutes while somebody waits or looks, and else up to twice as
/// long each time, to 16 minutes. So nobody sends more than four times in half a minute, and clients that come back
/// together are spread over two minutes. A wait the server asked for is kept, up to an hour, and spread a little.
#[must_use]
pub fn backoff(attempt: u32, watched: bool, asked: Option<Millis>, chance: u32) -> Millis {
    let between =
        |least: i64, most: i64| Millis(least + (most - least).saturating_mul(i64::from(chance % 1000)) / 1000);
    let own = match attempt {
        0 | 1 => between(250, 750),
        2 => between(1_000, 2_000),
        LADDER => between(3_000, 5_000),
        later => {
            let doubled = 120_000_i64.saturating_mul(1 << (later - LADDER - 1).min(10));
            between(60_000, doubled.min(if watched { 120_000 } else { 960_000 }))
        }
    };
    asked.map_or(own, |asked| asked.min(LONGEST_WAIT).plus(between(0, 1_000)).max(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(wall: i64, mono: i64) -> Now {
        Now { wall: UnixMillis(wall), mono: MonoMillis(mono) }
    }

    #[test]
    fn f09_the_margin_is_at_most_a_fifth_of_the_lifetime() {
        assert_eq!(margin(Millis(5_000), Millis(60_000), 0), Millis(1_000));
        assert_eq!(margin(Millis(3_600_000), Millis(60_000), 0), Millis(60_000));
        assert_eq!(margin(Millis(5_000), Millis(60_000), 500), Millis(900));
        assert!(margin(Millis(5_000), Millis(60_000), 999) > Millis(800));
    }

    #[test]
    fn f79_a_wall_clock_set_back_is_outvoted_by_the_monotonic_one() {
        let obtained = Obtained { wall: UnixMillis(1_000_000), mono: MonoMillis(0) };
        assert_eq!(obtained.age(at(0, 5_000)), Millis(5_000));
    }

    #[test]
    fn f80_a_monotonic_clock_that_stood_still_is_outvoted_by_the_wall_clock() {
        let obtained = Obtained { wall: UnixMillis(0), mono: MonoMillis(0) };
        assert_eq!(obtained.age(at(8 * 3_600_000, 10)), Millis(8 * 3_600_000));
    }

    #[test]
    fn f79_a_session_issued_in_the_future_counts_as_due() {
        let restored = Obtained::restored(UnixMillis(10_000_000), Some(Millis(60_000)), at(1_000, 500));
        assert_eq!(restored.age(at(1_000, 500)), Millis(60_000));
    }

    #[test]
    fn the_retry_ladder_climbs_as_documented() {
        for chance in [0, 500, 999] {
            assert!((250..750).contains(&backoff(1, true, None, chance).0));
            assert!((1_000..2_000).contains(&backoff(2, true, None, chance).0));
            assert!((3_000..5_000).contains(&backoff(3, true, None, chance).0));
            assert!((60_000..120_000).contains(&backoff(4, true, None, chance).0));
            assert!((60_000..120_000).contains(&backoff(60, true, None, chance).0));
            assert!((60_000..240_000).contains(&backoff(5, false, None, chance).0));
            assert!(backoff(60, false, None, chance) <= Millis(960_000));
        }
        assert!(backoff(60, false, None, 999) > Millis(900_000));
    }

    #[test]
    fn a_hidden_page_waits_up_to_twice_as_long_each_time_to_sixteen_minutes() {
        for (attempt, longest) in [(4, 120_000), (5, 240_000), (6, 480_000), (7, 960_000), (8, 960_000), (80, 960_000)]
        {
            let waits = backoff(attempt, false, None, 999).0;
            assert!((longest - 1_000..longest).contains(&waits), "{waits} ms after {attempt} failures");
        }
    }

    #[test]
    fn a_token_that_is_handed_out_has_a_tenth_left_but_ten_seconds_are_enough() {
        assert_eq!(leeway(Millis(60_000)), Millis(6_000));
        assert_eq!(leeway(Millis(3_600_000)), Millis(10_000));
    }

    #[test]
    fn f39_a_wait_the_server_asks_for_is_kept() {
        assert!(backoff(1, true, Some(Millis(30_000)), 0) >= Millis(30_000));
        assert!(backoff(1, true, Some(Millis(30_000)), 999) <= Millis(31_000));
        assert!(backoff(1, true, Some(Millis(i64::MAX)), 999) <= Millis(3_601_000));
    }

    #[test]
    fn f83_no_lifetime_overflows_the_arithmetic() {
        for lifetime in [i64::MIN, -1, 0, 1, i64::MAX] {
            let _ = (margin(Millis(lifetime), Millis(i64::MAX), 999), leeway(Millis(lifetime)));
            let _ =
                Obtained::restored(UnixMillis(lifetime), Some(Millis(lifetime)), at(i64::MIN, i64::MAX)).age(at(0, 0));
        }
        let _ = backoff(u32::MAX, false, Some(Millis(i64::MAX)), u32::MAX);
    }
}
