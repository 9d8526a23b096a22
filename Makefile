# The two commands are `make demo` and `make test`; each installs what it needs (scripts/setup).

SEEDS ?= 20000

.PHONY: help demo test sim bench lint fmt

help:
	@echo "make demo         a sandbox carrier, a server and a sample batch, live in this terminal"
	@echo "make test         every test, against real SIP peers"
	@echo "make sim SEEDS=n  n seeded histories of the rules against a simulated world"
	@echo "make bench        figures, as ratios to a peer in the same run (docs/dev/performance.md)"
	@echo "make lint         formatting, clippy, licences"

demo:
	@scripts/setup espeak-ng
	cargo run -p campanile -- demo

test:
	@scripts/setup espeak-ng sip-tester baresip python3-venv
	cargo test --workspace --all-targets

sim:
	cargo run --quiet --release -p campanile-sim -- --seeds $(SEEDS)

bench:
	@scripts/setup espeak-ng sip-tester python3-venv
	bench/run

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	@if command -v cargo-deny >/dev/null; then cargo deny check licenses bans sources; \
	else echo "cargo-deny is not installed; licences were not checked (cargo install cargo-deny)"; fi

fmt:
	cargo fmt --all
