//! Every state with every input, and with every two inputs: what must hold whatever happens.

use wasm_auth_session::core::error::{AuthError, StorageOperation};
use wasm_auth_session::core::event::StorageKind;
use wasm_auth_session::core::record::Mark;
use wasm_auth_session::core::session::{Answer, Input};
use wasm_auth_session::core::snapshot::Status;
use wasm_auth_session::core::units::Millis;

use super::states::{At, Begin, Happens, INPUTS, STATES, Start, adopt, give, reach};
use super::world::{Kind, World};

/// Once the tab has looked, what it holds is what is kept for it.
fn assert_agrees(world: &mut World, name: &str) {
    if !world.tabs[0].disposed {
        world.restore(0);
        world.release();
    }
    // What a storage that fell back to memory shows says nothing of a session in hand.
    let is_in_memory = name.contains("FellBack") && name.contains("Cleared");
    // A logout that waits for the store is of the time when that has been read.
    let is_of_then = name.contains("a logout waits") && name.contains("OtherTabLoggedIn");
    let disagreement = world.disagreement(0).filter(|_| !is_in_memory && !is_of_then);
    assert_eq!(disagreement, None, "{name}: what is held, and what is kept");
}

/// Lets everything come to its end, and looks whether what must hold does.
fn assert_sound(mut world: World, logged_out_at: Option<usize>, name: &str) {
    world.release();
    assert_agrees(&mut world, name);
    // Nobody calls but at the deadlines that are named.
    world.advance(60_000);
    world.release();
    assert_agrees(&mut world, name);

    for waiter in &world.waiters {
        let told = world.answers.get(waiter).map_or(0, Vec::len);
        assert_eq!(told, 1, "{name}: {waiter:?} was told {told} times");
    }
    assert!(world.lock_is_free(), "{name}: the lock is kept");
    for tab in &world.tabs {
        assert_eq!(tab.acquired, tab.released, "{name}: lock");
        let (snapshot, token) = (tab.session.snapshot(), tab.session.token());
        assert!(snapshot.status == Status::Active || token.is_none(), "{name}: a token without a session");
        assert_eq!(snapshot.activity, None, "{name}: it does not come to rest");
    }
    // Where the record of another tab's refresh was spoilt, nothing tells that this tab's token is spent.
    let is_spoilt = name.contains("OtherTabRenewed") && (name.contains("Corrupt") || name.contains("Newer"));
    // Nor where the tab that renewed was disposed of between the server's answer and the store.
    let is_lost = name.starts_with("rereading to keep") && name.contains("Dispose");
    assert!(world.server.reused.is_empty() || is_spoilt || is_lost, "{name}: {:?} sent twice", world.server.reused);
    if let Some(events) = logged_out_at {
        assert_eq!(world.tabs[0].session.token(), None, "{name}: a token after the logout");
        assert_ne!(world.status(0), Status::Active, "{name}: signed in after the logout");
        assert!(!world.stored_session(), "{name}: a session is stored after the logout");
        assert!(
            world.own(0).is_none_or(|own| own["token_set"].is_null()),
            "{name}: a session is stored after the logout"
        );
        let later = &world.tabs[0].events[events..];
        assert!(
            later.iter().all(|event| event.name() != "signed_in" && event.name() != "refreshed"),
            "{name}: {later:?}"
        );
    }
}

/// After these nothing can be asked of a logout before: somebody logs in again (what was to be refused may find that
/// the refusal went to another request).
fn undoes_a_logout(state: &At, input: Happens) -> bool {
    matches!(input, Happens::Login | Happens::Adopt | Happens::OtherTabLoggedIn | Happens::OtherTabRenewed)
        || input == Happens::LoginRefused && state.start == Start::Cookie
}

fn run(state: &At, inputs: &[Happens]) {
    let mut world = reach(state);
    let name = format!("{} {inputs:?}", state.name);
    let is_logged_out = matches!(state.way.last(), Some((Begin::Logout, _)));
    let mut logged_out_at = is_logged_out.then_some(world.tabs[0].events.len());
    for input in inputs {
        world.now.wall = world.now.wall.plus(Millis(1));
        if *input == Happens::Logout && !world.tabs[0].disposed {
            give(&mut world, *input);
            // A login in another tab that waits for the lock comes after this.
            logged_out_at = (!inputs.contains(&Happens::OtherTabLoggedIn)).then_some(world.tabs[0].events.len());
            assert!(world.status(0) != Status::Active || logged_out_at.is_none(), "{name}: at once");
            continue;
        }
        give(&mut world, *input);
        if undoes_a_logout(state, *input) {
            logged_out_at = None;
        }
    }
    assert_sound(world, logged_out_at, &name);
}

#[test]
fn every_state_takes_every_input() {
    for state in STATES {
        run(state, &[]);
        for input in INPUTS {
            run(state, &[*input]);
        }
    }
}

#[test]
fn every_state_takes_every_two_inputs() {
    for state in STATES {
        for first in INPUTS {
            for second in INPUTS {
                run(state, &[*first, *second]);
            }
        }
    }
}

#[test]
fn a_disposed_session_tells_callers_so_and_does_nothing_else() {
    for state in STATES {
        let mut world = reach(state);
        let store = world.store.clone();
        world.dispose(0);
        let ends_a_session = state.name.starts_with("restoring, a logout waits") && !world.stored_session();
        assert!(ends_a_session || world.store == store, "{}: the store is left alone", state.name);
        for waiter in world.waiters.clone() {
            let _ = world.told(waiter);
        }
        let after = [
            world.restore(0),
            world.login(0, "bob"),
            adopt(&mut world),
            world.logout(0),
            world.token(0),
            world.refresh(0),
        ];
        for waiter in after {
            assert_eq!(world.told(waiter), Err(AuthError::Disposed), "{}", state.name);
        }
        world.input(0, Input::StoreHinted);
        world.look(0, true);
        world.input(0, Input::Abandoned(after[0]));
        world.input(0, Input::StorageFellBack(StorageKind::Memory, StorageOperation::Probe));
        assert_eq!((world.until_deadline(0), world.tabs[0].session.token()), (None, None), "{}", state.name);
        assert_sound(world, None, state.name);
    }
}

#[test]
fn a_logout_writes_its_tombstone_before_anybody_is_told() {
    use wasm_auth_session::core::session::Effect;
    for state in STATES.iter().filter(|state| state.name != "disposed") {
        let mut world = reach(state);
        let was_active = world.status(0) == Status::Active;
        world.tabs[0].effects.clear();
        for kind in [Kind::Lock, Kind::Read, Kind::Write, Kind::Reply] {
            world.hold(kind);
        }
        world.logout(0);
        assert_eq!((world.status(0), world.tabs[0].session.token()), (Status::SignedOut, None), "{}", state.name);
        if was_active {
            let at = |is: fn(&Effect) -> bool| world.tabs[0].effects.iter().position(is);
            let wrote = at(|effect| matches!(effect, Effect::Bury(..)));
            let signed_out = at(|effect| matches!(effect, Effect::Emit(event) if event.name() == "signed_out"));
            let sent = at(|effect| matches!(effect, Effect::Send(..))).unwrap_or(usize::MAX);
            assert!(wrote.is_some() && wrote < signed_out && signed_out < Some(sent), "{}", state.name);
        }
    }
}

#[test]
fn marks_only_grow() {
    for state in STATES {
        for input in
            INPUTS.iter().filter(|input| !matches!(input, Happens::Cleared | Happens::Corrupt | Happens::Newer))
        {
            let mut world = reach(state);
            give(&mut world, *input);
            world.release();
            world.advance(60_000);
            let mut last = Mark::default();
            let mut writes = world.tabs[0].effects.iter().filter_map(|effect| match effect {
                wasm_auth_session::core::session::Effect::WriteStore(_, record, ..) => Some(record.mark),
                _ => None,
            });
            assert!(writes.all(|mark| std::mem::replace(&mut last, mark) <= mark), "{} {input:?}", state.name);
        }
    }
}

#[test]
fn a_logout_is_answered_with_what_it_reached() {
    for state in STATES.iter().filter(|state| state.name != "disposed") {
        let mut world = reach(state);
        let logout = world.logout(0);
        world.release();
        assert!(matches!(world.told(logout), Ok(Answer::LoggedOut { .. })), "{}", state.name);
    }
}
