//! An event listener that is gone when it is dropped.

use wasm_bindgen::prelude::*;
use web_sys::EventTarget;

/// A listener.
#[derive(Debug)]
pub(super) struct Listener {
    target: EventTarget,
    event: &'static str,
    callback: Closure<dyn FnMut(JsValue)>,
}

impl Listener {
    #[must_use = "dropping a listener removes it"]
    pub(super) fn new(target: &EventTarget, event: &'static str, callback: impl FnMut(JsValue) + 'static) -> Self {
        let callback = Closure::<dyn FnMut(JsValue)>::new(callback);
        // Fails only for a target that is none; then there is nothing to hear.
        let _ = target.add_event_listener_with_callback(event, callback.as_ref().unchecked_ref());
        Self { target: target.clone(), event, callback }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.target.remove_event_listener_with_callback(self.event, self.callback.as_ref().unchecked_ref());
    }
}
