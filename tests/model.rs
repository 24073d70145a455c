//! Native: the shipped machine in many tabs at once. Every interleaving of two of them, many schedules of more,
//! and a fleet of clients behind one server; each rule is taken away once, and must be missed.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::disallowed_methods, reason = "searches and campaigns look at the clock; the machine does not")]

mod support;

mod model {
    mod act;
    mod audit;
    mod begin;
    mod budget;
    mod carry;
    mod chance;
    mod contract;
    mod cookie;
    mod directed;
    mod drain;
    mod enabled;
    mod explore;
    mod explored;
    mod faults_network;
    mod faults_storage;
    mod faults_tabs;
    mod faults_time;
    mod fingerprint;
    mod fleet;
    mod invariants;
    mod lock;
    mod machine;
    mod mutants;
    mod op;
    mod own;
    mod progress;
    mod schedule;
    mod seen;
    mod server;
    mod shrink;
    mod simulated;
    mod store;
    mod story;
    mod tab;
    mod wire;
    mod world;
}
