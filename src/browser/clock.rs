//! Both clocks, and the one seed of chance.

use js_sys::{Date, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::Crypto;

use crate::core::units::{MonoMillis, Now, UnixMillis};

#[wasm_bindgen]
extern "C" {
    /// The monotonic clock. `js/captured.js` stands in for it where there is none.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn monotonic() -> f64;
}

/// The time by both clocks.
pub(super) fn now() -> Now {
    Now { wall: UnixMillis(Date::now() as i64), mono: MonoMillis(monotonic() as i64) }
}

/// A seed from the browser's generator, or from the clock where it has none.
pub(super) fn seed() -> u64 {
    let mut bytes = [0; 8];
    let crypto: Option<Crypto> = global("crypto");
    match crypto.and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes).ok()) {
        Some(_) => u64::from_le_bytes(bytes),
        None => Date::now().to_bits(),
    }
}

/// A global by name, in a page as in a worker.
pub(super) fn global<T: JsCast>(name: &str) -> Option<T> {
    Some(property(&js_sys::global(), name).filter(JsValue::is_object)?.unchecked_into())
}

/// A property of a global.
pub(super) fn of_global(object: &str, name: &str) -> Option<JsValue> {
    property(&global(object)?, name)
}

/// A property, unless reading it throws.
pub(super) fn property(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &JsValue::from_str(name)).ok()
}
