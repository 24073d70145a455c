//! A late answer changes nothing.

use wasm_auth_session::core::error::StorageOperation;
use wasm_auth_session::core::record::{Mark, Record, Stored};
use wasm_auth_session::core::session::{Input, NotSaved, Ticket};
use wasm_auth_session::core::sight::Sight;
use wasm_auth_session::core::transport::TransportError;

use super::states::{STATES, reach};
use super::world::{Kind, reply};

fn answers(ticket: Ticket) -> Vec<Input> {
    let tombstone = Record { mark: Mark { epoch: 1_000, generation: 1_000 }, session: None };
    vec![
        Input::LockGranted(ticket),
        Input::LockDenied(ticket),
        Input::StoreRead(ticket, Sight::unfenced(Stored::Nothing)),
        Input::StoreRead(ticket, Sight::unfenced(Stored::Record(tombstone))),
        Input::Saved(ticket, Ok(())),
        Input::Saved(ticket, Err(NotSaved::Overtaken)),
        Input::Saved(ticket, Err(NotSaved::Failed(StorageOperation::Write))),
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
        for input in old.into_iter().flat_map(answers) {
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
            let is_other = |input: &Input| kind_of(input) != kind;
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
        Input::StoreRead(..) => Kind::Read,
        Input::Saved(..) => Kind::Write,
        Input::Replied(..) => Kind::Reply,
        other => panic!("no answer: {other:?}"),
    }
}
