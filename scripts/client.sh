#!/usr/bin/env bash
# Terminal 2: attests the server of terminal 1, and only then sends a message.
# Arguments go to `seatproof connect`, for example `--message hello`,
# `--repeat 3`; `--placement`, `--transport` and `--mutual` as the server has them.
set -euo pipefail
cd "$(dirname "$0")/.."
make --silent build
exec "${CARGO_TARGET_DIR:-target}/release/seatproof" connect --laboratory target/laboratory "$@"
