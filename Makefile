# The front door: every command of the project is a recipe here, and CI calls the same ones.

SHELL := /bin/bash
.DEFAULT_GOAL := help

LISTEN ?= 127.0.0.1:8080
STEP := scripts/step

# The whole workspace is named even where only some of it runs: with another selection cargo
# chooses other features of shared crates and builds half of them again.
ifneq ($(shell command -v cargo-nextest),)
UNIT_TESTS := cargo nextest run --locked --workspace --filterset 'not package(e2e)'
E2E_TESTS := cargo nextest run --locked --workspace --filterset 'package(e2e)'
else
UNIT_TESTS := cargo test --locked --workspace --exclude e2e --lib --bins --tests
E2E_TESTS := cargo test --locked --package e2e
endif

# What the web pages are made of. Folders are in the list too: a file taken away changes its folder.
WEB_SOURCES := $(shell find messages web/src web/public web/build web/index.html web/*.ts web/*.js web/package.json 2>/dev/null)

.PHONY: help
help: ## lists these commands
	@sed -nE 's/^([a-z-]+):.*## (.*)/make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20

# For people

.PHONY: demo
demo: tools web/dist/index.html ## the main job: a simulated plant, the server and the web pages
	@cargo run --locked -- demo --data demo-data --listen $(LISTEN)

.PHONY: dev
dev: tools web/node_modules/.package-lock.json ## the same with live reload of the web pages
	@scripts/dev $(LISTEN)

.PHONY: test
test: ## everything, from formats to the browser; installs what it needs
	@scripts/test

.PHONY: soak
soak: ## the long versions of some tests, about an hour: hostile peers, restarts, kills, fuzzing
	@scripts/soak

.PHONY: check
check: check-tree check-rust check-web check-crates ## formats, lints, docs, licences, unused dependencies

.PHONY: unit
unit: unit-rust unit-web ## the tests below the built program

.PHONY: e2e
e2e: e2e-rust e2e-web ## the tests on the built program, the browser's among them

.PHONY: bless
bless: web/node_modules/.package-lock.json ## rewrites snapshots, the contract of the API and the types made from it
	@BLESS=1 INSTA_UPDATE=always INSTA_FORCE_PASS=1 $(UNIT_TESTS)
	@npm --prefix web run --silent schema

.PHONY: coverage
coverage: ## which requirement ids are proved by which tests
	@python3 scripts/requirement_coverage.py

.PHONY: bench
bench: bench-tools web/dist/index.html ## the figures of docs/performance.md, into target/bench/results.json; PARTS chooses
	@scripts/bench $(PARTS)

.PHONY: screenshots
screenshots: test-tools build web/dist/index.html ## pictures of every page in all sizes, themes and languages, into screenshots/
	@npm --prefix web run --silent screenshots

.PHONY: release
release: tools web/dist/index.html ## one optimised binary for this machine, its checksum and what changed
	@scripts/release

# Parts of the above

.PHONY: tools test-tools bench-tools
tools:
	@scripts/setup demo
test-tools:
	@scripts/setup test
bench-tools:
	@scripts/setup bench

.PHONY: check-tree tracked-files requirement-ids script-tests
check-tree: tracked-files requirement-ids script-tests
tracked-files:
	@$(STEP) 'tracked files' scripts/check-tree
requirement-ids:
	@$(STEP) 'requirement ids' python3 scripts/requirement_coverage.py --check
script-tests:
	@$(STEP) 'script tests' env PYTHONPATH=scripts PYTHONDONTWRITEBYTECODE=1 python3 -m unittest discover -s scripts/tests

.PHONY: check-rust format-rust clippy docs
check-rust: format-rust clippy docs
format-rust:
	@$(STEP) rustfmt cargo fmt --all --check
clippy:
	@$(STEP) clippy cargo clippy --locked --workspace --all-targets -- -D warnings
docs:
	@$(STEP) docs env RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps --document-private-items

.PHONY: check-crates crate-tools licences unused-crates
check-crates: licences unused-crates
crate-tools:
	@$(STEP) 'crate tools' scripts/crate-tools
licences: crate-tools
	@$(STEP) licences cargo deny --locked check bans licenses sources
unused-crates: crate-tools
	@$(STEP) 'unused crates' cargo machete

.PHONY: check-web svelte-check eslint api-types
check-web: svelte-check eslint api-types
svelte-check: web/node_modules/.package-lock.json
	@$(STEP) svelte-check npm --prefix web run --silent check
eslint: web/node_modules/.package-lock.json
	@$(STEP) 'eslint and prettier' npm --prefix web run --silent lint

api-types: web/node_modules/.package-lock.json
	@$(STEP) 'API types' scripts/check-api-types

# With every target, so that the tests find the program and all their libraries as one build left them.
.PHONY: build
build:
	@$(STEP) build cargo build --locked --workspace --all-targets

.PHONY: unit-rust unit-web
unit-rust: test-tools build
	@$(STEP) 'Rust tests' $(UNIT_TESTS)
	@$(STEP) 'documentation tests' cargo test --locked --workspace --doc
unit-web: web/node_modules/.package-lock.json
	@$(STEP) 'web tests' npm --prefix web run --silent test

.PHONY: e2e-rust e2e-web
e2e-rust: test-tools build web/dist/index.html
	@$(STEP) 'end-to-end tests' $(E2E_TESTS)
e2e-web: test-tools build web/dist/index.html
	@$(STEP) 'browser tests' npm --prefix web run --silent e2e

# The list that npm keeps of what it installed.
web/node_modules/.package-lock.json: web/package-lock.json web/.npmrc | tools
	@$(STEP) 'web packages' npm --prefix web ci
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(WEB_SOURCES)
	@$(STEP) 'web pages' npm --prefix web run --silent build
	@touch $@
