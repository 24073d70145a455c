//! The one timer. What comes in: the machine's deadline; what goes out: a call at about that time.
//! A delay above 2^31-1 ms would fire at once, and a sleeping machine stops timers: so no slice is
//! longer than an hour, and waking too early is harmless.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;

use crate::core::units::{Millis, MonoMillis};

const LONGEST_SLICE: Millis = Millis(3_600_000);

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &JsValue, delay_ms: i32) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(handle: &JsValue);
}

/// A pending timer; cleared when dropped.
#[derive(Debug)]
pub(super) struct Timer {
    handle: JsValue,
    _callback: Closure<dyn FnMut()>,
}

impl Timer {
    /// Calls back once, after the delay.
    #[must_use = "dropping a timer clears it"]
    pub(super) fn after(delay: Millis, callback: impl FnMut() + 'static) -> Self {
        let callback = Closure::<dyn FnMut()>::new(callback);
        let delay = delay.clamp(Millis::ZERO, LONGEST_SLICE).0 as i32;
        Self { handle: set_timeout(callback.as_ref(), delay), _callback: callback }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(&self.handle);
    }
}

/// At most one timer, for the deadline that counts.
#[derive(Debug, Default)]
pub(super) struct Alarm(RefCell<Option<Timer>>);

impl Alarm {
    /// Sets, moves or clears the timer. One a little late is better than one too early: the millisecond
    /// that the clock has not finished is added.
    pub(super) fn set(&self, deadline: Option<MonoMillis>, now: MonoMillis, ring: impl FnMut() + 'static) {
        let timer = deadline.map(|deadline| Timer::after(deadline.since(now).plus(Millis(1)), ring));
        drop(self.0.replace(timer));
    }
}
