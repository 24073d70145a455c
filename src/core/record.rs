//! Stage five: what is stored. What comes in: a token set, or text from the store, which anybody in the
//! page may have written; what goes out: a whole record or none. It holds no URL: where to send a
//! token is never read from storage.

use super::error::ErrorCode;
use super::token_set::TokenSet;
use super::tree::{Tree, map};
use super::units::{Millis, UnixMillis};

/// The format written. A record of a higher version is left alone.
pub const VERSION: i64 = 1;

/// Orders everything that is ever stored under one key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Mark {
    /// Grows with every login and logout: what belongs to an older epoch is over.
    pub epoch: u64,
    /// Grows with every write.
    pub generation: u64,
}

impl Mark {
    /// The mark of the next write.
    #[must_use]
    pub fn next(self) -> Self {
        Self { generation: self.generation.saturating_add(1), ..self }
    }

    /// The mark of a login or logout: nothing of the session before can follow it. Epochs follow the clock, in milliseconds,
    /// so that one made after the store was emptied still comes after those that other tabs remember.
    #[must_use]
    pub fn next_epoch(self, at: UnixMillis) -> Self {
        let clock = u64::try_from(at.0).unwrap_or_default();
        Self { epoch: self.epoch.saturating_add(1).max(clock), generation: self.generation.saturating_add(1) }
    }

    /// The least mark that is not before either.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        self.max(other)
    }
}

/// What is stored under the session's key.
#[derive(Clone, PartialEq, Debug)]
pub struct Record {
    /// Where it stands in the order of writes.
    pub mark: Mark,
    /// The session in it; `None` after a logout, when only the mark is left to keep late writes out.
    pub session: Option<StoredSession>,
}

/// A session at rest.
#[derive(Clone, PartialEq, Debug)]
pub struct StoredSession {
    /// Names this login, and no other.
    pub sid: String,
    /// Set before these tokens are spent on a refresh, and taken off by its answer: an answer may have been
    /// lost if it is still there later.
    pub marker: bool,
    /// Beyond the tab's life.
    pub remember: bool,
    /// When the tokens were asked for.
    pub issued_at: UnixMillis,
    /// When the user logged in.
    pub started_at: UnixMillis,
    /// Failures to renew since the last success, in whichever tab.
    pub wait: Option<Wait>,
    /// What was granted.
    pub tokens: TokenSet,
}

/// A wait that holds for every tab.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wait {
    /// Failures in a row.
    pub attempts: u32,
    /// No try before this.
    pub until: UnixMillis,
    /// Whether the server asked for it.
    pub asked: bool,
    /// What went wrong last.
    pub code: ErrorCode,
}

/// What the store turned out to hold.
#[derive(Clone, PartialEq, Debug)]
pub enum Stored {
    /// Nothing.
    Nothing,
    /// A record.
    Record(Record),
    /// Something that is no record.
    Corrupt,
    /// A record of a later version.
    Newer,
    /// A record that has been overtaken by one that cannot be had from here.
    Outdated,
}

impl Record {
    /// For the store. In cookie mode the tokens stay out.
    #[must_use]
    pub fn to_tree(&self, with_tokens: bool) -> Tree {
        let mut tree = map! {
            "version": Tree::integer(VERSION),
            "epoch": Tree::integer(self.mark.epoch as i64),
            "generation": Tree::integer(self.mark.generation as i64),
        };
        if let Some(session) = &self.session {
            tree.set("sid", Tree::text(session.sid.as_str()));
            tree.set("marker", Tree::Bool(session.marker));
            tree.set("remember", Tree::Bool(session.remember));
            tree.set("issued_at", Tree::integer(session.issued_at.0));
            tree.set("started_at", Tree::integer(session.started_at.0));
            if let Some(wait) = &session.wait {
                tree.set("wait", wait.to_tree());
            }
            tree.set("lifetime", session.tokens.lifetime.map_or(Tree::Null, |lifetime| Tree::integer(lifetime.0)));
            tree.set("token_set", session.tokens.to_tree(with_tokens));
        }
        tree
    }

    /// From the store. `cookie_mode` allows a session without access token.
    #[must_use]
    pub fn from_tree(tree: &Tree, cookie_mode: bool) -> Stored {
        let whole = |name: &str| whole(tree, name);
        match whole("version") {
            Some(VERSION) => {}
            Some(version) if version > VERSION => return Stored::Newer,
            Some(_) | None => return Stored::Corrupt,
        }
        let (Some(epoch), Some(generation)) = (whole("epoch"), whole("generation")) else { return Stored::Corrupt };
        let mark = Mark { epoch: epoch as u64, generation: generation as u64 };
        let Some(token_set) = tree.get("token_set") else { return Stored::Record(Self { mark, session: None }) };

        let lifetime = whole("lifetime").filter(|lifetime| *lifetime > 0).map(Millis);
        let tokens = TokenSet::from_tree(token_set, lifetime);
        let sid = tree.get("sid").and_then(Tree::as_text).filter(|sid| !sid.is_empty() && sid.len() <= 64);
        match (sid, whole("issued_at")) {
            (Some(sid), Some(issued_at)) if cookie_mode || tokens.access_token.is_some() => Stored::Record(Self {
                mark,
                session: Some(StoredSession {
                    sid: sid.to_owned(),
                    marker: tree.get("marker").and_then(Tree::as_bool).unwrap_or(false),
                    remember: tree.get("remember").and_then(Tree::as_bool).unwrap_or(true),
                    issued_at: UnixMillis(issued_at),
                    started_at: UnixMillis(whole("started_at").unwrap_or(issued_at)),
                    wait: tree.get("wait").and_then(Wait::from_tree),
                    tokens,
                }),
            }),
            (_, _) => Stored::Corrupt,
        }
    }
}

impl Wait {
    fn to_tree(self) -> Tree {
        map! {
            "attempts": Tree::integer(i64::from(self.attempts)),
            "until": Tree::integer(self.until.0),
            "asked": Tree::Bool(self.asked),
            "code": Tree::text(self.code.row().name),
        }
    }

    fn from_tree(tree: &Tree) -> Option<Self> {
        Some(Self {
            attempts: u32::try_from(whole(tree, "attempts")?).ok()?,
            until: UnixMillis(whole(tree, "until")?),
            asked: tree.get("asked")?.as_bool()?,
            code: ErrorCode::from_name(tree.get("code")?.as_text()?)?,
        })
    }
}

/// A whole number from 0 to 2^53 - 1.
fn whole(tree: &Tree, name: &str) -> Option<i64> {
    let number = tree.get(name)?.as_number()?;
    let fits = (0.0..=9_007_199_254_740_991.0).contains(&number) && number == (number as i64) as f64;
    fits.then_some(number as i64)
}
