//! What a tab sees of the store. What comes in: what Web Storage shows, which may be old, and the fence beside
//! it, which never is; what goes out: the record that counts.
//!
//! A Web Lock does not make localStorage fresh: the write and the release of the lock reach another process by
//! different ways. The fence is an entry in IndexedDB, where check and write are one transaction.

use super::guard::guard;
use super::record::{Mark, Record, Stored};

/// A record that this tab keeps to itself: it counts, whatever tabs share.
#[derive(Clone, PartialEq, Debug)]
pub struct Own {
    /// The record.
    pub record: Stored,
    /// The mark of the last write of it, if a fence knows; a copy of the tab may have written since.
    pub mark: Option<Mark>,
}

/// What the fence holds for a session.
#[derive(Clone, PartialEq, Debug)]
pub enum Fenced {
    /// There is no fence here.
    Missing,
    /// Nothing was ever committed.
    Empty,
    /// The record belongs to one tab: only its mark is kept here.
    Bare(Mark),
    /// A copy of the record.
    Whole {
        /// The copy.
        copy: Stored,
        /// Whether it stands here only.
        alone: bool,
    },
}

/// Store and fence, seen together.
#[derive(Clone, PartialEq, Debug)]
pub struct Sight {
    /// What the store shows.
    pub shown: Stored,
    /// What the fence holds.
    pub fenced: Fenced,
    /// What is this tab's alone.
    pub own: Option<Own>,
    /// The epoch before which what was this tab's alone is over.
    pub own_buried: u64,
}

/// What a write takes the place of: if there is something else by then, it must not be written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Over {
    /// What the fence held: the first mark for nothing, `None` where that cannot be told. Then whatever is not older
    /// than the record stands in its way.
    pub mark: Option<Mark>,
    /// Whether the store showed something, which somebody may have emptied since.
    pub is_shown: bool,
}

impl Sight {
    /// What a write after this takes the place of.
    #[must_use]
    pub fn over(&self) -> Over {
        let mark = match &self.fenced {
            Fenced::Empty => Some(Mark::default()),
            Fenced::Bare(mark) => Some(*mark),
            Fenced::Whole { copy: Stored::Record(record), .. } => Some(record.mark),
            Fenced::Missing | Fenced::Whole { .. } => None,
        };
        Over { mark, is_shown: self.own.is_some() || self.shown != Stored::Nothing }
    }

    /// The mark that the fence holds for the record that counts.
    #[must_use]
    pub fn fenced_mark(&self) -> Mark {
        self.own.as_ref().map_or(self.over().mark, |own| own.mark).unwrap_or_default()
    }

    /// Where there is no fence, what the store shows is all there is.
    #[must_use]
    pub fn unfenced(shown: Stored) -> Self {
        Self { shown, fenced: Fenced::Missing, own: None, own_buried: 0 }
    }

    /// The record that counts: this tab's own, or the newer of the two.
    #[must_use]
    pub fn freshest(self) -> Stored {
        if let Some(Own { record, mark: fenced }) = self.own {
            let is_behind = matches!(&record, Stored::Record(Record { mark, .. }) if Some(*mark) < fenced);
            return if is_behind { Stored::Outdated } else { record };
        }
        if !guard!(FreshestWins) {
            return self.shown;
        }
        match (self.shown, self.fenced) {
            // A newer version's record is left alone, whichever place holds it.
            (Stored::Newer, _) | (_, Fenced::Whole { copy: Stored::Newer, .. }) => Stored::Newer,
            (shown, Fenced::Missing | Fenced::Empty) => shown,
            (Stored::Record(shown), Fenced::Bare(mark)) if shown.mark < mark => Stored::Outdated,
            (shown, Fenced::Bare(_)) => shown,
            (Stored::Record(shown), Fenced::Whole { copy: Stored::Record(copy), .. }) => {
                Stored::Record(if shown.mark < copy.mark { copy } else { shown })
            }
            // Emptied: what stands in both is taken out of the one that people and other code can reach.
            (
                Stored::Nothing,
                Fenced::Whole { copy: Stored::Record(Record { session: Some(_), .. }), alone: false },
            ) => Stored::Nothing,
            (Stored::Nothing | Stored::Corrupt | Stored::Outdated, Fenced::Whole { copy, .. }) => copy,
            (shown, Fenced::Whole { .. }) => shown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(epoch: u64, generation: u64) -> Stored {
        Stored::Record(Record { mark: Mark { epoch, generation }, session: None })
    }

    fn beside(copy: Stored) -> Fenced {
        Fenced::Whole { copy, alone: false }
    }

    fn sight(shown: Stored, fenced: Fenced) -> Sight {
        Sight { fenced, ..Sight::unfenced(shown) }
    }

    #[test]
    fn f73_a_tabs_own_record_counts_until_a_copy_of_the_tab_has_written() {
        let seen = |generation| {
            let own = Own { record: record(1, 4), mark: Some(Mark { epoch: 1, generation }) };
            Sight { own: Some(own), ..sight(record(2, 1), beside(record(2, 1))) }
        };
        assert_eq!(seen(4).freshest(), record(1, 4));
        assert_eq!(seen(5).freshest(), Stored::Outdated);
        assert_eq!(seen(5).over().mark, Some(Mark { epoch: 2, generation: 1 }), "what a login for all tabs replaces");
    }

    #[test]
    fn f55_the_newer_of_store_and_fence_counts() {
        let seen = |shown, fenced| sight(shown, fenced).freshest();
        assert_eq!(seen(record(1, 4), beside(record(1, 5))), record(1, 5));
        assert_eq!(seen(record(1, 5), beside(record(1, 4))), record(1, 5));
        assert_eq!(seen(record(1, 9), beside(record(2, 3))), record(2, 3));
        assert_eq!(seen(record(1, 4), Fenced::Bare(Mark { epoch: 1, generation: 5 })), Stored::Outdated);
        assert_eq!(seen(record(1, 4), Fenced::Missing), record(1, 4));
        assert_eq!(seen(record(1, 5), Fenced::Bare(Mark { epoch: 1, generation: 5 })), record(1, 5));
        assert_eq!(seen(record(1, 4), beside(Stored::Corrupt)), record(1, 4));
    }

    #[test]
    fn f96_what_is_unreadable_in_the_store_is_taken_from_the_fence() {
        assert_eq!(sight(Stored::Corrupt, beside(record(1, 5))).freshest(), record(1, 5));
    }

    #[test]
    fn f106_a_record_of_a_newer_version_is_left_alone_in_either_place() {
        assert_eq!(sight(Stored::Newer, beside(record(1, 5))).freshest(), Stored::Newer);
        assert_eq!(sight(record(1, 9), beside(Stored::Newer)).freshest(), Stored::Newer);
    }
}
