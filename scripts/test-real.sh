#!/usr/bin/env bash
# Starts real servers, runs the built package against them in Chromium, and stops them whatever happens.
#   usage: scripts/test-real.sh [fastapi] [fastapi-problem] [fastapi-users] [django] [flask] [doorkeeper] [langflow]      (default: all seven)
# The first run installs the servers below tests/real/.cache/: about three minutes and 2.1 GB.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
SUITES=("$@")
[ ${#SUITES[@]} -gt 0 ] || SUITES=(fastapi fastapi-problem fastapi-users django flask doorkeeper langflow)
SERVERS=$PWD/tests/real/servers
STARTED=()
STARTING=()

say() { printf '[test-real %3ds] %s\n' "$SECONDS" "$*"; }

stop_all() {
  local code=$? pid entry
  trap - EXIT
  for pid in "${STARTING[@]}"; do kill -- "-$pid" 2>/dev/null || true; done
  wait
  for entry in "${STARTED[@]}"; do "$SERVERS/${entry%:*}/stop.sh" "${entry##*:}" & done
  wait
  say "servers stopped"
  exit "$code"
}
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

for suite in "${SUITES[@]}"; do
  [ -f "tests/real/$suite.test.js" ] || { say "no such suite: $suite"; exit 2; }
done
[ -f "${REAL_DIST:-dist}/index.js" ] || { say "there is no dist/index.js: build the package first"; exit 1; }
[ -x "${REAL_CHROMIUM:-/usr/bin/chromium}" ] || { say "there is no ${REAL_CHROMIUM:-/usr/bin/chromium}: install chromium"; exit 1; }

free_ports() {
  node -e '
    const net = require("node:net");
    const servers = Array.from({ length: Number(process.argv[1]) }, () => net.createServer().listen(0, "127.0.0.1"));
    Promise.all(servers.map((server) => new Promise((listening) => server.once("listening", listening)))).then(() => {
      console.log(servers.map((server) => server.address().port).join(" "));
      for (const server of servers) server.close();
    });
  ' "$1"
}
PORTS=$(free_ports 10)
read -r PAGE FASTAPI PROBLEM USERS DJANGO FLASK DOORKEEPER LANGFLOW ANY AUTO <<<"$PORTS"
ORIGINS=http://127.0.0.1:$PAGE,http://localhost:$PAGE

# begin SERVER PORT SETTING=VALUE…: in the background, as a process group of its own, to be stopped at the end.
begin() {
  local server=$1 port=$2
  shift 2
  STARTED+=("$server:$port")
  setsid env "$@" "$SERVERS/$server/start.sh" "$port" </dev/null &
  STARTING+=($!)
}
finish() {
  local pid
  for pid in "${STARTING[@]}"; do wait "$pid"; done
  STARTING=()
}

say "starting the servers of: ${SUITES[*]}"
for suite in "${SUITES[@]}"; do
  case $suite in
    fastapi) begin fastapi "$FASTAPI" CORS_ORIGINS="$ORIGINS" ACCESS_SECONDS=8 ;;
    fastapi-problem) begin fastapi-problem "$PROBLEM" CORS_ORIGINS="$ORIGINS" ;;
    fastapi-users) begin fastapi-users "$USERS" CORS_ORIGINS="$ORIGINS" ;;
    django) begin django "$DJANGO" CORS_ORIGINS="$ORIGINS" ACCESS_SECONDS=5 ;;
    flask) begin flask "$FLASK" CORS_ORIGINS="$ORIGINS" ACCESS_SECONDS=4 ;;
    doorkeeper) begin doorkeeper "$DOORKEEPER" CORS_ORIGINS="$ORIGINS" ;;
    langflow)
      begin langflow "$LANGFLOW" LF_CORS_ORIGINS="$ORIGINS" LF_ACCESS_SECONDS=3
      begin langflow "$ANY" LF_CORS_ORIGINS="*"
      begin langflow "$AUTO" LF_CORS_ORIGINS="$ORIGINS" LF_AUTO_LOGIN=true LF_RATE_LIMIT=true
      ;;
  esac
done
finish

FILES=("${SUITES[@]/#/tests/real/}")
FILES=("${FILES[@]/%/.test.js}")
say "running the tests"
REAL_PAGE_PORT=$PAGE \
REAL_FASTAPI_URL=http://127.0.0.1:$FASTAPI \
REAL_FASTAPI_PROBLEM_URL=http://127.0.0.1:$PROBLEM \
REAL_FASTAPI_USERS_URL=http://127.0.0.1:$USERS \
REAL_DJANGO_URL=http://127.0.0.1:$DJANGO \
REAL_FLASK_URL=http://127.0.0.1:$FLASK \
REAL_DOORKEEPER_URL=http://127.0.0.1:$DOORKEEPER \
REAL_LANGFLOW_URL=http://127.0.0.1:$LANGFLOW \
REAL_LANGFLOW_ANY_ORIGIN_URL=http://127.0.0.1:$ANY \
REAL_LANGFLOW_AUTO_LOGIN_URL=http://127.0.0.1:$AUTO \
  node --test --test-concurrency=1 --test-reporter=spec "${FILES[@]}"
