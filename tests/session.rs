//! Native: the machine in a world of its own, where clock, store, lock and server do as they are told.
#![cfg(not(target_arch = "wasm32"))]

mod support;

mod session {
    mod access_token;
    mod adopt;
    mod apart;
    mod clocks;
    mod cookies;
    mod explain;
    mod failures;
    mod hints;
    mod limits;
    mod login;
    mod logout;
    mod overtaken;
    mod pairs;
    mod refresh;
    mod restore;
    mod secrets;
    mod states;
    mod tickets;
    mod unread;
    mod world;
}
