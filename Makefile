# make run, make test: each sets up what it needs first and is quick when that is there.
PYTHON ?= python3.11
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := run
.PHONY: run install test lint bench report peers pictures share-picture train clean

run: install
	$(BIN)/pfadfinder serve --port $(PORT)

install: $(VENV)/.installed

# The lock file names every version; the project itself is installed from this checkout.
$(VENV)/.installed: pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(PIP) --requirement requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.tools: $(VENV)/.installed requirements-dev.lock
	$(PIP) --requirement requirements-dev.lock
	touch $@

$(VENV)/.teacher: $(VENV)/.installed requirements-train.lock
	$(PIP) --requirement requirements-train.lock
	touch $@

$(VENV)/.peers: $(VENV)/.installed requirements-peers.lock
	$(PIP) --requirement requirements-peers.lock
	touch $@

test: lint
	$(BIN)/python -m pytest -n 2 --dist worksteal

lint: $(VENV)/.tools
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.tools
	$(BIN)/python -m tests.bench

# The figures that ship: made anew on purpose, and only where the search did not get worse.
report: install
	$(BIN)/python -m index.report

peers: $(VENV)/.peers
	$(BIN)/python -m tests.bench.peers

pictures: $(VENV)/.tools
	$(BIN)/python -m tests.bench.pictures

share-picture: $(VENV)/.tools
	$(BIN)/python -m tests.bench.share_picture

train: $(VENV)/.teacher
	$(BIN)/python -m index.train

clean:
	rm -rf $(VENV) build *.egg-info
