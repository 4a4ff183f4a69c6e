#!/usr/bin/env bash
# Terminal 1: an attested server that echoes what clients send it.
# Arguments go to `seatproof serve`, for example `--attester wrongly-bound`.
set -euo pipefail
cd "$(dirname "$0")/.."
make --silent build
[ -d target/laboratory ] || "${CARGO_TARGET_DIR:-target}/release/seatproof" laboratory target/laboratory
exec "${CARGO_TARGET_DIR:-target}/release/seatproof" serve --laboratory target/laboratory "$@"
