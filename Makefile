# `verify` and `test` are all that is needed; the others are parts of them, or take
# longer. Everything needs cargo and a C compiler only, `verify-proverif` also
# ProVerif 2.05.
CARGO ?= cargo
SEATPROOF := $(or $(CARGO_TARGET_DIR),target)/release/seatproof

.PHONY: verify build test models traces gate attacks bench bench-tls matrix sweep checks mutate \
	verify-proverif deny wasm doc clean

# The main job: prove the models, run the protocol, match the recordings.
verify: build
	$(SEATPROOF) verify

build:
	$(CARGO) build --release --locked --package seatproof

test:
	$(CARGO) test --locked

models: build
	$(SEATPROOF) verify --only models

gate: build
	$(SEATPROOF) verify --only gate

# Every attack against broken code, fixed code, and the fix removed again, and with
# one more leak at a time; the plans made anew and compared.
attacks: build
	$(SEATPROOF) attack --plans traces/attacks --check
	$(SEATPROOF) attack --all --repeat 100 --pages target/attacks
	$(SEATPROOF) attack --adaptive --repeat 10

# Every model judged by a real proverif too, which takes hours; first its reading of
# the gated models beside ours.
verify-proverif: build
	$(SEATPROOF) derive --compare
	$(SEATPROOF) verify --only models --oracle --oracle-seconds 1800

# The page of all properties, models/README.md, and its last columns: under which
# compromises each property holds.
matrix: build
	$(SEATPROOF) matrix

# `make sweep ARGS=--weak` asks of weak groups and hashes too, for hours.
sweep: build
	$(SEATPROOF) sweep $(ARGS)

# Every check of every role left out in turn: what does it carry? Variants with weak
# algorithms have no other checks.
CHECKED = $(shell ls models/pre*/*.pv models/intra*/*.pv models/post/*.pv models/provisioned/*.pv \
	| grep -Ev '/(sanity|weak|handshake-leak|hidden)|sha256')
checks: build
	$(SEATPROOF) scrutinise --checks --page models/CHECKS.md $(CHECKED)

# Mistakes made on purpose, each of which the gate must notice.
mutate: build
	$(SEATPROOF) mutate

traces: build
	$(SEATPROOF) record --output traces/honest

# Times, clause counts and memory, beside proverif where it is on PATH. To measure
# other models: make bench ARGS='--limit 60 some/folder'. Then what attestation
# costs beside plain TLS, and Evidence of hardware to verify.
bench: bench-tls
	$(CARGO) bench --locked --package benchmark --bench prover -- $(ARGS)

bench-tls:
	$(CARGO) bench --locked --package transport --bench attestation
	$(CARGO) bench --locked --package platform --features sev-snp --bench verify

# Licences, sources and known vulnerabilities of what is linked in, by cargo-deny.
deny:
	$(CARGO) deny check

# The sans-IO crates for a target that has no sockets, files or clock: only where
# that target and a C compiler for it are installed.
wasm:
	$(CARGO) check --manifest-path impl/wasm/Cargo.toml --target wasm32-unknown-unknown \
		--target-dir target/wasm

doc:
	$(CARGO) doc --locked --no-deps --workspace

clean:
	$(CARGO) clean
