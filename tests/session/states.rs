//! Every state that the machine can be in, and how to get there; and all that can happen to it.

use serde_json::{Value, json};
use wasm_auth_session::core::error::StorageOperation;
use wasm_auth_session::core::event::StorageKind;
use wasm_auth_session::core::session::{Input, WaiterId};
use wasm_auth_session::core::transport::TransportError;

use super::world::{HOUR, Kind, World, refused};

/// A state of the machine, and how to get there.
pub struct At {
    pub name: &'static str,
    pub start: Start,
    /// What is begun and held, one after the other.
    pub way: &'static [(Begin, Kind)],
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Start {
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
pub enum Begin {
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

/// Time ends every session some day.
fn limited() -> Value {
    json!({ "absoluteTimeoutMs": 20 * HOUR })
}

/// Takes a world there.
pub fn reach(state: &At) -> World {
    let mut world = match state.start {
        Start::Fresh => {
            let mut world = World::signed_in(limited());
            world.sleep(1);
            world.reload(0);
            world
        }
        Start::SignedOut | Start::Disposed => {
            let mut world = World::new(limited());
            world.restore(0);
            world
        }
        Start::Active | Start::Stale | Start::Troubled => World::signed_in(limited()),
        Start::Unrenewable => World::signed_in(World::both(World::without_refresh(), limited())),
        Start::Cookie => World::signed_in(World::both(World::with_cookie(), limited())),
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

pub fn adopt(world: &mut World) -> WaiterId {
    let refresh_token = world.server.grant_elsewhere();
    world
        .adopt(0, json!({ "access_token": format!("of-{refresh_token}"), "refresh_token": refresh_token, "expires_in": 60, "user": "eve" }))
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
    LimitReached,
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
    Happens::LimitReached,
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
        Happens::LimitReached => {
            world.sleep(20 * HOUR);
            world.look(0, true);
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
