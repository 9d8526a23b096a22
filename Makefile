# The two commands are `make demo` and `make test`; each installs what it needs (scripts/setup).

SEEDS ?= 20000

# Tests of calls wait more than they compute: more of them than there are processors run at once.
export RUST_TEST_THREADS ?= 4

# What the dashboard is built from, and where npm notes what it installed.
WEB := $(shell find web/src web/public web/tools web/index.html web/*.ts web/*.json docs/openapi.json docs/*.md docs/images -type f ! -name schema.d.ts)
MODULES := web/node_modules/.package-lock.json

# What makes clients in TypeScript from the API's description, for a test.
CLIENTS := crates/campanile/tests/clients/node_modules/.package-lock.json

.PHONY: help demo web node clients release check test sim bench bench-web lint fmt

help:
	@echo "make demo         a sandbox carrier, a server and a sample batch, live in your browser"
	@echo "make web          the dashboard, for the program to carry (a release build needs it)"
	@echo "make release      the program with the dashboard, as a Debian package, a tarball and a container"
	@echo "make check        linters, unit tests and 200 seeds, for the inner loop"
	@echo "make test         every test, against real SIP peers"
	@echo "make sim SEEDS=n  n seeded histories of the rules against a simulated world; FROM=n the first"
	@echo "make bench        figures, as ratios to a peer in the same run (docs/dev/performance.md)"
	@echo "make bench-web    how quick the dashboard is, in a browser; BENCH_SECONDS=600 watches memory longer"
	@echo "make lint         formatting, clippy, eslint, types, licences"

demo:
	@scripts/setup espeak-ng nodejs
	@echo "Building the dashboard and the program; the first time takes some minutes."
	@$(MAKE) --silent web
	@cargo run --quiet --profile demo -p campanile -- demo

web: web/dist/index.html

web/dist/index.html: $(WEB) $(MODULES)
	@cd web && npm run --silent build -- --logLevel warn >/dev/null

$(MODULES) $(CLIENTS): %/node_modules/.package-lock.json: %/package-lock.json | node
	@cd $* && npm ci --no-audit --no-fund --loglevel error >/dev/null
	@touch $@

clients: $(CLIENTS)

node:
	@scripts/setup nodejs

release: web
	@scripts/setup binutils
	cargo build --release --locked -p campanile
	packaging/build target/release/campanile target/dist

check: $(MODULES)
	cd web && npm run --silent lint && npm run --silent test
	cargo fmt --all --check
	cargo clippy --quiet --workspace --all-targets -- -D warnings
	cargo test --quiet --workspace --lib --bins
	cargo build --quiet --workspace --bins
	target/debug/campanile-sim --seeds 200

test: $(MODULES) $(CLIENTS)
	@scripts/setup espeak-ng flite sip-tester baresip python3-venv chromium debootstrap
	cd web && npm run --silent check
	cargo test --workspace --all-targets --no-fail-fast
	cd web && npm run --silent e2e

sim:
	cargo run --quiet --release -p campanile-sim -- --seeds $(SEEDS) $(if $(FROM),--from $(FROM))

bench:
	@scripts/setup espeak-ng sip-tester python3-venv
	bench/run

bench-web: web
	@scripts/setup espeak-ng chromium
	bench/web

lint: $(MODULES)
	cd web && npm run --silent lint
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	@if command -v cargo-deny >/dev/null; then cargo deny check licenses bans sources; \
	else echo "cargo-deny is not installed; licences were not checked (cargo install cargo-deny)"; fi

fmt:
	cargo fmt --all
