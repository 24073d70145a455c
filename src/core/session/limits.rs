//! Limits on a session as a whole, both off unless asked for: how long nobody may use it, and how long it may
//! last at all. Either clock may say that one is reached.

use super::Session;
use super::effect::Effect;
use super::state::Held;
use crate::core::error::SessionEndReason;
use crate::core::event::SessionEvent;
use crate::core::schedule::Obtained;
use crate::core::units::{Millis, MonoMillis, Now, UnixMillis};

/// Other tabs hear of activity no more often than this part of the limit, in hundredths.
const SHARE: i64 = 5;
/// The warning before a limit: a fifth of it, at most a minute.
const LONGEST_WARNING: Millis = Millis(60_000);

/// A limit that applies.
#[derive(Clone, Copy)]
struct Limit {
    since: Obtained,
    length: Millis,
    reason: SessionEndReason,
    is_warned_of: bool,
}

impl Limit {
    fn left(&self, now: Now) -> Millis {
        self.length.minus(self.since.age(now))
    }

    fn warning(&self) -> Millis {
        self.length.percent(20).min(LONGEST_WARNING)
    }
}

impl Session {
    /// Somebody used the page. A session that was over by then stays so.
    pub(super) fn used(&mut self, now: Now, effects: &mut Vec<Effect>) {
        self.heed_limits(now, effects);
        let Some(idle) = self.options.idle_timeout.filter(|_| self.held.is_some()) else { return };
        self.active = Obtained { wall: now.wall, mono: now.mono };
        self.is_warned_of_idling = false;
        // What lies ahead was told before the clock was set back.
        if !(Millis::ZERO..idle.percent(SHARE)).contains(&now.wall.since(self.active_shared)) {
            self.active_shared = now.wall;
            effects.push(Effect::ShareActivity(now.wall));
        }
    }

    /// Another tab was used, or this one before a reload. The same may be told many times.
    pub(super) fn used_elsewhere(&mut self, at: UnixMillis, now: Now) {
        if std::mem::replace(&mut self.active_shared, at) != at && self.note_use(at, now) {
            self.is_warned_of_idling = false;
        }
    }

    /// Whether this is later than what was known: by its age, because the clock may have been set back since.
    fn note_use(&mut self, at: UnixMillis, now: Now) -> bool {
        let heard = Obtained::restored(at, None, now);
        let is_later = heard.age(now) < self.active.age(now);
        if is_later {
            self.active = heard;
        }
        is_later
    }

    /// A login, or a session from the store, begins to count.
    pub(super) fn begin_limits(&mut self, last_used: UnixMillis, now: Now) {
        (self.is_warned_of_idling, self.is_warned_of_end) = (false, false);
        self.note_use(last_used, now);
    }

    fn limits(&self, held: &Held) -> [Option<Limit>; 2] {
        let limit = |length: Option<Millis>, since, reason, is_warned_of| {
            length.map(|length| Limit { since, length, reason, is_warned_of })
        };
        [
            limit(self.options.idle_timeout, self.active, SessionEndReason::Idle, self.is_warned_of_idling),
            limit(self.options.absolute_timeout, held.started, SessionEndReason::Expired, self.is_warned_of_end),
        ]
    }

    /// When the first limit is reached, by both clocks.
    pub(super) fn limit_ends(&self, held: &Held) -> Option<(MonoMillis, UnixMillis)> {
        let ends = |limit: Limit| (limit.since.mono.plus(limit.length), limit.since.wall.plus(limit.length));
        self.limits(held).into_iter().flatten().map(ends).reduce(|one, other| (one.0.min(other.0), one.1.min(other.1)))
    }

    /// When a limit is next to be looked at.
    pub(super) fn limit_deadline(&self, held: &Held) -> Option<MonoMillis> {
        let when = |limit: Limit| {
            let early = if limit.is_warned_of { Millis::ZERO } else { limit.warning() };
            limit.since.mono.plus(limit.length.minus(early))
        };
        self.limits(held).into_iter().flatten().map(when).min()
    }

    /// Warns of a limit, and ends what has reached one: at the server too, because it would live on there.
    pub(super) fn heed_limits(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(held) = &self.held else { return };
        let limits = self.limits(held);
        let first = limits.into_iter().flatten().min_by_key(|limit| limit.left(now));
        if let Some(limit) = first.filter(|limit| limit.left(now) <= Millis::ZERO) {
            return self.end_and_tell(limit.reason, now, effects);
        }
        for limit in limits.into_iter().flatten() {
            let left = limit.left(now);
            if left <= limit.warning() && !limit.is_warned_of {
                effects.push(Effect::Emit(SessionEvent::Expiring { expires_at: now.wall.plus(left) }));
                if limit.reason == SessionEndReason::Idle {
                    self.is_warned_of_idling = true;
                } else {
                    self.is_warned_of_end = true;
                }
            }
        }
    }
}
