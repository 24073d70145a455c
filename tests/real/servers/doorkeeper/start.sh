#!/usr/bin/env bash
# Rails and Doorkeeper from Debian's packages on 127.0.0.1.   usage: start.sh PORT   (settings: see config.ru)
set -euo pipefail
NAME=doorkeeper
source "$(dirname "$(readlink -f "$0")")/../lib.sh"
PORT=${1:?usage: start.sh PORT}

need_debian curl procps ruby-doorkeeper ruby-rails ruby-rack-cors ruby-sqlite3 puma

data=$CACHE/data/doorkeeper-$PORT
rm -rf "$data"
mkdir -p "$data"
serve "$PORT" /oauth/token/info 90 env -C "$data" DATABASE="$data/doorkeeper.sqlite3" RAILS_ENV=production RACK_ENV=production \
  puma --bind "tcp://127.0.0.1:$PORT" --threads 1:5 --environment production "$REAL/servers/doorkeeper/config.ru"
