//! A trace in sentences.

use std::fmt::Write as _;

use wasm_auth_session::core::session::Place;

use super::act::Act;
use super::op::{Kind, Name, What, Wrote};
use super::wire::Said;
use super::world::World;

/// Lets these acts happen, and tells of each. With `MODEL_NOTES` set, what went in and out of the machines too.
pub fn tell(world: &mut World, acts: &[Act]) -> String {
    if std::env::var_os("MODEL_NOTES").is_some() {
        world.ledger.notes = Some(String::new());
    }
    let mut story = String::new();
    let mut number = 0;
    for act in acts {
        let before = world.clone();
        if !world.apply(*act) {
            continue;
        }
        number += 1;
        let _ = writeln!(story, "{number:>4}. {}", sentence(&before, world, *act));
        if let Some(notes) = world.ledger.notes.replace(String::new()) {
            story.push_str(&notes);
        }
        if world.ledger.notes.as_ref().is_some_and(String::is_empty) && std::env::var_os("MODEL_NOTES").is_none() {
            world.ledger.notes = None;
        }
    }
    story
}

fn sentence(before: &World, after: &World, act: Act) -> String {
    let tab = |which: u8| format!("tab {}", which + 1);
    match act {
        Act::Ask(which) => format!("a caller in {} wants a token", tab(which)),
        Act::Force(which) => format!("a caller in {} wants new tokens", tab(which)),
        Act::LoginHere(which) => format!("a user logs in in {}, for this tab only", tab(which)),
        Act::Copy(which, from) => format!("{} is opened as a copy of {}", tab(which), tab(from)),
        Act::Logout(which) => format!("the user logs out in {}", tab(which)),
        Act::Login(which) => format!("a user logs in in {}", tab(which)),
        Act::Dispose(which) => format!("the page of {} disposes of the session", tab(which)),
        Act::Tick(which) => format!("the alarm of {} goes off", tab(which)),
        Act::Show(which, true) => format!("{} comes to the front", tab(which)),
        Act::Show(which, false) => format!("{} goes to the back", tab(which)),
        Act::Hint(which) => format!("{} is hinted at the store", tab(which)),
        Act::Hush(which) => format!("a hint to {} is lost", tab(which)),
        Act::Early(name) => format!("what {} reads is settled, and on its way", tab(name.tab)),
        Act::Stale(Name { kind: Kind::Write, tab: which, .. }) => {
            format!("{} writes, checked against the mirror as it was", tab(which))
        }
        Act::Stale(name) => format!("{} reads, and is shown the mirror as it was", tab(name.tab)),
        Act::Full(name) => format!("{} writes {}, and the mirror has no room", tab(name.tab), written(before, name)),
        Act::NoRoom(name) => format!("{} writes {}, and no place takes it", tab(name.tab), written(before, name)),
        Act::Lose(name) => match said(before, name) {
            Some(said) => format!("the reply to {} is lost: {}", tab(name.tab), spoken(said)),
            None => format!("the request of {} is lost on its way", tab(name.tab)),
        },
        Act::Fail(name, status, later) => {
            let later = later.map_or(String::new(), |seconds| format!(", come again in {seconds} s"));
            format!("the server answers {} with {status}{later}", tab(name.tab))
        }
        Act::TimeOut(name) => format!("{} has waited for its request long enough", tab(name.tab)),
        Act::Deny(which) => format!("{} has waited for the lock long enough", tab(which)),
        Act::Crash(which) => format!("{} crashes", tab(which)),
        Act::Reopen(which, true) => format!("{} is opened again", tab(which)),
        Act::Reopen(which, false) => format!("{} is opened again and does not look yet", tab(which)),
        Act::Freeze(which) => format!("{} freezes", tab(which)),
        Act::Thaw(which) => format!("{} thaws", tab(which)),
        Act::Clear(false) => "somebody empties localStorage".to_owned(),
        Act::Clear(true) => "somebody empties all storage".to_owned(),
        Act::Jump(by) => format!("the wall clock jumps by {} s", by / 1_000),
        Act::Sleep(by, stands) => {
            let clock = if stands { ", and the monotonic clock stands" } else { "" };
            format!("the machine sleeps for {} s{clock}", by / 1_000)
        }
        Act::Pass(by) => format!("{} s pass", by as f64 / 1_000.0),
        Act::Step(name) => stepped(before, after, name),
    }
}

fn stepped(before: &World, after: &World, name: Name) -> String {
    let tab = format!("tab {}", name.tab + 1);
    let Some(at) = before.at(name) else { return String::new() };
    match &before.ops[at].what {
        What::Grant(_) => format!("{tab} is granted the lock"),
        What::Read(..) => format!("{tab} reads the store"),
        What::Write(_, _, _, None) => {
            let took = match after.ops.iter().rev().find(|op| op.tab == usize::from(name.tab)).map(|op| &op.what) {
                Some(What::Write(_, _, _, Some(Wrote::Overtaken))) => "refuses",
                _ => "takes",
            };
            format!("the fence {took} what {tab} writes: {}", written(before, name))
        }
        What::Write(..) => format!("the mirror follows what {tab} wrote, and the tab hears of it"),
        What::Bury(mark, Place::Asked, _) => {
            format!("the fence buries what is older than epoch {} for {tab}", mark.epoch)
        }
        What::Bury(_, Place::Tab, _) => format!("the fence buries what is of {tab} alone"),
        What::Flight(flight) if flight.withdrawn => format!("{tab} hears that its request is withdrawn"),
        What::Flight(flight) => match (flight.said, flight.ticket) {
            (Some(said), _) => format!("{tab} hears the server: {}", spoken(said)),
            (None, ticket) => {
                let whose = if ticket.is_some() { "the request" } else { "a request given up" };
                format!("the server takes {whose} of {tab} ({})", request(name.kind, flight.token))
            }
        },
    }
}

fn request(kind: Kind, token: Option<super::wire::Token>) -> String {
    let token =
        token.map_or(String::new(), |token| format!(" with token {} of login {}", token.step, token.family + 1));
    let what = match kind {
        Kind::Login => "login",
        Kind::Revoke => "hand back",
        Kind::Refresh | Kind::Grant | Kind::Read | Kind::Write | Kind::Bury => "refresh",
    };
    format!("{what}{token}")
}

fn written(world: &World, name: Name) -> String {
    match world.at(name).map(|at| &world.ops[at].what) {
        Some(What::Write(_, copy, ..)) => {
            let mark = copy.mark();
            let place = format!("epoch {}, generation {}", mark.epoch, mark.generation);
            match (copy.token, &copy.record.session) {
                (Some(token), Some(session)) => {
                    let marked = if session.marker { ", marked" } else { "" };
                    format!("token {} of login {}{marked}, {place}", token.step, token.family + 1)
                }
                (_, _) => format!("a tombstone, {place}"),
            }
        }
        _ => String::new(),
    }
}

fn said(world: &World, name: Name) -> Option<Said> {
    world.ops[world.at(name)?].flight()?.said
}

fn spoken(said: Said) -> String {
    match said {
        Said::Granted(token, _) | Said::Kept(token, _) => {
            format!("token {} of login {} is granted", token.step, token.family + 1)
        }
        Said::Refused => "invalid_grant".to_owned(),
        Said::Failed(status, _) => status.to_string(),
        Said::Done => "done".to_owned(),
    }
}
