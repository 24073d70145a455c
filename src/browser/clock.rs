//! Both clocks, and the one seed of chance.

use js_sys::{Date, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Crypto, Performance};

use crate::core::units::{MonoMillis, Now, UnixMillis};

/// The page's clocks, found once.
#[derive(Debug)]
pub(super) struct Clock {
    performance: Option<Performance>,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self { performance: global("performance") }
    }

    /// The time by both. Without a monotonic clock the wall clock stands in for it.
    pub(super) fn now(&self) -> Now {
        let wall = Date::now() as i64;
        let mono = self.performance.as_ref().map_or(wall, |performance| performance.now() as i64);
        Now { wall: UnixMillis(wall), mono: MonoMillis(mono) }
    }
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

/// A property, unless reading it throws.
pub(super) fn property(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &JsValue::from_str(name)).ok()
}
