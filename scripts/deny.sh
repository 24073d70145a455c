#!/usr/bin/env bash
# Whether every locked crate, those of fuzz/ too, is one that may be used: licence, source, no second version, no advisory.
# What is allowed stands in deny.toml. The advisories are a repository at GitHub; without it the rest is checked.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p target/logs
checks=(bans licenses sources)
if timeout 60 cargo deny fetch db >target/logs/advisories.log 2>&1; then
  checks+=(advisories)
else
  echo 'deny: NOT checked: advisories, because github.com/RustSec/advisory-db cannot be had here'
fi
for manifest in Cargo.toml fuzz/Cargo.toml; do
  cargo fetch --quiet --locked --manifest-path "$manifest"
  echo "deny: $manifest, ${checks[*]}"
  cargo deny --locked --manifest-path "$manifest" --config deny.toml --offline check --hide-inclusion-graph "${checks[@]}"
done
