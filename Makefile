# Needs Python 3.11 to 3.13, make and the package registry; everything else is set up in .venv and .tools.
# `make demo KEEP=DIR` keeps the demo's data in DIR; `make test ARGS="tests/app -x"` passes arguments to pytest.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup demo test serve check lint docs bench evals mutants

KEEP ?=
ARGS ?=

# Where the environment forbids bytecode, every process compiles 1,600 modules anew: a service's start takes 20
# processor seconds instead of 7. Python writes it into __pycache__ folders, which git ignores.
export PYTHONDONTWRITEBYTECODE :=

help:
	@echo "make demo     set up and run the main job, from upload to cited answer to erasure"
	@echo "make serve    the all-in-one service on http://127.0.0.1:8000, data kept in ./data"
	@echo "make test     the whole test suite"
	@echo "make check    format, lint, types, import contracts, tests: what CI runs"
	@echo "make docs     write what stands in the documentation from tests and code"
	@echo "make bench    the benchmarks"
	@echo "make evals    leakage and quality evals against a service of their own"
	@echo "make mutants  the proof that the leakage eval can fail"
	@echo "make setup    only the set-up"

setup:
	@sh make/setup.sh

demo: setup
	@sh make/bulkhead.sh demo $(if $(KEEP),--keep "$(KEEP)")

serve: setup
	@BULKHEAD_DATA_DIR="$${BULKHEAD_DATA_DIR:-./data}" sh make/bulkhead.sh serve

test: setup
	@.venv/bin/pytest -n 2 --dist loadgroup $(ARGS)

lint: setup
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo

check: lint test

docs: setup
	@.venv/bin/python -m tests.docs

bench: setup
	@if [ -f benchmarks/__main__.py ]; then exec .venv/bin/python -m benchmarks $(ARGS); fi; \
	echo "make bench is not built yet" >&2; exit 2

evals: setup
	@.venv/bin/python -m evals both $(ARGS)

mutants: setup
	@.venv/bin/python -m evals.mutants $(ARGS)
