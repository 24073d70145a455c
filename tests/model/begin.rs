//! How worlds begin: so many tabs that are signed in, and whose tokens are due or not.

use std::cell::RefCell;

use super::act::{Act, DUE};
use super::budget::Budget;
use super::cookie::Jar;
use super::drain;
use super::tab::Tab;
use super::world::World;

/// The chances of the first pages; those that are opened later have others.
pub const FIRST: usize = 61;

type Key = (usize, i64, u64, bool);

thread_local! {
    static STARTS: RefCell<Vec<(Key, World)>> = const { RefCell::new(Vec::new()) };
}

/// So many tabs that are signed in. Made once a thread and kind.
pub fn start(tabs: usize, lifetime: i64, seed: u64, by_cookie: bool) -> World {
    let key = (tabs, lifetime, seed % 4, by_cookie);
    STARTS.with_borrow_mut(|known| {
        if let Some((_, world)) = known.iter().find(|(other, _)| *other == key) {
            return world.clone();
        }
        let world = sign_in(World { jar: by_cookie.then(Jar::default), ..World::new(tabs, lifetime) }, key.2 as usize);
        known.push((key, world.clone()));
        world
    })
}

/// So many tabs that are signed in.
pub fn signed_in(tabs: usize, lifetime: i64, which: usize) -> World {
    sign_in(World::new(tabs, lifetime), which)
}

/// One tab logs in, the others find the session in the store.
fn sign_in(mut world: World, which: usize) -> World {
    let (tabs, by_cookie) = (world.tabs.len(), world.has_cookie());
    for (at, tab) in world.tabs.iter_mut().enumerate() {
        *tab = Tab::open((at * 7 + which * 13) % FIRST, by_cookie);
    }
    world.budget = Budget::default();
    world.apply(Act::Login(0));
    drain::quiet(&mut world);
    for tab in 1..tabs {
        world.restore(tab);
    }
    drain::quiet(&mut world);
    world
}

/// So many tabs whose tokens of a hundred seconds are due.
pub fn due(tabs: usize) -> World {
    of_age(signed_in(tabs, 100, 0))
}

/// Two tabs: the last to log in keeps its session to itself, and the other has one that is shared.
pub fn due_alone() -> World {
    let mut world = signed_in(2, 100, 0);
    for act in [Act::LoginHere(1), Act::Login(0)] {
        world.apply(act);
        drain::quiet(&mut world);
    }
    (world.ledger.here, world.ledger.alone) = (0, true);
    of_age(world)
}

/// The same where a cookie renews the session.
pub fn due_by_cookie(tabs: usize) -> World {
    of_age(sign_in(World { jar: Some(Jar::default()), ..World::new(tabs, 100) }, 0))
}

fn of_age(mut world: World) -> World {
    world.apply(Act::Pass(DUE));
    world
}
