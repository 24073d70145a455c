//! What the page goes through: shown, hidden, woken, back online, and another tab's writes.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, EventTarget, VisibilityState};

use super::clock::global;
use super::listener::Listener;

/// Whether somebody can see the page. Without a document, as in a worker, nobody asks.
pub(super) fn is_visible() -> bool {
    global::<Document>("document").is_none_or(|document| document.visibility_state() != VisibilityState::Hidden)
}

/// Whether the browser knows that it is offline.
pub(super) fn is_offline() -> bool {
    let online = global::<JsValue>("navigator").and_then(|navigator| property(&navigator, "onLine"));
    online.is_some_and(|online| online.as_bool() == Some(false))
}

/// A cookie the page may read, by name.
pub(super) fn cookie(name: &str) -> Option<String> {
    let document: JsValue = global("document")?;
    let cookies = property(&document, "cookie")?.as_string()?;
    cookies.split(';').find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
}

fn property(object: &JsValue, name: &str) -> Option<JsValue> {
    js_sys::Reflect::get(object, &JsValue::from_str(name)).ok()
}

/// Listens to all that may mean that time has passed, and to changes of the stored record.
pub(super) fn listen(
    time_passed: &(impl Fn() + Clone + 'static),
    store_changed: impl Fn() + 'static,
    key: &str,
) -> Vec<Listener> {
    let window: EventTarget = js_sys::global().unchecked_into();
    let mut listeners = Vec::new();
    for event in ["pageshow", "online", "focus"] {
        let time_passed = time_passed.clone();
        listeners.push(Listener::new(&window, event, move |_| time_passed()));
    }
    if let Some(document) = global::<EventTarget>("document") {
        let time_passed = time_passed.clone();
        listeners.push(Listener::new(&document, "visibilitychange", move |_| time_passed()));
    }
    let key = key.to_owned();
    listeners.push(Listener::new(&window, "storage", move |event| {
        // `null` stands for all keys at once. The event's value is not looked at: it is a hint, not the truth.
        let changed = property(&event, "key").unwrap_or(JsValue::NULL);
        if changed.is_null() || changed.as_string().as_deref() == Some(&key) {
            store_changed();
        }
    }));
    listeners
}
