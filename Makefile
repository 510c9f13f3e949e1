# Every target works on a fresh clone: it first sets up .venv from requirements.lock, unless that is up to date.
# Needed: make and Python 3.11 or newer. Used when it is there: uv.
#   make test-quick ARGS='-k frame'              more arguments for pytest, the demo or the benchmark
#   make clean && make test PYTHON=python3.13    a certain Python for .venv

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
ARGS ?=
RUNS ?= 1000000
KILLS ?=
KEEP ?=
SEED ?=
# Workers of pytest-xdist, which share one Kafka and one ClickHouse. They take file after file in order: the slow ones,
# of tests/crash and tests/integration, come before the quick ones of tests/unit, which fill what time is left. Four
# keep two cores busy, because the slow ones wait for servers most of the time: they take a tenth less time than three.
IN_PARALLEL = --numprocesses 4 --dist loadgroup --no-loadscope-reorder
CRASH_ENV = $(if $(KILLS),GATEMETER_CRASH_KILLS=$(KILLS)) $(if $(SEED),GATEMETER_CRASH_SEED=$(SEED))

# Images of containers forbid Python to keep what it has compiled. Here thousands of tests and hundreds of commands would
# then compile the same files again, which takes a tenth of the time of `make test`.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install demo test test-all test-quick crash format check lint typecheck layers prices bench fuzz lock clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1@\2/p' Makefile | while IFS=@ read -r name text; do \
		printf '  make %-12s %s\n' "$$name" "$$text"; done

install: $(STAMP) ## Set up .venv from the hash-locked requirements

demo: $(STAMP) ## A month of traffic through Kafka, two workers and ClickHouse on this machine (KEEP=1: leave the dashboard up)
	$(BIN)/gatemeter demo $(if $(KEEP),--keep) $(ARGS)

test: $(STAMP) ## What must pass before a change lands; within 8 minutes on two cores
	$(BIN)/python -m pytest $(IN_PARALLEL) -m 'not long' $(ARGS)

test-all: $(STAMP) ## Every test there is, long ones too; within an hour on two cores
	GATEMETER_TEST_EXAMPLES=200 $(BIN)/python -m pytest $(IN_PARALLEL) $(ARGS)

test-quick: $(STAMP) ## The tests that need no server
	$(BIN)/python -m pytest tests/unit $(ARGS)

crash: $(STAMP) ## Kill everything at random and at named points (long and repeatable: KILLS=1000 SEED=7)
	$(CRASH_ENV) $(BIN)/python -m pytest tests/crash$(if $(KILLS),/test_random_kills.py) $(ARGS)

format: $(STAMP) ## Format the code and sort its imports
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

check: lint typecheck layers ## What must be clean before a commit

lint: $(STAMP) ## Style and common mistakes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

typecheck: $(STAMP) ## Types
	$(BIN)/mypy

layers: $(STAMP) ## Which package may import which
	$(BIN)/lint-imports

prices: $(STAMP) ## That every correction of a price has a source, and published examples cost what they say
	$(BIN)/python -m pytest tests/unit/pricing/test_overlay.py tests/unit/pricing/test_published_examples.py $(ARGS)

bench: $(STAMP) ## The worker's speed beside its bounds
	$(BIN)/python -m benchmarks.decoding
	$(BIN)/python -m benchmarks.slimming
	$(BIN)/python -m benchmarks.relaying
	$(BIN)/python -m benchmarks.collector
	$(BIN)/python -m benchmarks.worker $(ARGS)

fuzz: $(STAMP) ## A long fuzz run of the decoders (RUNS=..., Linux on x86-64)
	mkdir -p .cache/fuzz
	$(BIN)/python -m tests.fuzz.decoders -runs=$(RUNS) -max_len=16384 .cache/fuzz tests/fixtures/cloudevents tests/fixtures/kong

clean: ## Remove .venv, caches and the demo's data
	rm -rf $(VENV) .cache build dist demo-data .coverage .hypothesis
	rm -rf .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

# --- dependencies -----------------------------------------------------------------------------------------------

UV = $(shell command -v uv 2>/dev/null)
COMPILE = "$(UV)" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-annotate --custom-compile-command 'make lock'

lock: ## Take the newest allowed version of every dependency (needs uv)
	$(if $(UV),,$(error make lock needs uv: pip install uv))
	$(COMPILE) --upgrade --extra embedded --extra dev --output-file requirements.lock pyproject.toml
	$(COMPILE) --constraint requirements.lock --output-file deploy/requirements.lock pyproject.toml
	echo hatchling | $(COMPILE) --constraint requirements.lock --output-file deploy/build-requirements.lock -
	echo uv | $(COMPILE) --output-file deploy/installer-requirements.lock -

# --- set-up -----------------------------------------------------------------------------------------------------

comma := ,
# uv brings what makes and fills an environment; without it Python must (Debian has it in python3-venv).
IS_SUITABLE = import sys$(if $(UV),,$(comma) ensurepip); sys.exit(sys.version_info < (3, 11))
IS_USABLE = import sys$(if $(UV),,$(comma) pip); sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3; do \
	"$$name" -c '$(IS_SUITABLE)' 2>/dev/null && echo "$$name" && break; done)
CREATE = $(if $(UV),"$(UV)" venv --quiet --no-project --clear --python "$(PYTHON)","$(PYTHON)" -m venv --clear) $(VENV)

PIP = $(BIN)/python -m pip --disable-pip-version-check
FILL = $(1) --require-hashes --requirement requirements.lock && $(1) --no-deps --no-build-isolation --editable .
FILL_WITH_uv = $(call FILL,UV_SYSTEM_CERTS=1 "$(or $(UV),$(BIN)/uv)" pip install --quiet --python $(BIN)/python)
FILL_WITH_pip = $(call FILL,$(PIP) install --quiet)
# uv takes a fifth of the time of pip, which therefore installs uv first. But uv asks the public index alone: where pip was
# told of another one, or uv does not get there, pip installs everything.
KNOWS_INDEX = $(PIP) config list | grep -q index-url
FILL_WITH_BOTH = ! { $(KNOWS_INDEX); } && $(PIP) install --quiet --require-hashes \
	--requirement deploy/installer-requirements.lock && $(FILL_WITH_uv) \
	|| { echo "pip installs everything, which takes a minute longer"; $(FILL_WITH_pip); }

define UNSUITABLE
gatemeter needs Python 3.11 or newer with venv and ensurepip, found none$(if $(PYTHON), in PYTHON=$(PYTHON)): install one \
(Debian and Ubuntu: apt-get install python3 python3-venv) or name one with make PYTHON=/path/to/python
endef

$(STAMP): requirements.lock pyproject.toml
	@"$(PYTHON)" -c '$(IS_SUITABLE)' 2>/dev/null || { echo '$(UNSUITABLE)' >&2; exit 1; }
	@echo "Setting up $(VENV) with $$("$(PYTHON)" --version); the first time takes a minute"
	@$(BIN)/python -c '$(IS_USABLE)' 2>/dev/null || $(CREATE)
	@$(if $(UV),$(FILL_WITH_uv),$(FILL_WITH_BOTH))
	@touch $@
