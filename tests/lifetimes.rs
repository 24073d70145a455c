//! Native: how long a token lasts, and which token replies are believed.
#![cfg(not(target_arch = "wasm32"))]

mod support;

mod lifetimes {
    mod answers;
    mod durations;
    mod instants;
    mod replies;
}
