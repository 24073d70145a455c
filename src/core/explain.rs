//! What happened, and when: the last steps of one tab, for people who ask "why was I logged out?". What comes in:
//! every input and effect of the machine; what goes out: names, codes and instants, never a text of server or caller.

use super::error::ErrorCode;
use super::session::{Effect, Input, NotSaved};
use super::transport::TransportError;
use super::tree::{Tree, map};
use super::units::{Now, UnixMillis};

/// How many steps are kept.
const KEPT: usize = 64;

/// One step.
#[derive(Clone, Debug)]
struct Step {
    at: UnixMillis,
    what: &'static str,
    detail: Detail,
}

/// What else is known of a step.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Detail {
    None,
    /// A name from one of the closed lists.
    Name(&'static str),
    /// An HTTP status.
    Status(u16),
}

/// The last steps, the oldest first.
#[derive(Clone, Debug, Default)]
pub struct Trace(Vec<Step>);

impl Trace {
    /// Notes what happened, if it tells something.
    pub fn note_input(&mut self, now: Now, input: &Input) {
        let (what, detail) = match input {
            Input::Login { .. } => ("login", Detail::None),
            Input::Adopt { .. } => ("adopt", Detail::None),
            Input::Logout(_) => ("logout", Detail::None),
            Input::RefreshWanted(_) => ("refresh", Detail::None),
            Input::Dispose => ("dispose", Detail::None),
            Input::CameOnline => ("online", Detail::None),
            Input::LockGranted(_) => ("lock_granted", Detail::None),
            Input::LockDenied(_) => ("lock_denied", Detail::None),
            Input::Saved(_, Ok(())) => ("saved", Detail::None),
            Input::Saved(_, Err(NotSaved::Overtaken)) => ("overtaken", Detail::None),
            Input::Saved(_, Err(NotSaved::Failed(operation))) => ("not_saved", Detail::Name(operation.name())),
            Input::Replied(_, Ok(response)) => ("reply", Detail::Status(response.status)),
            Input::Replied(_, Err(error)) => ("no_reply", Detail::Name(cause(*error))),
            Input::Restore(_)
            | Input::TokenWanted(..)
            | Input::Abandoned(_)
            | Input::Active
            | Input::ActiveElsewhere(_)
            | Input::ClockTicked { .. }
            | Input::StorageFellBack(..)
            | Input::StoreHinted
            | Input::StoreRead(..) => return,
        };
        self.push(now, what, detail);
    }

    /// Notes what was asked for, if it tells something.
    pub fn note_effect(&mut self, now: Now, effect: &Effect) {
        let (what, detail) = match effect {
            Effect::AcquireLock(_) => ("lock_wanted", Detail::None),
            Effect::Send(_, request) => ("sent", Detail::Name(request.phase.name())),
            Effect::CancelSend(_) => ("withdrawn", Detail::None),
            Effect::WriteStore(_, record, ..) => match &record.session {
                None => ("write", Detail::Name("tombstone")),
                Some(session) if session.marker => ("write", Detail::Name("marker")),
                Some(_) => ("write", Detail::Name("session")),
            },
            Effect::Bury(..) => ("cleared", Detail::None),
            Effect::Emit(event) => (event.name(), event.told().map_or(Detail::None, Detail::Name)),
            Effect::Answer(_, Err(error)) if error.code() != ErrorCode::SessionEnded => {
                ("refused", Detail::Name(error.code().row().name))
            }
            Effect::ReleaseLock
            | Effect::ReadStore(_)
            | Effect::HintPeers
            | Effect::ShareActivity(_)
            | Effect::Answer(..) => return,
        };
        self.push(now, what, detail);
    }

    fn push(&mut self, now: Now, what: &'static str, detail: Detail) {
        if self.0.len() >= KEPT {
            self.0.remove(0);
        }
        self.0.push(Step { at: now.wall, what, detail });
    }

    /// As JavaScript sees it.
    #[must_use]
    pub fn to_tree(&self) -> Tree {
        let step = |step: &Step| {
            let mut tree = map! { "atMs": Tree::integer(step.at.0), "what": Tree::text(step.what) };
            match step.detail {
                Detail::None => {}
                Detail::Name(name) => tree.set_text("detail", name),
                Detail::Status(status) => tree.set("status", Tree::integer(i64::from(status))),
            }
            tree
        };
        Tree::List(self.0.iter().map(step).collect())
    }
}

fn cause(error: TransportError) -> &'static str {
    match error {
        TransportError::Offline => "offline",
        TransportError::Failed | TransportError::NoResponse => "unreachable",
        TransportError::TimedOut => "timeout",
        TransportError::Cancelled => "withdrawn",
        TransportError::TooLarge(_) => "too_large",
    }
}
