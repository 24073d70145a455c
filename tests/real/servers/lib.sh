# Shared by every servers/*/start.sh and stop.sh, to be sourced. Everything a server leaves behind
# (virtual environments, logs, process ids, databases) stays in tests/real/.cache/, or in REAL_CACHE.

REAL=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${REAL_CACHE:-$REAL/.cache}
mkdir -p "$CACHE/run" "$CACHE/log"

say() { printf '[%s %3ds] %s\n' "${NAME:-real}" "$SECONDS" "$*"; }
die() { say "$*" >&2; exit 1; }

# with_progress WHAT LOG COMMAND…: runs COMMAND with its output in LOG and says every 5 s that it still runs.
with_progress() {
  local what=$1 log=$2 began=$SECONDS pid code=0 ticks=0
  shift 2
  "$@" >>"$log" 2>&1 </dev/null &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.2
    ticks=$((ticks + 1))
    [ $((ticks % 25)) -ne 0 ] || say "$what: $((SECONDS - began)) s"
  done
  wait "$pid" || code=$?
  [ "$code" -eq 0 ] || { tail -n 30 "$log" >&2; die "$what failed with exit code $code"; }
}

# In a session of its own: an interrupted start must not leave packages half installed.
apt_quiet() { setsid env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600 "$@"; }

apt_lists() {
  compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null || apt_quiet update
}

# need_debian PACKAGE…: installs those that are missing. One start script at a time.
need_debian() {
  dpkg -s "$@" >/dev/null 2>&1 && return
  local log=$CACHE/log/apt.log
  (
    flock 9
    dpkg -s "$@" >/dev/null 2>&1 && exit 0
    with_progress "reading the package lists" "$log" apt_lists
    with_progress "installing $*" "$log" apt_quiet install -y --no-install-recommends "$@"
  ) 9>"$CACHE/apt.lock"
}

# need_python VENV REQUIREMENT…: a virtual environment under .cache/ holding exactly these requirements;
# made anew when they change. Its path is left in $VENV.
need_python() {
  VENV=$CACHE/venv-$1
  shift
  local stamp=$VENV/requirements.stamp log=$CACHE/log/${VENV##*/}.log
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$*" ] && return
  python3 -c 'import ensurepip, venv' 2>/dev/null || need_debian python3-venv
  (
    flock 9
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$*" ] && exit 0
    : >"$log"
    with_progress "creating ${VENV##*/}" "$log" python3 -m venv --clear "$VENV"
    with_progress "installing uv" "$log" "$VENV/bin/pip" install uv
    with_progress "installing $*" "$log" env UV_CACHE_DIR="$CACHE/uv" "$VENV/bin/uv" pip install --python "$VENV/bin/python" "$@"
    printf '%s\n' "$*" >"$stamp"
  ) 9>"$VENV.lock"
}

# serve PORT READY_PATH SECONDS COMMAND…: starts COMMAND as a process group of its own and returns once
# http://127.0.0.1:PORT/READY_PATH gives any answer.
serve() {
  local port=$1 ready=$2 limit=$3 id=$NAME-$1 began=$SECONDS ticks=0
  shift 3
  local log=$CACHE/log/$id.log pid
  [ ! -f "$CACHE/run/$id.pid" ] || halt "$port"
  if curl -s -o /dev/null --max-time 2 "http://127.0.0.1:$port/"; then die "port $port is taken"; fi
  # Compiled modules are kept whatever the caller's environment says: Langflow starts in half the time with them.
  setsid env -u PYTHONDONTWRITEBYTECODE "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  echo "$pid $(started "$pid")" >"$CACHE/run/$id.pid"
  until curl -s -o /dev/null --max-time 2 "http://127.0.0.1:$port$ready"; do
    kill -0 "$pid" 2>/dev/null || { tail -n 30 "$log" >&2; rm -f "$CACHE/run/$id.pid"; die "ended before it answered, log: $log"; }
    [ $((SECONDS - began)) -lt "$limit" ] || { tail -n 30 "$log" >&2; halt "$port"; die "no answer within $limit s, log: $log"; }
    sleep 0.2
    ticks=$((ticks + 1))
    [ $((ticks % 25)) -ne 0 ] || say "waiting for port $port: $((SECONDS - began)) s"
  done
  say "answers on port $port (pid $pid, $((SECONDS - began)) s)"
}

# When a process started: with its id this names one process, also where the id has been used again since.
started() { ps -o lstart= -p "$1" 2>/dev/null | tr -s ' ' || true; }

# halt PORT: ends what serve started there, with its children.
halt() {
  local file=$CACHE/run/$NAME-$1.pid pid since _
  [ -f "$file" ] || return 0
  read -r pid since <"$file"
  if [ -n "$since" ] && [ "$(started "$pid")" = "$since" ]; then
    kill -TERM -- "-$pid" 2>/dev/null || true
    for _ in $(seq 1 50); do
      kill -0 -- "-$pid" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL -- "-$pid" 2>/dev/null || true
  fi
  rm -f "$file"
}
