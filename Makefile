# `make help` lists what there is. Everything runs in .venv, installed from the hashed requirements.lock.

SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# Two test processes more than cores: they wait for brokers and servers a good deal.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) + 2)
# Where the tests' databases lie: in memory where there is room for them, since nobody needs them after a power cut.
SCRATCH := $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 12000000 { print "PYTEST_DEBUG_TEMPROOT=/dev/shm" }')
ARGS ?=
# The tests start hundreds of processes: none shall compile every module anew, whatever the environment says.
export PYTHONDONTWRITEBYTECODE :=

# The first Python that really runs and is new enough (a version manager's shim may exist and not run).
PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13 python3.14; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' </dev/null >/dev/null 2>&1 && { echo "$$python"; break; }; done)

.PHONY: help install demo test check style types ladder pytest soak bench bench-peers coverage format lock system clean
.NOTPARALLEL:

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(INSTALLED) ## Make .venv and install what requirements.lock names

$(INSTALLED): requirements.lock pyproject.toml
	@if [ -z "$(PYTHON)" ]; then echo "shiftbot needs Python 3.11 or later; none was found. Install it, or say: make PYTHON=/path/to/python3 ..." >&2; exit 1; fi
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(INSTALLED) ## Try it: one process, one URL to open (ARGS="--speed 20")
	$(BIN)/shiftbot demo $(ARGS)

test: $(INSTALLED) system check pytest ## Everything that must pass: style, types, ladder, tests

check: style types ladder ## The checks that run no test

style: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(INSTALLED)
	$(BIN)/mypy

ladder: $(INSTALLED)
	$(BIN)/lint-imports --no-logo

pytest: $(INSTALLED)
	$(SCRATCH) $(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

soak: $(INSTALLED) ## Live through 500 seeds of the simulation, faults and all (ARGS=50 for fewer); prints those that fail
	$(BIN)/python -m tests.simulation.soak $(ARGS)

bench: $(INSTALLED) system ## Measure (tests/benchmarks); prints figures and fails nothing
	$(BIN)/python -m tests.benchmarks $(ARGS)

# Node-RED goes into the user's cache, never into this folder; everything it measures ends by itself.
bench-peers: $(INSTALLED) system ## Measure Node-RED beside ours (needs npm); three to six minutes
	$(BIN)/python -m tests.benchmarks.peers

coverage: $(INSTALLED) system ## Run the tests and show which branches none of them took
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

format: $(INSTALLED) ## Format the code and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# --no-header and --no-annotate keep paths and addresses out of the lock; tests/test_repository.py looks.
lock: ## Choose versions anew from pyproject.toml
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip install --quiet --disable-pip-version-check uv
	$(VENV)-lock/bin/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header --no-annotate \
		pyproject.toml --group dev -o requirements.lock
	rm -rf $(VENV)-lock

system: ## Install the programs the tests need: mosquitto, PostgreSQL, Chromium
	@.ci/system-packages

clean: ## Remove .venv and every cache
	rm -rf $(VENV) $(VENV)-lock .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.* htmlcov dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
