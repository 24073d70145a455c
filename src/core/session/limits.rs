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
        self.is_warned_of_limit = false;
        if now.wall.since(self.active_shared) >= idle.percent(SHARE) {
            self.active_shared = now.wall;
            effects.push(Effect::ShareActivity(now.wall));
        }
    }

    /// Another tab was used, or this one before a reload.
    pub(super) fn used_elsewhere(&mut self, at: UnixMillis, now: Now) {
        let at = UnixMillis(at.0.min(now.wall.0));
        if at > self.active.wall {
            self.active = Obtained::restored(at, None, now);
            self.is_warned_of_limit = false;
        }
    }

    /// A login, or a session from the store, begins to count.
    pub(super) fn begin_limits(&mut self, last_used: UnixMillis, now: Now) {
        self.is_warned_of_limit = false;
        if last_used > self.active.wall {
            self.active = Obtained::restored(last_used, None, now);
        }
    }

    fn limits(&self, held: &Held) -> impl Iterator<Item = Limit> {
        let since = self.active;
        let idle = self.options.idle_timeout.map(|length| Limit { since, length, reason: SessionEndReason::Idle });
        let since = held.started;
        let absolute =
            self.options.absolute_timeout.map(|length| Limit { since, length, reason: SessionEndReason::Expired });
        idle.into_iter().chain(absolute)
    }

    /// When a limit is next to be looked at.
    pub(super) fn limit_deadline(&self, held: &Held) -> Option<MonoMillis> {
        let warned = self.is_warned_of_limit;
        let when = |limit: Limit| {
            let early = if warned { Millis::ZERO } else { limit.warning() };
            limit.since.mono.plus(limit.length.minus(early))
        };
        self.limits(held).map(when).min()
    }

    /// Warns of a limit, and ends what has reached one: at the server too, because it would live on there.
    pub(super) fn heed_limits(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(held) = &self.held else { return };
        let Some(limit) = self.limits(held).min_by_key(|limit| limit.left(now)) else { return };
        let left = limit.left(now);
        if left <= Millis::ZERO {
            self.end_and_tell(limit.reason, now, effects);
        } else if left <= limit.warning() && !self.is_warned_of_limit {
            self.is_warned_of_limit = true;
            effects.push(Effect::Emit(SessionEvent::Expiring { expires_at: now.wall.plus(left) }));
        }
    }
}
