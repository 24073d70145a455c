//! What the page goes through: shown, hidden, woken, back online, and another tab's writes.

use wasm_bindgen::prelude::*;

use super::clock::{global, property};
use super::listener::Listener;
use crate::core::session::Input;

/// Whether somebody can see the page. Without a document, as in a worker, nobody asks.
fn is_visible() -> bool {
    let state = global::<JsValue>("document").and_then(|document| property(&document, "visibilityState"));
    state.and_then(|state| state.as_string()).as_deref() != Some("hidden")
}

/// Whether the browser knows that it is offline.
pub(super) fn is_offline() -> bool {
    let online = global::<JsValue>("navigator").and_then(|navigator| property(&navigator, "onLine"));
    online.is_some_and(|online| online.as_bool() == Some(false))
}

/// A cookie the page may read, by name. One that could stand in no header counts as unreadable: it would trap there.
pub(super) fn cookie(name: &str) -> Option<String> {
    let document: JsValue = global("document")?;
    let cookies = property(&document, "cookie")?.as_string()?;
    let value = cookies.split(';').find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))?;
    value.bytes().all(|byte| (b' '..=b'~').contains(&byte)).then(|| value.to_owned())
}

/// What may mean that time has passed, and what tells of changes in the store.
const EVENTS: &[(&str, &str)] = &[
    ("self", "pageshow"),
    ("self", "online"),
    ("self", "focus"),
    ("document", "visibilitychange"),
    ("self", STORE_CHANGED),
];
const STORE_CHANGED: &str = "storage";

/// Listens to the page. The store's changes are those of one key.
pub(super) fn listen(key: String, mut hear: impl FnMut(Input) + 'static) -> Listener {
    let callback = Closure::<dyn FnMut(JsValue)>::new(move |event| {
        if let Some(input) = meaning(&event, &key) {
            hear(input);
        }
    });
    Listener::new(EVENTS, callback)
}

/// That time has passed.
pub(super) fn time_passed() -> Input {
    Input::ClockTicked { visible: is_visible() }
}

fn meaning(event: &JsValue, key: &str) -> Option<Input> {
    if property(event, "type")?.as_string().as_deref() != Some(STORE_CHANGED) {
        return Some(time_passed());
    }
    // `null` stands for all keys at once. The event's value is not looked at: it is a hint, not the truth.
    let changed = property(event, "key").unwrap_or(JsValue::NULL);
    let is_ours = changed.is_null() || changed.as_string().as_deref() == Some(key);
    is_ours.then_some(Input::StoreHinted)
}
