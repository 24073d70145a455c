#!/usr/bin/env bash
# What the compiler and its linter can tell: format, and no warning for either target.
set -euo pipefail
cd "$(dirname "$0")/.."
echo 'check: format'
cargo fmt --check
cargo fmt --check --manifest-path fuzz/Cargo.toml
echo 'check: clippy, native'
cargo clippy --locked --all-targets -- -D warnings
echo 'check: clippy, WebAssembly'
cargo clippy --locked --all-targets --target wasm32-unknown-unknown -- -D warnings
echo 'check: no complaint'
