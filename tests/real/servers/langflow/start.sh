#!/usr/bin/env bash
# Langflow itself, without its frontend, on 127.0.0.1.   usage: start.sh PORT
#   LF_AUTO_LOGIN      true | false (default false: a login is asked for)
#   LF_ACCESS_SECONDS  lifetime of an access token (default 3600)
#   LF_CORS_ORIGINS    origins allowed to read answers (default *, which is Langflow's own default)
#   LF_RATE_LIMIT      true | false (default false; Langflow's own default is true, five logins a minute)
# The first start installs Langflow, which takes about two minutes.
set -euo pipefail
NAME=langflow
source "$(dirname "$(readlink -f "$0")")/../lib.sh"
PORT=${1:?usage: start.sh PORT}

need_debian curl procps
need_python langflow langflow-base==1.13.0

data=$CACHE/data/langflow-$PORT
rm -rf "$data"
mkdir -p "$data/config"
serve "$PORT" /health 240 env -C "$data" \
  HOME="$data" \
  HF_HUB_OFFLINE=1 \
  DO_NOT_TRACK=true \
  LANGFLOW_DO_NOT_TRACK=true \
  LANGFLOW_CONFIG_DIR="$data/config" \
  LANGFLOW_DATABASE_URL="sqlite:///$data/langflow.db" \
  LANGFLOW_AUTO_LOGIN="${LF_AUTO_LOGIN:-false}" \
  LANGFLOW_SUPERUSER=admin \
  LANGFLOW_SUPERUSER_PASSWORD=Adm1n-canary-pass \
  LANGFLOW_SECRET_KEY=a-key-for-tests-only-0123456789abcdefghijklmn \
  LANGFLOW_ACCESS_TOKEN_EXPIRE_SECONDS="${LF_ACCESS_SECONDS:-3600}" \
  LANGFLOW_CORS_ORIGINS="${LF_CORS_ORIGINS:-*}" \
  LANGFLOW_RATE_LIMIT_ENABLED="${LF_RATE_LIMIT:-false}" \
  LANGFLOW_CREATE_STARTER_PROJECTS=false \
  LANGFLOW_UPDATE_STARTER_PROJECTS=false \
  LANGFLOW_AGENTIC_EXPERIENCE=false \
  LANGFLOW_STORE=false \
  LANGFLOW_OPEN_BROWSER=false \
  LANGFLOW_LOG_LEVEL=info \
  "$VENV/bin/python" -m langflow run --backend-only --host 127.0.0.1 --port "$PORT" --workers 1
