# Each target is one line into xtask. `--workspace` builds it with the features the rest is built
# with, so nothing is compiled twice.
XTASK = cargo build --quiet --workspace --bin wt-xtask && "$${CARGO_TARGET_DIR:-target}/debug/wt-xtask"

.DEFAULT_GOAL := help
.PHONY: help up down demo test bench tools tidy fmt lint sqlx

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 8
up: ## start the whole fleet on this machine and print where it is
	@$(XTASK) up
down: ## stop exactly what `make up` started
	@$(XTASK) down
demo: ## scan real local targets, fix one, prove the fix (ONCE=1: stop everything afterwards)
	@$(XTASK) demo $(if $(ONCE),--once)
test: ## every check and test there is
	@$(XTASK) test
bench: ## our speed beside that of bare tools, to target/bench/results.json
	@$(XTASK) bench
tools: ## the real naabu, httpx, tlsx, nuclei, nmap, rustscan and testssl.sh (no test or bench needs them)
	@$(XTASK) tools
tidy: ## layers, contracts, tenancy, docs and bans
	@$(XTASK) tidy
fmt: ## format everything
	@cargo fmt --all
lint: ## clippy, warnings are errors
	@cargo clippy --workspace --all-targets -- -D warnings
sqlx: ## rewrite the query cache in .sqlx from a fresh database
	@$(XTASK) sqlx
