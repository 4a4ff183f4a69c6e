#!/usr/bin/env bash
# Terminal 1: an attested server that echoes what clients send it.
# Arguments go to `seatproof serve`, for example `--attester wrongly-bound`,
# `--placement pre`, `--placement intra`, `--transport quic`, `--mutual`.
set -euo pipefail
cd "$(dirname "$0")/.."
make --silent build
[ -f target/laboratory/client.der ] || "${CARGO_TARGET_DIR:-target}/release/seatproof" laboratory target/laboratory
exec "${CARGO_TARGET_DIR:-target}/release/seatproof" serve --laboratory target/laboratory "$@"
