//! Native: what a session may be told, and what exactly is wrong with the rest.
#![cfg(not(target_arch = "wasm32"))]

mod support;

mod options {
    mod given;
    mod keys;
    mod rows;
    mod urls;
    mod values;
}
