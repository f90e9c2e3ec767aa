.DELETE_ON_ERROR:
.PHONY: help demo up test drills check self-test properties crashes chaos replay histories faults mutants \
  bench fuzz screenshots image lock clean
.DEFAULT_GOAL := help

# Without compiled files every process compiles all of this anew before it does anything.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
BIN := .venv/bin

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/ready: requirements.lock pyproject.toml
	@echo "Setting up .venv (once; about a minute)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: .venv/ready  ## play the demo stories on a real Temporal, compare both ledgers (KEEP=1: stay)
	@$(BIN)/python -m demo stories $(if $(KEEP),--keep)

up: .venv/ready  ## run the whole system in the foreground until Ctrl-C
	@$(BIN)/python -m demo up

test: .venv/ready  ## run the test suite, all but the drills (under ten minutes)
	@$(BIN)/python -m pytest --numprocesses 3 --dist loadscope --no-loadscope-reorder -m "not drill"

drills: .venv/ready  ## whole systems under attack, restarted, photographed, operated; one after the other
	@$(BIN)/python -m pytest -m drill

check: .venv/ready  ## lint, types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

self-test: .venv/ready  ## check this environment against Digital River, Temporal and the database
	@$(BIN)/python -m ferryman self-test

properties: .venv/ready  ## fault layer 1: settlement and line ledger under random programs
	@$(BIN)/python -m pytest tests/properties

crashes: .venv/ready  ## fault layer 2: a crash at every step, and pairs (SEED= PAIRS= LIFE= CASE= CRASHES=whole)
	@CRASHES=$${CRASHES:-fresh} $(BIN)/python -m pytest tests/crashes

chaos: .venv/ready  ## fault layer 3: real processes killed and frozen (SEEDS="1 2 3")
	@$(BIN)/python -m faults.chaos $(SEEDS)

replay: .venv/ready  ## fault layer 4: kept histories against today's flow
	@$(BIN)/python -m pytest tests/replay

histories: .venv/ready  ## keep the histories of every state for this release
	@$(BIN)/python -m faults.histories

faults: .venv/ready  ## the four fault layers, with three storms (under ten minutes)
	@CRASHES=fresh $(BIN)/python -m pytest --numprocesses 2 --dist loadscope tests/properties tests/replay tests/crashes
	@$(BIN)/python -m faults.chaos

mutants: .venv/ready  ## plant each known mistake and see which layer catches it
	@$(BIN)/python -m faults.mutants

bench: .venv/ready  ## what an order costs, beside an empty workflow and beside the plain way (six minutes; ARGS="--quick")
	@$(BIN)/python -m bench $(ARGS)

fuzz: .venv/ready  ## throw hostile traffic at the running system, full size (about ten minutes)
	@HOSTILE=full $(BIN)/python -m pytest tests/hostile

screenshots: .venv/ready  ## photograph the Web UI and the shop for the documents (needs Chromium)
	@$(BIN)/python -m demo pictures

image: .venv/ready  ## install as the image does, and start every process from it (downloads)
	@INSTALL=1 $(BIN)/python -m pytest tests/production/test_install.py

lock:  ## pin every package by version and hashes (needs uv)
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url --no-emit-find-links --output-file requirements.lock

clean:  ## remove what the commands above have made
	rm -rf .venv .data
