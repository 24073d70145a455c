#!/usr/bin/env bash
# Runs the native tests and says which lines of src/core they run. Fails below 97 %, and if the machine's table,
# src/core/session/transition.rs, has a line that no test runs, and lists such lines. In place of `cargo test`: with
# COVERAGE=1, `npm test` runs this. Needs cargo-llvm-cov and rustup's llvm-tools: scripts/setup.sh coverage.
#   scripts/coverage.sh                   all native tests
#   scripts/coverage.sh --test session    what cargo test would take; then nothing is asked of the figure
set -euo pipefail
cd "$(dirname "$0")/.."
table=src/core/session/transition.rs
lcov=target/coverage.lcov
least=$(( $# == 0 ? 97 : 0 ))
mkdir -p target

echo 'coverage: compiling and running the native tests …'
RUST_BACKTRACE=0 cargo llvm-cov --locked --lcov --output-path "$lcov" "$@"
# Examples in the documentation, those that must not compile among them, are run without being counted.
(( $# > 0 )) || cargo test --locked --doc

awk -F'[:,]' -v root="$PWD/" -v table="$table" -v least="$least" '
  $1 == "SF" { file = substr($0, 4); sub(root, "", file); inside = file ~ /^src\/core\// }
  $1 == "DA" && inside {
    lines[file]++; all++
    if ($3 > 0) { run[file]++; ran++ } else if (file == table) missed[++misses] = $2
  }
  END {
    for (file in lines) printf "%6.1f %%  %4d of %4d  %s\n", 100 * run[file] / lines[file], run[file], lines[file], file | "sort -k6"
    close("sort -k6")
    if (!(table in lines)) { print "coverage: nothing is known of " table; exit 1 }
    printf "%6.1f %%  %4d of %4d  src/core\n", 100 * ran / all, ran, all
    if (misses == 0) print "coverage: every line of " table " is run"
    else {
      print "coverage: no test runs these lines of " table ":"
      while ((getline text < table) > 0) source[++number] = text
      for (one = 1; one <= misses; one++) printf "%5d %s\n", missed[one], source[missed[one]]
    }
    if (100 * ran < least * all) { printf "coverage: below %d %%\n", least; exit 1 }
    exit misses > 0
  }' "$lcov"
