//! What is written and read, wherever it is kept: what is newer, what is of one tab, and what is buried.

use std::rc::Rc;

use wasm_auth_session::browser::store::Store;
use wasm_auth_session::core::event::StorageKind;
use wasm_auth_session::core::record::{Mark, Record, Stored};
use wasm_auth_session::core::session::{NotSaved, Place};
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;

use super::room::{
    Clean, KEY, eval, everything, local, put, record, seen, settle, shell, sound, tab, tombstone, write,
};

#[wasm_bindgen_test]
async fn a_record_is_read_as_it_was_written_by_every_store_of_the_key() {
    for kind in [StorageKind::Local, StorageKind::Session, StorageKind::IndexedDb] {
        let _clean = Clean::start().await;
        let store = sound(kind);
        assert_eq!(seen(&store).await, Stored::Nothing);
        put(&store, &record(1), Place::Asked).await;
        assert_eq!(seen(&store).await, Stored::Record(record(1)));
        assert_eq!(seen(&sound(kind)).await, Stored::Record(record(1)));
        let other = Store::open(shell("null"), kind, "was.1.other".to_owned(), false);
        assert_eq!(seen(&other).await, Stored::Nothing);
    }
}

#[wasm_bindgen_test]
async fn f95_a_record_is_one_key_and_the_probe_leaves_nothing() {
    let _clean = Clean::start().await;
    let store = sound(StorageKind::Local);
    assert_eq!(everything().await, "[{},{},[]]");
    put(&store, &record(1), Place::Asked).await;
    assert_eq!((local().length(), tab().length()), (Ok(1), Ok(0)));
    assert!(local().get_item(KEY).is_ok_and(|text| text.is_some()));
}

#[wasm_bindgen_test]
async fn memory_writes_to_no_storage_and_is_not_shared() {
    let _clean = Clean::start().await;
    let store = sound(StorageKind::Memory);
    put(&store, &record(1), Place::Asked).await;
    assert_eq!(seen(&store).await, Stored::Record(record(1)));
    assert_eq!(everything().await, "[{},{},[]]");
    assert_eq!(seen(&sound(StorageKind::Memory)).await, Stored::Nothing);
}

#[wasm_bindgen_test]
async fn f88_what_is_not_newer_is_not_written_wherever_the_record_is() {
    for kind in [StorageKind::Local, StorageKind::Session, StorageKind::IndexedDb, StorageKind::Memory] {
        let _clean = Clean::start().await;
        let store = sound(kind);
        put(&store, &record(5), Place::Asked).await;
        for late in [record(5), record(4)] {
            assert_eq!(write(&store, &late, Place::Asked).await, Err(NotSaved::Overtaken), "{kind:?}");
        }
        assert_eq!(seen(&store).await, Stored::Record(record(5)), "{kind:?}");
    }
}

#[wasm_bindgen_test]
async fn f55_a_stale_mirror_is_seen_through() {
    let _clean = Clean::start().await;
    let store = sound(StorageKind::Local);
    put(&store, &record(1), Place::Asked).await;
    let stale = local().get_item(KEY).ok().flatten().expect("it is mirrored");
    put(&store, &record(2), Place::Asked).await;
    local().set_item(KEY, &stale).expect("there is room");
    assert_eq!(seen(&store).await, Stored::Record(record(2)));
    assert_eq!(write(&store, &record(2), Place::Asked).await, Err(NotSaved::Overtaken));
}

#[wasm_bindgen_test]
async fn f73_a_copy_of_a_tabs_record_is_outdated_once_the_other_has_written() {
    let _clean = Clean::start().await;
    let store = sound(StorageKind::Session);
    put(&store, &record(1), Place::Asked).await;
    let copied = tab().get_item(KEY).ok().flatten().expect("it is in the tab");
    put(&store, &record(2), Place::Asked).await;
    tab().set_item(KEY, &copied).expect("there is room");
    let copy = sound(StorageKind::Session);
    assert_eq!(seen(&copy).await, Stored::Outdated);
    assert_eq!(write(&copy, &record(2), Place::Asked).await, Err(NotSaved::Overtaken));
    assert!(!everything().await.contains("canary-2"), "the fence keeps no token of one tab");
}

#[wasm_bindgen_test]
async fn f98_a_cleared_mirror_is_believed_after_a_second_and_not_at_once() {
    let _clean = Clean::start().await;
    let store = sound(StorageKind::Local);
    put(&store, &record(1), Place::Asked).await;
    local().clear().expect("it can be cleared");
    let start = js_sys::Date::now();
    assert_eq!(seen(&store).await, Stored::Nothing);
    let took = js_sys::Date::now() - start;
    assert!((900.0..4_000.0).contains(&took), "{took} ms");
}

#[wasm_bindgen_test]
async fn a_login_for_this_tab_takes_the_shared_record_out_and_the_other_way_round() {
    let _clean = Clean::start().await;
    let store = sound(StorageKind::Local);
    let login = |epoch| Record { mark: Mark { epoch, generation: epoch }, ..record(epoch) };
    put(&store, &login(1), Place::Asked).await;
    put(&store, &login(2), Place::Tab).await;
    assert_eq!(tab().length(), Ok(1));
    assert!(!everything().await.contains("canary-1"), "{}", everything().await);
    assert_eq!(seen(&store).await, Stored::Record(login(2)));
    let over = store.read().await.over();
    assert_eq!(store.write(&login(3), Place::Asked, over).await, Ok(()), "over what tabs share");
    assert_eq!((local().length(), tab().length()), (Ok(1), Ok(0)));
    assert_eq!(seen(&store).await, Stored::Record(login(3)));
}

#[wasm_bindgen_test]
async fn what_a_tab_keeps_to_itself_may_end_alone_and_leaves_what_tabs_share() {
    let _clean = Clean::start().await;
    let store = sound(StorageKind::Local);
    let login = |epoch| Record { mark: Mark { epoch, generation: 1 }, ..record(epoch) };
    put(&store, &login(1), Place::Tab).await;
    let own = tab().get_item(KEY).ok().flatten().expect("it is in the tab");
    put(&store, &login(2), Place::Asked).await;
    tab().set_item(KEY, &own).expect("there is room");
    assert_eq!(seen(&store).await, Stored::Record(login(1)), "its own comes first");
    store.bury(Mark { epoch: 3, generation: 1 }, Place::Tab);
    assert_eq!(seen(&store).await, Stored::Record(login(2)));
    let renewed = Record { mark: Mark { epoch: 2, generation: 2 }, ..record(5) };
    put(&store, &renewed, Place::Asked).await;
    assert!(!everything().await.contains("canary-1"), "{}", everything().await);
    assert_eq!(write(&store, &login(1), Place::Tab).await, Err(NotSaved::Overtaken));
}

#[wasm_bindgen_test]
async fn a_login_for_this_tab_leaves_nothing_behind_where_nothing_was_shared() {
    let _clean = Clean::start().await;
    let store = sound(StorageKind::Local);
    put(&store, &record(1), Place::Tab).await;
    assert_eq!((local().length(), tab().length()), (Ok(0), Ok(1)));
}

#[wasm_bindgen_test]
async fn where_the_tab_is_all_that_was_asked_for_both_places_are_the_same() {
    for kind in [StorageKind::Session, StorageKind::Memory] {
        let _clean = Clean::start().await;
        let store = sound(kind);
        put(&store, &record(1), Place::Tab).await;
        assert_eq!(seen(&store).await, Stored::Record(record(1)));
        assert_eq!(local().length(), Ok(0));
    }
}

#[wasm_bindgen_test]
async fn f64_burying_leaves_a_mark_and_no_secret_at_once_wherever_the_record_was_and_keeps_late_writes_out() {
    for (kind, place) in [
        (StorageKind::Local, Place::Asked),
        (StorageKind::Local, Place::Tab),
        (StorageKind::Session, Place::Asked),
        (StorageKind::IndexedDb, Place::Asked),
        (StorageKind::Memory, Place::Asked),
    ] {
        let _clean = Clean::start().await;
        let store = sound(kind);
        put(&store, &record(1), place).await;
        store.bury(tombstone(2).mark, Place::Asked);
        let storages = eval("JSON.stringify([{ ...localStorage }, { ...sessionStorage }])").as_string();
        assert!(!storages.expect("a text").contains("canary"), "{kind:?}: at once");
        assert_eq!(write(&store, &record(3), place).await, Err(NotSaved::Overtaken), "{kind:?}");
        assert!(!everything().await.contains("canary"), "{kind:?}: {}", everything().await);
        assert!(
            matches!(seen(&store).await, Stored::Record(Record { session: None, .. }) | Stored::Nothing),
            "{kind:?}"
        );
        put(&store, &tombstone(4), Place::Asked).await;
        assert_eq!(seen(&store).await, Stored::Record(tombstone(4)), "{kind:?}");
    }
}

#[wasm_bindgen_test]
async fn f64_a_logout_that_comes_while_an_emptied_mirror_is_filled_again_is_not_undone() {
    let _clean = Clean::start().await;
    let (store, other) = (Rc::new(sound(StorageKind::Local)), sound(StorageKind::Local));
    put(&store, &record(1), Place::Asked).await;
    local().clear().expect("it can be cleared");
    let writing = store.clone();
    spawn_local(async move {
        let _ = write(&writing, &record(2), Place::Asked).await;
    });
    settle(eval("Promise.resolve()")).await;
    other.bury(tombstone(3).mark, Place::Asked);
    settle(eval("new Promise((done) => setTimeout(done, 300))")).await;
    assert!(!everything().await.contains("canary"), "{}", everything().await);
}

#[wasm_bindgen_test]
async fn f64_burying_leaves_what_is_of_the_same_epoch() {
    let _clean = Clean::start().await;
    let store = sound(StorageKind::Local);
    put(&store, &record(5), Place::Asked).await;
    store.bury(Mark { epoch: 3, generation: 9 }, Place::Asked);
    assert_eq!(seen(&store).await, Stored::Record(record(5)));
}

#[wasm_bindgen_test]
async fn in_cookie_mode_no_token_is_stored() {
    let _clean = Clean::start().await;
    let store = Store::open(shell("null"), StorageKind::Local, KEY.to_owned(), true);
    put(&store, &record(1), Place::Asked).await;
    assert!(!everything().await.contains("canary"), "{}", everything().await);
    let Stored::Record(Record { session: Some(session), .. }) = seen(&store).await else {
        panic!("the session is there")
    };
    assert_eq!((session.sid.as_str(), session.tokens.access_token.is_none()), ("sid", true));
}
