# Five verbs, and `gate` for the conformance part of `verify` alone. Everything
# needs cargo and a C compiler only.
CARGO ?= cargo
SEATPROOF := $(or $(CARGO_TARGET_DIR),target)/release/seatproof

.PHONY: verify build test models traces gate bench doc clean

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

# Every attack against broken code, fixed code, and the fix removed again; the
# plans made anew and compared.
attacks: build
	$(SEATPROOF) attack --plans traces/attacks --check
	$(SEATPROOF) attack --all --repeat 100

traces: build
	$(SEATPROOF) record --output traces/honest

# Times, clause counts and memory, beside proverif where it is on PATH. To measure
# other models: make bench ARGS='--limit 60 some/folder'.
bench:
	$(CARGO) bench --locked --package benchmark --bench prover -- $(ARGS)

doc:
	$(CARGO) doc --locked --no-deps --workspace

clean:
	$(CARGO) clean
