#!/usr/bin/env bash
# usage: stop.sh PORT
set -euo pipefail
NAME=fastapi-users
source "$(dirname "$(readlink -f "$0")")/../lib.sh"
halt "${1:?usage: stop.sh PORT}"
