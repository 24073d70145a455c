#!/usr/bin/env bash
# A FastAPI login with RFC 9457 errors on 127.0.0.1.   usage: start.sh PORT   (settings: see app.py)
set -euo pipefail
NAME=fastapi-problem
source "$(dirname "$(readlink -f "$0")")/../lib.sh"
PORT=${1:?usage: start.sh PORT}

need_debian curl procps
need_python fastapi-problem fastapi==0.165.0 uvicorn==0.54.0 fastapi-problem==0.12.1

serve "$PORT" /openapi.json 60 env -C "$REAL/servers/fastapi-problem" PYTHONPYCACHEPREFIX="$CACHE/pycache" \
  "$VENV/bin/uvicorn" app:app --host 127.0.0.1 --port "$PORT"
