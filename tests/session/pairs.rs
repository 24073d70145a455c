//! Every state with every input, and with every two inputs: what must hold whatever happens.

use serde_json::json;
use wasm_auth_session::core::error::{AuthError, StorageOperation};
use wasm_auth_session::core::event::StorageKind;
use wasm_auth_session::core::record::Mark;
use wasm_auth_session::core::session::{Answer, Input, WaiterId};
use wasm_auth_session::core::snapshot::Status;
use wasm_auth_session::core::transport::TransportError;

use super::world::{HOUR, Kind, World, refused};

/// A state of the machine, and how to get there.
pub struct At {
    pub name: &'static str,
    start: Start,
    /// What is begun and held, one after the other.
    way: &'static [(Begin, Kind)],
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Start {
    /// Nothing has been read.
    Fresh,
    /// Nothing is there.
    SignedOut,
    /// Signed in, an hour left.
    Active,
    /// Signed in, and the access token is over.
    Stale,
    /// Signed in without anything to renew it.
    Unrenewable,
    /// Signed in, renewed by cookie.
    Cookie,
    /// The last refresh failed.
    Troubled,
    /// Disposed of.
    Disposed,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Begin {
    Restore,
    Hint,
    Token,
    Refresh,
    Login,
    Adopt,
    Logout,
    /// The first held answer is given.
    Answer,
}

macro_rules! states {
    ($($name:literal: $start:ident $(, $begin:ident at $kind:ident)*;)*) => {
        pub const STATES: &[At] = &[$(At { name: $name, start: Start::$start, way: &[$((Begin::$begin, Kind::$kind)),*] }),*];
    };
}

states! {
    "restoring": Fresh;
    "restoring, store": Fresh, Restore at Read;
    "restoring, login out": Fresh, Login at Reply;
    "restoring, login waits": Fresh, Login at Lock;
    "restoring, login waits while the store is read": Fresh, Restore at Read, Adopt at Lock;
    "restoring, a logout waits": Fresh, Logout at Read;
    "restoring, a logout waits, login out": Fresh, Logout at Read, Login at Reply;
    "restoring, a logout waits, login waits": Fresh, Logout at Read, Login at Lock;
    "signed out": SignedOut;
    "signed out, looking": SignedOut, Hint at Read;
    "signed out, login out": SignedOut, Login at Reply;
    "active": Active;
    "active, looking": Active, Hint at Read;
    "active, login out": Active, Login at Reply;
    "over": Stale;
    "over and not renewable": Unrenewable;
    "troubled": Troubled;
    "waiting to refresh": Active, Refresh at Lock;
    "waiting to refresh, looking": Active, Refresh at Lock, Hint at Read;
    "waiting to refresh what is over": Stale, Token at Lock;
    "waiting to commit": SignedOut, Login at Lock;
    "waiting to commit over a session": Active, Login at Lock;
    "waiting to commit over one that is over": Unrenewable, Adopt at Lock;
    "waiting to end": Active, Logout at Lock;
    "rereading to refresh": Active, Refresh at Read;
    "rereading to commit": SignedOut, Login at Read;
    "rereading to commit over a session": Active, Login at Read;
    "rereading to end": Active, Logout at Read;
    "marking": Active, Refresh at Write;
    "marking, a login granted": Active, Refresh at Write, Adopt at Write;
    "refreshing": Active, Refresh at Reply;
    "refreshing what is over": Stale, Token at Reply;
    "refreshing by cookie": Cookie, Refresh at Reply;
    "refreshing, login out": Active, Refresh at Reply, Login at Reply;
    "rereading to end, refresh out": Active, Refresh at Reply, Logout at Read;
    "rereading to commit, refresh withdrawn": Active, Refresh at Reply, Adopt at Read;
    "saving what was renewed": Active, Refresh at Reply, Answer at Write;
    "saving what was renewed, a login granted": Active, Refresh at Reply, Answer at Write, Adopt at Write;
    "saving a login": SignedOut, Login at Write;
    "saving a login over a session": Active, Login at Write;
    "saving a login that a login has overtaken": Active, Adopt at Write, Adopt at Write;
    "waiting to end what was being renewed": Active, Refresh at Reply, Answer at Write, Logout at Lock;
    "signed out, server being told": Active, Logout at Reply;
    "exchanging a logout, a login waits": Cookie, Logout at Reply, Login at Reply;
    "exchanging a login": Cookie, Login at Reply;
    "exchanging what a refresh by cookie brings": Cookie, Refresh at Reply, Logout at Reply;
    "disposed": Disposed;
}

/// Takes a world there.
pub fn reach(state: &At) -> World {
    let mut world = match state.start {
        Start::Fresh => {
            let mut world = World::signed_in(json!({}));
            world.sleep(1);
            world.reload(0);
            world
        }
        Start::SignedOut | Start::Disposed => {
            let mut world = World::new(json!({}));
            world.restore(0);
            world
        }
        Start::Active | Start::Stale | Start::Troubled => World::signed_in(json!({})),
        Start::Unrenewable => World::signed_in(World::without_refresh()),
        Start::Cookie => World::signed_in(World::with_cookie()),
    };
    match state.start {
        Start::Stale | Start::Unrenewable => world.sleep(2 * HOUR),
        Start::Troubled => {
            world.sleep(2 * HOUR);
            world.script.push_back(Err(TransportError::Failed));
            world.token(0);
        }
        Start::Disposed => world.dispose(0),
        Start::Fresh | Start::SignedOut | Start::Active | Start::Cookie => {}
    }
    for (begin, kind) in state.way {
        world.hold(*kind);
        match begin {
            Begin::Restore => drop(world.restore(0)),
            Begin::Hint => world.input(0, Input::StoreHinted),
            Begin::Token => drop(world.token(0)),
            Begin::Refresh => drop(world.refresh(0)),
            Begin::Login => drop(world.login(0, "bob")),
            Begin::Adopt => drop(adopt(&mut world)),
            Begin::Logout => drop(world.logout(0)),
            Begin::Answer => world.release_at(0),
        }
    }
    let at_rest = state.way.is_empty();
    assert_eq!(world.kept.is_empty(), at_rest, "{} is not reached", state.name);
    world.stop_holding();
    world
}

fn adopt(world: &mut World) -> WaiterId {
    let refresh_token = world.server.grant_elsewhere();
    world
        .adopt(0, json!({ "access_token": "adopted", "refresh_token": refresh_token, "expires_in": 60, "user": "eve" }))
}

/// Something that happens.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Happens {
    Logout,
    Login,
    LoginRefused,
    LoginUnsendable,
    Adopt,
    AdoptNothing,
    Dispose,
    Token,
    TokenFor,
    Refresh,
    Restore,
    Hint,
    Tick,
    Hidden,
    HourLater,
    MinuteLater,
    AbandonAll,
    FellBack,
    NoLock,
    StorageFull,
    StorageBroken,
    NoAnswer,
    RefusedRefresh,
    OtherTabRenewed,
    OtherTabLoggedIn,
    OtherTabLoggedOut,
    Cleared,
    Corrupt,
    Newer,
    NextAnswer,
    LastAnswer,
}

pub const INPUTS: &[Happens] = &[
    Happens::Logout,
    Happens::Login,
    Happens::LoginRefused,
    Happens::LoginUnsendable,
    Happens::Adopt,
    Happens::AdoptNothing,
    Happens::Dispose,
    Happens::Token,
    Happens::TokenFor,
    Happens::Refresh,
    Happens::Restore,
    Happens::Hint,
    Happens::Tick,
    Happens::Hidden,
    Happens::HourLater,
    Happens::MinuteLater,
    Happens::AbandonAll,
    Happens::FellBack,
    Happens::NoLock,
    Happens::StorageFull,
    Happens::StorageBroken,
    Happens::NoAnswer,
    Happens::RefusedRefresh,
    Happens::OtherTabRenewed,
    Happens::OtherTabLoggedIn,
    Happens::OtherTabLoggedOut,
    Happens::Cleared,
    Happens::Corrupt,
    Happens::Newer,
    Happens::NextAnswer,
    Happens::LastAnswer,
];

/// Lets it happen.
pub fn give(world: &mut World, input: Happens) {
    match input {
        Happens::Logout => drop(world.logout(0)),
        Happens::Login => drop(world.login(0, "bob")),
        Happens::LoginRefused => {
            world.script.push_back(Ok(refused(400, "invalid_grant")));
            world.login(0, "bob");
        }
        Happens::LoginUnsendable => drop(world.login_with(0, json!({}), true)),
        Happens::Adopt => drop(adopt(world)),
        Happens::AdoptNothing => drop(world.adopt(0, json!({}))),
        Happens::Dispose => world.dispose(0),
        Happens::Token => drop(world.token(0)),
        Happens::TokenFor => drop(world.token_for(0, 2 * HOUR)),
        Happens::Refresh => drop(world.refresh(0)),
        Happens::Restore => drop(world.restore(0)),
        Happens::Hint => world.input(0, Input::StoreHinted),
        Happens::Tick => world.look(0, true),
        Happens::Hidden => world.look(0, false),
        Happens::HourLater => {
            world.sleep(HOUR);
            world.look(0, true);
        }
        Happens::MinuteLater => world.advance(60_000),
        Happens::AbandonAll => {
            for waiter in world.waiters.clone() {
                world.input(0, Input::Abandoned(waiter));
            }
        }
        Happens::FellBack => world.input(0, Input::StorageFellBack(StorageKind::Memory, StorageOperation::Probe)),
        Happens::NoLock => {
            if world.kept.iter().any(|kept| kept.kind == Kind::Lock) {
                world.deny_lock();
            }
        }
        Happens::StorageFull => world.full = true,
        Happens::StorageBroken => world.broken = true,
        Happens::NoAnswer => {
            if world.kept.iter().any(|kept| kept.kind == Kind::Reply) {
                world.release_with(Err(TransportError::TimedOut));
            }
        }
        Happens::RefusedRefresh => {
            world.script.push_back(Ok(refused(400, "invalid_grant")));
            world.refresh(0);
        }
        Happens::OtherTabRenewed => in_another_tab(world, World::refresh),
        Happens::OtherTabLoggedIn => in_another_tab(world, |world, other| world.login(other, "eve")),
        Happens::OtherTabLoggedOut => in_another_tab(world, World::logout),
        Happens::Cleared => {
            world.store = None;
            world.input(0, Input::StoreHinted);
        }
        Happens::Corrupt => {
            world.store = Some(crate::support::tree(&json!("gibberish")));
            world.input(0, Input::StoreHinted);
        }
        Happens::Newer => {
            world.store = Some(crate::support::tree(&json!({ "version": 2 })));
            world.input(0, Input::StoreHinted);
        }
        Happens::NextAnswer => {
            if !world.kept.is_empty() {
                world.release_at(0);
            }
        }
        Happens::LastAnswer => {
            if !world.kept.is_empty() {
                world.release_at(world.kept.len() - 1);
            }
        }
    }
}

fn in_another_tab(world: &mut World, act: impl FnOnce(&mut World, usize) -> WaiterId) {
    let other = world.open_tab();
    world.restore(other);
    act(world, other);
}

/// Lets everything come to its end, and looks whether what must hold does.
fn assert_sound(mut world: World, logged_out_at: Option<usize>, name: &str) {
    world.release();
    // Nobody calls but at the deadlines that are named.
    world.advance(60_000);
    world.release();

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
            let wrote = at(|effect| matches!(effect, Effect::Bury(_)));
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
