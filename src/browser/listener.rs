//! One callback for several events, gone from all of them when it is dropped.

use wasm_bindgen::prelude::*;
use web_sys::EventTarget;

use super::clock::global;

/// A listener.
#[derive(Debug)]
pub(super) struct Listener {
    heard: Vec<(EventTarget, &'static str, bool)>,
    callback: Closure<dyn FnMut(JsValue)>,
}

impl Listener {
    /// Listens to events of globals, each named with its global, and to some before any other part of the page can stop
    /// them. What this page or worker lacks is passed over.
    #[must_use = "dropping a listener removes it"]
    pub(super) fn new(
        events: &'static [(&str, &str)],
        unstoppable: &'static [(&str, &str)],
        callback: Closure<dyn FnMut(JsValue)>,
    ) -> Self {
        let mut heard = Vec::new();
        for (names, capture) in [(events, false), (unstoppable, true)] {
            for (target, event) in names {
                let Some(target) = global::<EventTarget>(target) else { continue };
                // Fails only for a target that is none; then there is nothing to hear. A window's wheel is passive by itself.
                let function = callback.as_ref().unchecked_ref();
                let _ = target.add_event_listener_with_callback_and_bool(event, function, capture);
                heard.push((target, *event, capture));
            }
        }
        Self { heard, callback }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        for (target, event, capture) in &self.heard {
            let callback = self.callback.as_ref().unchecked_ref();
            let _ = target.remove_event_listener_with_callback_and_bool(event, callback, *capture);
        }
    }
}
