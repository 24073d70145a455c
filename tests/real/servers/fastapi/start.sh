#!/usr/bin/env bash
# FastAPI's tutorial login on 127.0.0.1.   usage: start.sh PORT   (settings: see app.py)
set -euo pipefail
NAME=fastapi
source "$(dirname "$(readlink -f "$0")")/../lib.sh"
PORT=${1:?usage: start.sh PORT}

need_debian curl procps
need_python fastapi fastapi==0.165.0 uvicorn==0.54.0 python-multipart==0.0.20 pyjwt==2.10.1

serve "$PORT" /openapi.json 60 env -C "$REAL/servers/fastapi" PYTHONPYCACHEPREFIX="$CACHE/pycache" \
  "$VENV/bin/uvicorn" app:app --host 127.0.0.1 --port "$PORT"
