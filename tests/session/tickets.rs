//! A late answer changes nothing.

use wasm_auth_session::core::error::StorageOperation;
use wasm_auth_session::core::record::{Mark, Record, Stored};
use wasm_auth_session::core::session::{Input, Ticket};
use wasm_auth_session::core::transport::TransportError;

use super::pairs::{STATES, reach};
use super::world::{Kind, reply};

fn answers(ticket: Ticket) -> Vec<Input> {
    let tombstone = Record { mark: Mark { epoch: 1_000, generation: 1_000 }, session: None };
    vec![
        Input::LockGranted(ticket),
        Input::LockDenied(ticket),
        Input::FenceRead(ticket, 1_000),
        Input::StoreRead(ticket, Stored::Nothing),
        Input::StoreRead(ticket, Stored::Record(tombstone)),
        Input::Saved(ticket, Ok(())),
        Input::Saved(ticket, Err(StorageOperation::Write)),
        Input::FenceWritten(ticket),
        Input::Replied(ticket, Ok(reply(200, serde_json::json!({ "access_token": "late", "expires_in": 60 })))),
        Input::Replied(ticket, Err(TransportError::Failed)),
    ]
}

#[test]
fn an_old_ticket_changes_nothing_in_any_state() {
    for state in STATES {
        let mut world = reach(state);
        let pending: Vec<Ticket> = world.kept.iter().map(|kept| kept.ticket).collect();
        let mut old: Vec<Ticket> = world.tickets.iter().copied().filter(|ticket| !pending.contains(ticket)).collect();
        old.push(Ticket(u64::MAX));
        // A disposed session lets go of a lock that comes late.
        let changes_nothing = |input: &Input| state.name != "disposed" || !matches!(input, Input::LockGranted(_));
        for input in old.into_iter().flat_map(answers).filter(changes_nothing) {
            let now = world.now;
            let name = format!("{} {input:?}", state.name);
            let session = &mut world.tabs[0].session;
            let before = (session.snapshot(), session.token(), session.deadline());
            let effects = session.handle(now, input);
            assert!(effects.is_empty(), "{name}: {effects:?}");
            assert!((session.snapshot(), session.token(), session.deadline()) == before, "{name}");
        }
    }
}

#[test]
fn an_answer_of_another_kind_changes_nothing_in_any_state() {
    for state in STATES {
        let mut world = reach(state);
        let pending: Vec<_> = world.kept.iter().map(|kept| (kept.ticket, kept.kind)).collect();
        for (ticket, kind) in pending {
            // A look at the store has one ticket at a time, whichever of its two answers that is for.
            let is_look = |kind: Kind| matches!(kind, Kind::Fence | Kind::Read);
            let is_other = |input: &Input| kind_of(input) != kind && !(is_look(kind_of(input)) && is_look(kind));
            for input in answers(ticket).into_iter().filter(is_other) {
                let now = world.now;
                let name = format!("{} {input:?}", state.name);
                let session = &mut world.tabs[0].session;
                let before = (session.snapshot(), session.token(), session.deadline());
                let effects = session.handle(now, input);
                assert!(effects.is_empty(), "{name}: {effects:?}");
                assert!((session.snapshot(), session.token(), session.deadline()) == before, "{name}");
            }
        }
    }
}

fn kind_of(input: &Input) -> Kind {
    match input {
        Input::LockGranted(_) | Input::LockDenied(_) => Kind::Lock,
        Input::FenceRead(..) => Kind::Fence,
        Input::StoreRead(..) => Kind::Read,
        Input::Saved(..) => Kind::Write,
        Input::FenceWritten(_) => Kind::Seal,
        Input::Replied(..) => Kind::Reply,
        other => panic!("no answer: {other:?}"),
    }
}
