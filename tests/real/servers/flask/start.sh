#!/usr/bin/env bash
# Flask-JWT-Extended on 127.0.0.1.   usage: start.sh PORT   (settings: see app.py)
set -euo pipefail
NAME=flask
source "$(dirname "$(readlink -f "$0")")/../lib.sh"
PORT=${1:?usage: start.sh PORT}

need_debian curl procps
need_python flask flask==3.1.3 flask-jwt-extended==4.7.4 flask-cors==6.0.5 gunicorn==27.0.1

serve "$PORT" /me 60 env PYTHONPYCACHEPREFIX="$CACHE/pycache" \
  "$VENV/bin/gunicorn" --no-control-socket --chdir "$REAL/servers/flask" --bind "127.0.0.1:$PORT" --threads 4 app:app
