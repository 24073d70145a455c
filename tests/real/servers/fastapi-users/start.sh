#!/usr/bin/env bash
# fastapi-users on 127.0.0.1.   usage: start.sh PORT   (settings: see app.py)
set -euo pipefail
NAME=fastapi-users
source "$(dirname "$(readlink -f "$0")")/../lib.sh"
PORT=${1:?usage: start.sh PORT}

need_debian curl procps
need_python fastapi-users fastapi-users[sqlalchemy]==15.0.5 aiosqlite==0.22.1 fastapi==0.165.0 uvicorn==0.54.0

mkdir -p "$CACHE/data"
serve "$PORT" /openapi.json 60 env DATABASE="$CACHE/data/fastapi-users-$PORT.sqlite3" PYTHONPYCACHEPREFIX="$CACHE/pycache" \
  "$VENV/bin/uvicorn" --app-dir "$REAL/servers/fastapi-users" app:app --host 127.0.0.1 --port "$PORT"
