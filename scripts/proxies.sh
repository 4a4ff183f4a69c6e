#!/usr/bin/env bash
# Plain programs over an attested channel: a proxy in front of the program at
# the first argument, another on 127.0.0.1:8080 for whoever wants to reach it.
#
#   scripts/proxies.sh 127.0.0.1:80 --mutual
#   scripts/proxies.sh 127.0.0.1:80 --transport quic
set -euo pipefail
cd "$(dirname "$0")/.."
program=${1:?the address of a plain program}
shift
make --silent build
seatproof="${CARGO_TARGET_DIR:-target}/release/seatproof"
[ -f target/laboratory/client.der ] || "$seatproof" laboratory target/laboratory
"$seatproof" proxy server --laboratory target/laboratory --listen 127.0.0.1:4434 --to "$program" "$@" &
server=$!
trap 'kill "$server"' EXIT
"$seatproof" proxy client --laboratory target/laboratory --listen 127.0.0.1:8080 --to 127.0.0.1:4434 "$@"
