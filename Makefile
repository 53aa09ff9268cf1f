# make demo   set up and run the main job        make check   formats, types, import arrows, wheel
# make test   set up and run the tests           make figures draw every figure again

PYTHON := python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --constraint constraints.txt
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed
PEERS := $(VENV)/.peers-installed

# Two workers share the machine, so each computes with one thread. The tests of a file stay in one
# worker, which plays once what they share; README.md, the longest of the single tests, comes first.
PYTEST := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
  $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := setup
.PHONY: setup demo test test-slow check figures bench bench-peers clean

setup: $(DEV)

$(RUNTIME): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'armsrace needs Python 3.11 or later; name one: make PYTHON=python3.12'; exit 2; }
	@echo 'Installing armsrace into $(VENV): about a minute'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(INSTALL) --editable .
	$(BIN)/python -m compileall -q armsrace games
	$(BIN)/python -m armsrace.solvers.warm
	@touch $@

$(DEV): $(RUNTIME)
	$(INSTALL) --group dev
	@touch $@

$(PEERS): $(DEV)
	$(INSTALL) --editable '.[bench]'
	@touch $@

demo: $(RUNTIME)
	$(BIN)/armsrace demo

test: $(DEV)
	$(PYTEST)

test-slow: $(DEV)
	$(PYTEST) -m slow

check: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@rm -rf out/wheel
	$(BIN)/python -m build --wheel --no-isolation --outdir out/wheel
	$(BIN)/check-wheel-contents out/wheel

figures: $(RUNTIME)
	@set -e; for figure in $(wildcard experiments/fig*.py); do \
	  echo "$$figure"; $(BIN)/python "$$figure"; done

bench: $(RUNTIME)
	$(BIN)/python experiments/bench.py
	$(BIN)/python experiments/bench_solvers.py
	$(BIN)/python experiments/bench_poisoning.py
	$(BIN)/python experiments/bench_markov.py

bench-peers: $(PEERS)
	$(MAKE) bench

clean:
	rm -rf $(VENV) out dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find armsrace games tests experiments -name __pycache__ -prune -exec rm -rf {} +
