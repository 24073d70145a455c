//! Logging in, and taking over a reply got elsewhere.

use serde_json::json;
use wasm_auth_session::core::error::{AuthError, Phase, StorageOperation};
use wasm_auth_session::core::event::{SessionEvent, StorageKind};
use wasm_auth_session::core::record::{Record, Stored};
use wasm_auth_session::core::session::{Answer, Effect, Input, Place};
use wasm_auth_session::core::snapshot::{Activity, Status};
use wasm_auth_session::core::transport::TransportError;

use super::world::{Kind, World, refused, reply};

#[test]
fn a_login_is_stored_sealed_released_and_then_told() {
    let mut world = World::new(json!({}));
    world.restore(0);
    world.forget();
    let login = world.login(0, "ada");
    assert_eq!(world.told(login), Ok(Answer::Done));
    assert_eq!(world.snapshot(0).user.as_deref(), Some("ada"));
    let steps: Vec<&str> = world.tabs[0]
        .effects
        .iter()
        .map(|effect| match effect {
            Effect::Send(..) => "send",
            Effect::AcquireLock(_) => "lock",
            Effect::ReadStore(..) => "read",
            Effect::WriteStore(..) => "write",
            Effect::Bury(..) => "bury",
            Effect::ShareActivity(_) => "share",
            Effect::ReleaseLock => "release",
            Effect::HintPeers => "hint",
            Effect::Emit(event) => event.name(),
            Effect::Answer(..) => "answer",
            Effect::CancelSend(_) => "cancel",
        })
        .collect();
    let expected = "send, lock, read, write, release, hint, signed_in, answer";
    assert_eq!(steps.join(", "), expected);
}

#[test]
fn a_login_sends_its_credentials_once_and_shows_that_it_is_under_way() {
    let mut world = World::new(json!({}));
    world.restore(0);
    world.hold(Kind::Reply);
    let login = world.login(0, "ada");
    assert_eq!(world.snapshot(0).activity, Some(Activity::SigningIn));
    assert_eq!(world.snapshot(0).status, Status::SignedOut);
    assert!(world.is_waiting(login));
    world.release();
    assert_eq!(world.count(Phase::Login), 1);
    assert_eq!(world.sent[0].fields["username"], "ada");
    assert_eq!(world.snapshot(0).activity, None);
}

#[test]
fn a_login_on_its_way_into_the_store_still_counts_as_signing_in() {
    for kind in [Kind::Lock, Kind::Read, Kind::Write] {
        let mut world = World::new(json!({}));
        world.restore(0);
        world.hold(kind);
        let login = world.login(0, "ada");
        assert_eq!(world.snapshot(0).activity, Some(Activity::SigningIn), "{kind:?}");
        assert_eq!((world.status(0), world.tabs[0].session.token()), (Status::SignedOut, None), "{kind:?}");
        let token = world.token(0);
        assert!(world.is_waiting(login) && world.is_waiting(token), "{kind:?}");
        world.release();
        assert_eq!(world.token_of(token), "access-1");
    }
}

#[test]
fn a_refused_login_is_told_and_nothing_is_stored() {
    let mut world = World::new(json!({}));
    world.restore(0);
    world.script.push_back(Ok(refused(400, "invalid_grant")));
    let login = world.login(0, "ada");
    assert_eq!(world.code(login), "invalid_credentials");
    assert_eq!((world.status(0), world.stored()), (Status::SignedOut, Stored::Nothing));
    assert!(world.tabs[0].events.is_empty());
}

#[test]
fn f44_a_login_is_never_sent_again_by_itself() {
    for failure in [TransportError::Failed, TransportError::TimedOut, TransportError::Offline] {
        let mut world = World::new(json!({}));
        world.restore(0);
        world.script.push_back(Err(failure));
        let login = world.login(0, "ada");
        assert!(world.told(login).is_err());
        world.advance(600_000);
        assert_eq!(world.count(Phase::Login), 1);
    }
}

#[test]
fn a_failed_login_leaves_the_session_before_it_alone() {
    let mut world = World::signed_in(json!({}));
    let before = (world.snapshot(0), world.store.clone());
    world.script.push_back(Ok(refused(400, "invalid_grant")));
    let login = world.login(0, "bob");
    assert_eq!(world.code(login), "invalid_credentials");
    assert_eq!((world.snapshot(0), world.store.clone()), before);
    let token = world.token(0);
    assert_eq!(world.token_of(token), "access-1");
}

#[test]
fn a_login_that_cannot_be_written_down_is_refused_before_anything_is_sent() {
    let mut world = World::new(json!({}));
    world.restore(0);
    let missing = world.login_with(0, json!({ "username": "ada" }), true);
    let unknown = world.login_with(0, json!({ "grant": "passwort", "username": "ada", "password": "hunter2" }), true);
    assert_eq!(world.told(missing), Err(AuthError::invalid("credentials.password", "is required")));
    assert_eq!(world.code(unknown), "invalid_options");
    assert!(world.sent.is_empty());
}

#[test]
fn an_unsendable_login_does_not_withdraw_the_one_that_is_out() {
    let mut world = World::new(json!({}));
    world.restore(0);
    world.hold(Kind::Reply);
    let first = world.login(0, "ada");
    world.login_with(0, json!({}), true);
    assert!(world.is_waiting(first));
    world.release();
    assert_eq!(world.told(first), Ok(Answer::Done));
}

#[test]
fn a_second_login_supersedes_the_first() {
    let mut world = World::new(json!({}));
    world.restore(0);
    world.hold(Kind::Reply);
    let first = world.login(0, "ada");
    let second = world.login(0, "bob");
    assert_eq!(world.told(first), Err(AuthError::Superseded));
    assert_eq!(world.kept.len(), 1, "the first request is withdrawn");
    world.release();
    assert_eq!(world.told(second), Ok(Answer::Done));
    assert_eq!(world.snapshot(0).user.as_deref(), Some("bob"));
}

#[test]
fn a_second_login_supersedes_one_that_is_being_stored() {
    for kind in [Kind::Lock, Kind::Read, Kind::Write] {
        let mut world = World::new(json!({}));
        world.restore(0);
        world.hold(kind);
        let first = world.login(0, "ada");
        let second = world.login(0, "bob");
        world.release();
        assert_eq!(world.told(first), Err(AuthError::Superseded), "{kind:?}");
        assert_eq!(world.told(second), Ok(Answer::Done), "{kind:?}");
        assert_eq!(world.snapshot(0).user.as_deref(), Some("bob"));
        assert_eq!(world.tabs[0].events.len(), 1, "only the one that won is told of");
        assert_eq!(world.server.revoked.len(), usize::from(kind != Kind::Write), "{kind:?}: what is not stored");
    }
}

#[test]
fn a_login_while_signed_in_takes_the_place_of_the_session() {
    let mut world = World::signed_in(json!({}));
    let login = world.login(0, "bob");
    assert_eq!(world.told(login), Ok(Answer::Done));
    assert_eq!(world.events(0), ["signed_in", "user_changed"]);
    let changed = SessionEvent::UserChanged { user: Some("bob".to_owned()), previous: Some("ada".to_owned()) };
    assert_eq!(world.tabs[0].events[1], changed);
    let token = world.token(0);
    assert_eq!(world.token_of(token), "access-2");
}

#[test]
fn the_session_before_serves_until_the_login_is_stored() {
    let mut world = World::signed_in(json!({}));
    world.hold(Kind::Lock);
    world.login(0, "bob");
    let token = world.token(0);
    assert_eq!(world.token_of(token), "access-1");
    assert_eq!(world.snapshot(0).user.as_deref(), Some("ada"));
}

#[test]
fn a_login_as_the_same_user_changes_no_user() {
    let mut world = World::signed_in(json!({}));
    world.login(0, "ada");
    assert_eq!(world.events(0), ["signed_in"]);
}

#[test]
fn a_login_that_is_not_to_be_remembered_stays_in_its_tab() {
    let mut world = World::new(json!({}));
    world.restore(0);
    world.login_with(0, json!({ "username": "ada", "password": "hunter2" }), false);
    assert_eq!(world.stored(), Stored::Nothing);
    assert_eq!(world.own(0).expect("a record")["remember"], false);
    let place = world.tabs[0].effects.iter().find_map(|effect| match effect {
        Effect::WriteStore(_, Record { session: Some(_), .. }, place, _) => Some(*place),
        _ => None,
    });
    assert_eq!(place, Some(Place::Tab));
    world.reload(0);
    let restored = world.restore(0);
    assert_eq!(world.told(restored), Ok(Answer::Restored(true)));
}

#[test]
fn a_refresh_keeps_an_unremembered_session_in_its_tab() {
    let mut world = World::new(json!({}));
    world.restore(0);
    world.login_with(0, json!({ "username": "ada", "password": "hunter2" }), false);
    let refresh = world.refresh(0);
    assert_eq!(world.told(refresh), Ok(Answer::Done));
    assert_eq!(world.stored(), Stored::Nothing);
    assert_eq!(world.own(0).expect("a record")["token_set"]["access_token"], "access-2");
}

#[test]
fn a_refusal_ends_a_session_of_one_tab_and_not_what_tabs_share_and_a_logout_both() {
    for (logs_out, left) in [(false, Status::Active), (true, Status::SignedOut)] {
        let mut world = World::new(json!({}));
        world.restore(0);
        world.login_with(0, json!({ "username": "ada", "password": "hunter2" }), false);
        let other = world.open_tab();
        world.restore(other);
        world.advance(10);
        world.login(other, "ben");
        assert_eq!([0, other].map(|tab| world.snapshot(tab).user), ["ada", "ben"].map(|user| Some(user.to_owned())));
        world.advance(10);
        world.forget();
        if logs_out {
            world.logout(0);
        } else {
            world.script.push_back(Ok(refused(400, "invalid_grant")));
            world.refresh(0);
        }
        assert_eq!(world.events(0)[0], "signed_out");
        assert_eq!([0, other].map(|tab| world.status(tab)), [left, left], "the tab has a part in what tabs share");
        assert!(world.own(0).is_none());
    }
}

#[test]
fn f93_a_login_that_storage_has_no_room_for_is_kept_in_memory() {
    let mut world = World::new(json!({}));
    world.restore(0);
    world.full = true;
    let login = world.login(0, "ada");
    assert_eq!(world.told(login), Ok(Answer::Done));
    assert_eq!(world.events(0), ["storage_degraded", "signed_in"]);
    let degraded = SessionEvent::StorageDegraded {
        storage: StorageKind::Memory,
        error: AuthError::Storage(StorageOperation::Write),
    };
    assert_eq!(world.tabs[0].events[0], degraded);
    assert_eq!(world.snapshot(0).storage, StorageKind::Memory);
    world.tabs[0].effects.clear();
    let refresh = world.refresh(0);
    assert_eq!(world.told(refresh), Ok(Answer::Done));
    let told_again = world.events(0).iter().filter(|name| **name == "storage_degraded").count();
    assert_eq!(told_again, 1, "once is enough");
}

#[test]
fn where_storage_is_required_a_login_that_it_has_no_room_for_is_an_error_and_nothing_is_lost() {
    let mut world = World::signed_in(json!({ "storageRequired": true }));
    world.full = true;
    let login = world.login(0, "bob");
    assert_eq!(world.told(login), Err(AuthError::Storage(StorageOperation::Write)));
    assert_eq!(world.snapshot(0).user.as_deref(), Some("ada"));
    assert_eq!(world.events(0), ["storage_degraded"], "it is in memory now");
    assert!(world.lock_is_free());
    world.input(0, Input::StoreHinted);
    assert_eq!(world.snapshot(0).user.as_deref(), Some("ada"), "what was to be stored is remembered by nobody");
    let token = world.token(0);
    assert_eq!(world.token_of(token), "access-1");
}

#[test]
fn where_storage_is_required_a_first_login_that_it_has_no_room_for_leaves_nobody_signed_in() {
    let mut world = World::new(json!({ "storageRequired": true }));
    world.restore(0);
    world.full = true;
    let login = world.login(0, "ada");
    assert_eq!(world.code(login), "storage");
    assert_eq!(world.status(0), Status::SignedOut);
    world.input(0, Input::StoreHinted);
    assert_eq!(world.status(0), Status::SignedOut, "what was to be stored is remembered by nobody");
}

#[test]
fn an_abandoned_login_is_withdrawn() {
    let mut world = World::new(json!({}));
    world.restore(0);
    world.hold(Kind::Reply);
    let login = world.login(0, "ada");
    world.input(0, Input::Abandoned(login));
    assert_eq!(world.told(login), Err(AuthError::Aborted));
    assert!(world.kept.is_empty(), "the request is withdrawn");
    assert_eq!(world.snapshot(0).activity, None);
}

#[test]
fn a_login_that_does_not_get_the_lock_is_told_so_and_the_session_before_goes_on() {
    let mut world = World::signed_in(json!({}));
    world.hold(Kind::Lock);
    let login = world.login(0, "bob");
    world.deny_lock();
    assert_eq!(world.code(login), "lock_timeout");
    assert_eq!(world.snapshot(0).user.as_deref(), Some("ada"));
}

#[test]
fn f67_of_two_logins_in_two_tabs_the_last_one_stored_wins_whole() {
    let mut world = World::new(json!({}));
    let other = world.open_tab();
    world.restore(0);
    world.restore(other);
    world.hold(Kind::Lock);
    let ada = world.login(0, "ada");
    let bob = world.login(other, "bob");
    world.release();
    assert_eq!((world.told(ada), world.told(bob)), (Ok(Answer::Done), Ok(Answer::Done)));
    for tab in [0, other] {
        assert_eq!(world.snapshot(tab).user.as_deref(), Some("bob"));
        let token = world.token(tab);
        assert_eq!(world.token_of(token), "access-2");
    }
}

#[test]
fn a_login_in_another_tab_is_told_unless_it_is_known_to_be_the_same_user() {
    for (at, told) in [("/user", vec![]), ("/nowhere", vec!["signed_in"])] {
        let mut world = World::signed_in(json!({ "reply": { "user": at } }));
        let other = world.open_tab();
        world.restore(other);
        world.login(0, "ada");
        assert_eq!(world.events(other), told, "{at}");
    }
}

#[test]
fn a_lifetime_that_nothing_tells_is_warned_of_once() {
    let mut world = World::new(json!({}));
    world.restore(0);
    world.adopt(0, json!({ "access_token": "a" }));
    world.adopt(0, json!({ "access_token": "b" }));
    assert_eq!(world.events(0), ["warning", "signed_in", "signed_in"]);
    assert_eq!(world.snapshot(0).warnings.len(), 1);
}

#[test]
fn a_lifetime_beyond_belief_is_cut_and_warned_of() {
    let mut world = World::new(json!({ "maxLifetimeMs": 1000 }));
    world.restore(0);
    world.login(0, "ada");
    assert_eq!(world.snapshot(0).warnings[0].code.name(), "lifetime_clamped");
    let snapshot = world.snapshot(0);
    assert_eq!(snapshot.expires_at.zip(snapshot.issued_at).map(|(end, start)| end.since(start).0), Some(1000));
}

#[test]
fn a_login_reply_without_a_token_is_no_login() {
    let mut world = World::new(json!({}));
    world.restore(0);
    world.script.push_back(Ok(reply(200, json!({ "ok": true }))));
    let login = world.login(0, "ada");
    assert_eq!(world.code(login), "invalid_response");
}

#[test]
fn storage_that_fell_back_is_shown_and_told() {
    let mut world = World::new(json!({}));
    world.input(0, Input::StorageFellBack(StorageKind::Memory, StorageOperation::Probe));
    assert_eq!(world.snapshot(0).storage, StorageKind::Memory);
    assert_eq!(world.events(0), ["storage_degraded"]);
}

#[test]
fn storage_that_has_recovered_is_shown_and_falling_back_again_is_told_again() {
    let mut world = World::new(json!({}));
    for kind in [StorageKind::IndexedDb, StorageKind::Local, StorageKind::Memory, StorageKind::Local] {
        world.input(0, Input::StorageFellBack(kind, StorageOperation::Write));
        assert_eq!(world.snapshot(0).storage, kind);
    }
    assert_eq!(world.events(0), ["storage_degraded", "storage_degraded"]);
}
