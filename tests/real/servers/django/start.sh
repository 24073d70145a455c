#!/usr/bin/env bash
# The logins of Django's packages on 127.0.0.1.   usage: start.sh PORT   (settings: see app.py)
set -euo pipefail
NAME=django
source "$(dirname "$(readlink -f "$0")")/../lib.sh"
PORT=${1:?usage: start.sh PORT}

need_debian curl procps
need_python django django==5.2.19 djangorestframework==3.18.3 djangorestframework-simplejwt==5.5.1 djoser==2.3.5 \
  dj-rest-auth==7.2.0 django-cors-headers==4.9.0 gunicorn==27.0.1

mkdir -p "$CACHE/data"
serve "$PORT" /api/me 60 env DATABASE="$CACHE/data/django-$PORT.sqlite3" PYTHONPYCACHEPREFIX="$CACHE/pycache" \
  "$VENV/bin/gunicorn" --no-control-socket --chdir "$REAL/servers/django" --bind "127.0.0.1:$PORT" --threads 4 app:application
