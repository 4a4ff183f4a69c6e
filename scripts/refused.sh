#!/usr/bin/env bash
# One terminal: a client meets an honest server, then one per way to lie, and
# refuses each liar at another step.
set -euo pipefail
cd "$(dirname "$0")/.."
make --silent build
seatproof="${CARGO_TARGET_DIR:-target}/release/seatproof"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$seatproof" laboratory "$folder/laboratory" >/dev/null

failed=0
for attester in honest other-code tampered unsigned wrongly-bound; do
    "$seatproof" serve --laboratory "$folder/laboratory" --listen 127.0.0.1:0 \
        --attester "$attester" --connections 1 >"$folder/server.log" &
    for _ in $(seq 100); do
        address=$(sed -n 's/^serving .* on //p' "$folder/server.log")
        [ -n "$address" ] && break
        sleep 0.05
    done
    printf '\n== the server is %s\n' "$attester"
    if "$seatproof" connect --laboratory "$folder/laboratory" --to "$address"; then
        accepted=yes
    else
        accepted=no
    fi
    wait
    if [ "$attester" = honest ]; then expected=yes; else expected=no; fi
    if [ "$accepted" != "$expected" ]; then
        echo "unexpected: accepted=$accepted"
        failed=1
    fi
done
exit "$failed"
