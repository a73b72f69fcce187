# Everything a newcomer needs: `make demo` and `make test`. Both set up what they need first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test check scripts setup setup-dev system bench bench-page bench-peers lock libraries clean

demo: setup ## makes a demo account with realistic calls and serves it
	$(BIN)/ringledger demo

test: setup-dev system check ## runs every check and every test
	$(BIN)/pytest

check: setup-dev ## style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	tools/check-scripts

setup: $(VENV)/.run

setup-dev: $(VENV)/.dev

system: ## the programs that the tests need from the system's packages
	bash tests/install-system-packages

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Ringledger needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "Python's venv module is missing; on Debian: apt-get install python3-venv" >&2; exit 1; }

# hatchling, which builds the package, is in the lock files too: nothing is installed that they do not name.
$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.run

SESSIONS ?= 3000000
PEERS := bench/peers/.venv

bench: setup-dev ## measures against the peers; prints ratios taken in one run
	$(BIN)/python bench/load.py --sessions $(SESSIONS)
	$(BIN)/python bench/measure.py

bench-page: setup-dev ## measures the page in Chromium against its aims, within eight minutes; prints plain numbers
	$(BIN)/python bench/page.py --sessions $(SESSIONS)

bench-peers: setup-dev system $(PEERS)/.done ## installs what the benchmark compares with, and loads it
	$(BIN)/python bench/load.py --sessions $(SESSIONS)

$(PEERS)/.done: bench/peers/requirements.lock
	@$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --require-hashes -r bench/peers/requirements.lock
	@touch $@

lock: ## writes the lock files anew; needs uv
	uv pip compile --quiet pyproject.toml --extra build --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate --universal --python-version 3.11 -o requirements.lock
	uv pip compile --quiet pyproject.toml --extra build --extra dev --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate --universal --python-version 3.11 -o requirements-dev.lock
	uv pip compile --quiet bench/peers/requirements.in --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate --universal --python-version 3.11 -o bench/peers/requirements.lock

scripts: ## checks the types of the page's scripts; needs npm
	tools/check-scripts

libraries: ## renews the browser libraries that the page loads; needs npm
	tools/renew-libraries

clean:
	rm -rf $(VENV) $(PEERS) ringledger-demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
