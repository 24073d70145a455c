//! What the page goes through: shown, hidden, woken, back online, and another tab's writes.

use wasm_bindgen::prelude::*;

use super::clock::{of_global, property};
use super::listener::Listener;
use super::shell::Shell;
use crate::core::session::Input;
use crate::core::text::{concat, cut};
use crate::core::units::UnixMillis;

/// Whether somebody can see the page. Without a document, as in a worker, nobody asks.
fn is_visible() -> bool {
    let state = of_global("document", "visibilityState").and_then(|state| state.as_string());
    state.as_deref() != Some("hidden")
}

/// Whether the browser knows that it is offline.
pub(super) fn is_offline() -> bool {
    of_global("navigator", "onLine").is_some_and(|online| online.as_bool() == Some(false))
}

/// A cookie the page may read, by name, decoded where it is encoded. One that could stand in no header counts as
/// unreadable: it would trap there.
pub(super) fn cookie(name: &str) -> Option<String> {
    let cookies = of_global("document", "cookie")?.as_string()?;
    // "a=1; b=2" (HTML, "document.cookie").
    let (cookies, wanted) = (concat(&["; ", &cookies]), concat(&["; ", name, "="]));
    let (_, rest) = cut(&cookies, &wanted)?;
    let value = cut(rest, ";").map_or(rest, |(value, _)| value);
    let decoded = js_sys::decode_uri_component(value).map(String::from);
    let is_readable = |reading: &String| reading.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    decoded.ok().filter(is_readable).or_else(|| Some(value.to_owned()).filter(is_readable))
}

/// What may mean that time has passed or the page is hidden, and what tells of changes in the store. There is no
/// `pagehide`: a page that is left becomes hidden in the same task.
const EVENTS: &[(&str, &str)] = &[
    ("self", "pageshow"),
    ("self", "online"),
    ("self", "focus"),
    ("document", "visibilitychange"),
    ("self", "storage"),
];

/// What somebody does who uses the page, where that counts: heard on its way down, because a part of the page may keep it to itself.
const USE: &[(&str, &str)] = &[("self", "pointerdown"), ("self", "keydown"), ("self", "wheel")];

/// Listens to the page. The store's changes are those of one key, and become hints.
pub(super) fn listen(key: String, shell: Shell, counts_use: bool, mut hear: impl FnMut(Input) + 'static) -> Listener {
    let callback = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
        match property(&event, "type").and_then(|name| name.as_string()).as_deref() {
            Some("storage") => {
                // `null` stands for all keys at once. The event's value is not looked at: it is a hint, not the truth.
                let changed = property(&event, "key").and_then(|changed| changed.as_string());
                if changed.as_ref().is_none_or(|changed| *changed == key) {
                    shell.hint();
                } else if counts_use && changed.is_some_and(|changed| changed.starts_with(&key)) {
                    hear(last_use(&shell));
                }
            }
            Some("pointerdown" | "keydown" | "wheel") => hear(Input::Active),
            Some("online") => hear(Input::CameOnline),
            _ => {
                wake(&shell, counts_use, &mut hear);
                // Back from the browser's page cache: what was heard and read before may be long ago.
                if property(&event, "persisted").is_some_and(|persisted| persisted.is_truthy()) {
                    shell.hint();
                }
            }
        }
    });
    Listener::new(EVENTS, if counts_use { USE } else { &[] }, callback)
}

/// When somebody last used a page of this session, as far as tabs have told.
pub(super) fn last_use(shell: &Shell) -> Input {
    Input::ActiveElsewhere(UnixMillis(shell.last_activity() as i64))
}

/// Time may have passed; and other tabs may have been used meanwhile, which a page that slept has not heard of.
pub(super) fn wake(shell: &Shell, counts_use: bool, mut hear: impl FnMut(Input)) {
    if counts_use {
        hear(last_use(shell));
    }
    hear(time_passed());
}

/// That time has passed.
pub(super) fn time_passed() -> Input {
    Input::ClockTicked { visible: is_visible() }
}
