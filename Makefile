# Two commands matter: `make demo` and `make test`.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
PORT ?= 8000

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test bench lint

help:  ## these lines
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

setup: $(VENV)/.runtime  ## the environment that running needs

setup-dev: $(VENV)/.dev  ## the environment that testing needs

demo: setup  ## the app beside a simulated store, at http://127.0.0.1:$(PORT)/
	$(BIN)/python -m plugin.cli demo --port $(PORT)

test: setup-dev  ## the whole test suite; what the machine lacks is skipped and said
	$(BIN)/python -m pytest -n auto --dist loadgroup

bench: setup-dev  ## every claim of speed, as ratios against a baseline of the same run
	$(BIN)/python -m benchmarks

lint: setup-dev  ## formatting, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Regulars needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	touch $@

$(VENV)/.dev: requirements-dev.lock | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@ $(VENV)/.runtime
