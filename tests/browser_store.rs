//! In a browser: the store, on storage that works, is full, is denied, or holds what somebody else wrote, with the fence
//! and the shell as they are shipped.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::wasm_bindgen_test_configure;

wasm_bindgen_test_configure!(run_in_browser);

mod browser_store {
    mod broken;
    mod kept;
    mod room;
}
