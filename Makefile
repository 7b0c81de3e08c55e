# make env    set up whatever is missing (called by the others)
# make smoke  run the smoke study with real GPAW and print its tables
# make test   lint, types, documentation and tests
# make docs   build the documentation into site/, without network; warnings are errors
# make docs-output  write the output of commands in the documentation anew; RESULTS=folder of a
#                   finished smoke study
# make docs-validation  what tests calculate beside references, and its table in docs/validation.md
# make browser  Chromium for the tests that open the report (called by make test)
# make test-long  phases and vibrations against measured values, terminations, about 20 minutes
# make test-slurm  studies on a real SLURM on this machine, started for the tests (root, apt)
# make test-faults  kills, damaged files, full disks; FAULTS=N repeats the random ones
# make scan  hundreds of ligands, crystals, cuts and defects against an independent checker
# make bench  wall times of building structures
# make bench-relaxation  core-seconds of relaxations against a short script; CASES, ECUT; PEER="cp2k script
#                   skilled" against others from the same start
# make bench-placements  placements ranked by a potential against all of them by GPAW, hours; CASES, ECUT
BIN := .venv/bin
export PYTHON REBUILD_GPAW

.PHONY: env browser smoke docs docs-output docs-validation test test-long test-slurm test-faults scan bench bench-relaxation \
    bench-placements
.SILENT:

env:
	cluster_scripts/setup-env.sh

browser:
	cluster_scripts/setup-env.sh browser

smoke: env
	test -e smoke/smoke.toml || $(BIN)/passivant init smoke smoke
	$(BIN)/passivant run smoke/smoke.toml

test: browser
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n logical --maxprocesses 8 --dist loadfile --no-loadscope-reorder

docs: env
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	echo "open site/index.html"

docs-output: env
	$(BIN)/python -m docs.tools.outputs $(or $(RESULTS),smoke/results)

docs-validation: env
	RECORD=docs/data $(BIN)/pytest tests/workflows/dft tests/workflows/recipes/test_surface_phases.py \
	    -k "splittings or gap_on_few or saddle or hops or energy_and_forces_are_the_same or rock_salt"
	$(BIN)/python -m docs.tools.validation

test-long: env
	$(BIN)/pytest -m long

test-slurm: env
	PATH=$$PATH:/usr/sbin; command -v slurmctld >/dev/null && command -v sbatch >/dev/null || \
	    { apt-get update -qq && apt-get install -y -qq --no-install-recommends \
	    slurmctld slurmd slurm-client; }
	$(BIN)/pytest -m slurm

test-faults: env
	$(BIN)/pytest -m faults

scan: env
	$(BIN)/pytest -m scan -s

bench: env
	$(BIN)/python -m tests.benchmarks.structures

bench-relaxation: env
	$(BIN)/python -m tests.benchmarks.$(if $(PEER),same_start --peer "$(PEER)",relaxation) $(if $(CASES),--cases "$(CASES)") \
	    $(if $(ECUT),--ecut $(ECUT))

bench-placements: env
	$(BIN)/python -m tests.benchmarks.placements $(if $(CASES),--cases "$(CASES)") \
	    $(if $(ECUT),--ecut $(ECUT))
