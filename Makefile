# Two commands on a fresh machine (Python >= 3.11, git, make): `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SCHEDULES ?= 500
SEED ?= 1

.PHONY: demo test test-all check bench bench-plan bench-report sim clean

$(VENV)/.installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check -e '.[dev]'
	touch $@

demo: $(VENV)/.installed  ## a made-up company in six simulated tools on this machine: read, kept in agreement, reported
	$(BIN)/syncline demo --out demo

test: $(VENV)/.installed  ## the whole suite, against the built wheel
	$(BIN)/python tests/run_against_wheel.py

test-all: $(VENV)/.installed  ## the same; the engine on a server's database, too, and a company of 50,000
	SYNCLINE_TESTS=all $(BIN)/python tests/run_against_wheel.py

check: $(VENV)/.installed  ## style, types, layers, documents
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m syncline_cli.docs --check
	$(BIN)/python -m syncline.config.example --check

sim: $(VENV)/.installed  ## seeded schedules of a hostile tool: make sim SCHEDULES=1000 SEED=1
	$(BIN)/python -m tests.sim.schedules --schedules $(SCHEDULES) --seed $(SEED)
	SYNCLINE_FENCE_SCHEDULES=$(SCHEDULES) SYNCLINE_FENCE_SEED=$(SEED) $(BIN)/python -m pytest -q tests/zendesk/test_fence.py

bench: $(VENV)/.installed  ## a pull against the least work possible and what people use; N issues, LATENCY in ms, PEERS=no
	$(BIN)/python -m bench.run --issues $(or $(N),20000) --latency $(or $(LATENCY),0) $(if $(filter no,$(PEERS)),,--peers)

bench-plan: $(VENV)/.installed  ## what a plan costs among a thousand linked records and among a hundred thousand
	$(BIN)/python bench/plan.py

bench-report: $(VENV)/.installed  ## what a weekly report costs: 50,000 items, half a million events
	$(BIN)/python bench/status.py

clean:
	rm -rf $(VENV) build dist demo .pytest_cache .mypy_cache .ruff_cache
