#!/usr/bin/env bash
# Which lines of src/core the native tests run. Fails if the machine's table, src/core/session/transition.rs, has a
# line that no test runs, and lists such lines. Installs what it needs: cargo-llvm-cov and rustup's llvm-tools.
#   scripts/coverage.sh                   all native tests
#   scripts/coverage.sh --test session    what cargo test would take
set -euo pipefail
cd "$(dirname "$0")/.."
table=src/core/session/transition.rs
log=target/logs/coverage.log
lcov=target/coverage.lcov
mkdir -p target/logs

# quietly WHAT COMMAND...: says what is being done; the end of the command's output only if it fails.
quietly() {
  local what=$1
  shift
  echo "coverage: $what …"
  "$@" >"$log" 2>&1 </dev/null || { tail -n 60 "$log" >&2; echo "coverage: $what failed, see $log" >&2; exit 1; }
}

if ! cargo llvm-cov --version >/dev/null 2>&1; then
  quietly 'installing cargo-llvm-cov (about 2 to 4 min)' cargo install cargo-llvm-cov --locked
fi
rustup component list --installed | grep -q '^llvm-tools' || quietly 'installing llvm-tools' rustup component add llvm-tools
quietly 'running the native tests (about 3 min)' env RUST_BACKTRACE=0 cargo llvm-cov --locked --lcov --output-path "$lcov" "$@"

awk -F'[:,]' -v root="$PWD/" -v table="$table" '
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
    if (misses == 0) { print "coverage: every line of " table " is run"; exit 0 }
    print "coverage: no test runs these lines of " table ":"
    while ((getline text < table) > 0) source[++number] = text
    for (one = 1; one <= misses; one++) printf "%5d %s\n", missed[one], source[missed[one]]
    exit 1
  }' "$lcov"
