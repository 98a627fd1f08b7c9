# Everything a person runs. `make help` lists it; only python3 (3.11 or newer, with its venv module) is needed to start.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin

.PHONY: help run setup setup-dev test lint format types contracts bench vendor lock translations screenshots audit clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup ## Serve the site with demo data on http://127.0.0.1:8000 (PORT=8080 for another port)
	@PORT="$(PORT)" $(BIN)/python -m scripts.run

setup: ## Make .venv and install what the site needs
	@$(PYTHON) scripts/setup.py

setup-dev: ## Make .venv and install what tests and checks need too
	@$(PYTHON) scripts/setup.py --dev

test: setup-dev ## Run every check and test: lint, types, contracts, SQLite, PostgreSQL, real browser
	@$(BIN)/python -m scripts.test

lint: setup-dev ## Check style and common mistakes (ruff)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

format: setup-dev ## Put the code into the one format (ruff)
	@$(BIN)/ruff check --fix-only --quiet . ; $(BIN)/ruff format .

types: setup-dev ## Check types (mypy, strict)
	@$(BIN)/mypy .

contracts: setup-dev ## Check who imports whom (import-linter)
	@$(BIN)/lint-imports

bench: setup-dev ## Measure search at 10,000 and 100,000 services beside FTS5 and tantivy; the fund's books
	@$(BIN)/python -m bench.search --sizes 10000,100000
	@$(BIN)/python -m bench.funds --sizes 10000,100000
	@$(BIN)/python -m bench.reports --transfers 100000

vendor: setup-dev ## Fetch the browser libraries again into static/vendor (needs npm)
	@$(BIN)/python -m scripts.vendor

lock: setup-dev ## Compile requirements.txt and requirements-dev.txt from the .in files
	@$(BIN)/python -m scripts.lock

translations: setup-dev ## Collect the texts of the pages and bring translations/ up to date
	@$(BIN)/python -m scripts.translations

screenshots: setup-dev ## Write pictures of every page at 360, 768 and 1280 px into screenshots/
	@$(BIN)/python -m scripts.screenshots

audit: setup-dev ## Ask the advisory database about the locked packages (in an environment of its own)
	@test -x .venv-audit/bin/pip-audit || ($(PYTHON) -m venv .venv-audit && .venv-audit/bin/pip install --quiet pip-audit)
	@.venv-audit/bin/pip-audit --strict --require-hashes --disable-pip --requirement requirements.txt

clean: ## Remove caches and made files; data/ and .venv stay
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis test-results screenshots
	@find . -path ./.venv -prune -o -name __pycache__ -type d -print0 | xargs -0 rm -rf
	@find static -name '*.br' -delete -o -name '*.gz' -delete
