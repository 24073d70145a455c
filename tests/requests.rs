//! Native: what is sent, byte for byte, and what is never sent.
#![cfg(not(target_arch = "wasm32"))]

mod support;

mod requests {
    mod login;
    mod logout;
    mod renewal;
    mod written;
}
