//! What the server is told of one session, so that another stands.

use serde_json::json;
use wasm_auth_session::core::error::Phase;
use wasm_auth_session::core::snapshot::Status;

use super::world::{Kind, World};

#[test]
fn what_a_login_without_the_lock_hands_back_does_not_end_the_session_before_it() {
    // An endpoint may end every session of the user; and a server may grant the same token again.
    let by_endpoint = json!({ "end": { "by": "endpoint", "url": "/logout", "encoding": "none" } });
    for (over, is_handed_back) in [(json!({}), [true, false]), (by_endpoint, [false, false])] {
        for (token, is_handed_back) in ["b", "a"].into_iter().zip(is_handed_back) {
            let mut world = World::new(over.clone());
            world.restore(0);
            world.adopt(0, json!({ "access_token": "a", "expires_in": 60 }));
            world.hold(Kind::Lock);
            world.adopt(0, json!({ "access_token": token, "expires_in": 60 }));
            world.deny_lock();
            assert_eq!(world.count(Phase::Logout), usize::from(is_handed_back), "{over} {token}");
        }
    }
}

#[test]
fn an_endpoint_is_not_told_of_a_logout_after_a_login_whose_session_it_may_end() {
    let by_endpoint = json!({ "end": { "by": "endpoint", "url": "/logout", "encoding": "none" } });
    for (over, is_told) in [(by_endpoint, false), (json!({}), true)] {
        for (is_known, is_granted) in [(true, true), (true, false), (false, true), (false, false)] {
            let mut world = World::signed_in(over.clone());
            if is_known {
                // A logout waits for what a refresh brings.
                world.hold(Kind::Reply);
                world.refresh(0);
            } else {
                world.reload(0);
                world.hold(Kind::Read);
                if !is_granted {
                    world.hold(Kind::Reply);
                }
            }
            let logout = world.logout(0);
            let login = world.login(0, "ada");
            if is_known && is_granted {
                world.release_at(1);
            }
            world.release();
            world.advance(1_000);
            assert!(world.told(logout).is_ok() && world.told(login).is_ok());
            assert_eq!(world.count(Phase::Logout), usize::from(is_told), "{over} {is_known} {is_granted}");
            assert_eq!((world.status(0), world.stored_session()), (Status::Active, true));
        }
    }
}
