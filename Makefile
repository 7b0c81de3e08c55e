# make env    set up whatever is missing (called by the others)
# make smoke  run the smoke study with real GPAW and print its tables
# make test   lint, types and tests
# make test-long  phases against measured values, about 8 minutes
# make bench  wall times of building structures
BIN := .venv/bin
export PYTHON REBUILD_GPAW

.PHONY: env smoke test test-long bench
.SILENT:

env:
	cluster_scripts/setup-env.sh

smoke: env
	test -e smoke/smoke.toml || $(BIN)/passivant init smoke smoke
	$(BIN)/passivant run smoke/smoke.toml

test: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest

test-long: env
	$(BIN)/pytest -m long

bench: env
	$(BIN)/python -m tests.benchmarks.structures
