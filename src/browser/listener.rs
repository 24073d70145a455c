//! One callback for several events, gone from all of them when it is dropped.

use wasm_bindgen::prelude::*;
use web_sys::EventTarget;

use super::clock::global;

/// A listener.
#[derive(Debug)]
pub(super) struct Listener {
    heard: Vec<(EventTarget, &'static str)>,
    callback: Closure<dyn FnMut(JsValue)>,
}

impl Listener {
    /// Listens to events of globals, each named with its global. What this page or worker lacks is passed over.
    #[must_use = "dropping a listener removes it"]
    pub(super) fn new(
        events: impl Iterator<Item = &'static (&'static str, &'static str)>,
        callback: Closure<dyn FnMut(JsValue)>,
    ) -> Self {
        let mut heard = Vec::new();
        for (target, event) in events {
            let Some(target) = global::<EventTarget>(target) else { continue };
            // Fails only for a target that is none; then there is nothing to hear.
            let _ = target.add_event_listener_with_callback(event, callback.as_ref().unchecked_ref());
            heard.push((target, *event));
        }
        Self { heard, callback }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        for (target, event) in &self.heard {
            let _ = target.remove_event_listener_with_callback(event, self.callback.as_ref().unchecked_ref());
        }
    }
}
