# Everything a person or a machine does with this repository. `make` alone lists it.
#
# Needs Python 3.11 or newer (with venv) and make. PYTHON chooses the interpreter: make test PYTHON=python3.13

PYTHON ?= python3
VENV ?= .venv
ONLY ?=
WORKERS ?= logical
TESTS ?=

BIN := $(VENV)/bin
WANTED := $(shell $(PYTHON) -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null)
BASE := $(VENV)/.base-$(WANTED)
DEV := $(VENV)/.dev-$(WANTED)
DEMO := $(VENV)/.demo-$(WANTED)
DOCS := $(VENV)/.docs-$(WANTED)
SYNC = UV_COMPILE_BYTECODE=1 UV_PROJECT_ENVIRONMENT=$(VENV) $(BIN)/uv sync --quiet --frozen --inexact --no-python-downloads --python $(BIN)/python

TORCH := $(shell sed -n 's/^torch = \["\([^"]*\)"\].*/\1/p' pyproject.toml)

.DEFAULT_GOAL := help
.PHONY: help setup torch demo test check format docs pictures parity semantics bench clean

help:  ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(DEV)  ## make .venv with everything that development needs

torch: $(DEV)  ## install torch into .venv, for the tests in tests/tensors
	$(BIN)/python -m pip install --quiet --disable-pip-version-check '$(TORCH)'

demo: $(DEMO)  ## train on a year of real flights, read the results back
	$(BIN)/python examples/flight_delays.py run
	$(BIN)/python examples/flight_delays_report.py

test: $(DEV)  ## run the tests; TESTS=tests/unit/names runs some
	$(BIN)/pytest -q -n $(WORKERS) $(TESTS)

check: $(DEV)  ## lint, format, types, layers, architecture tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/architecture

format: $(DEV)  ## put the source in shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(DOCS)  ## build the documentation as a site, .site/index.html; a broken link fails
	$(BIN)/python tools/command_pages.py
	$(BIN)/python tools/record_page.py
	$(BIN)/zensical build --strict --clean
	@! grep -rnoE '<(script|link|img|iframe)[^>]* (src|href)="?https?://[^" >]*' .site --include=*.html \
	  || { echo "The site loads something from elsewhere: see above." >&2; exit 1; }

pictures: $(DEV)  ## make the pictures of the terminal, the notebook and cards in docs/pictures anew, from real runs
	$(BIN)/python tools/pictures.py
	$(BIN)/python tools/notebook_pictures.py
	$(BIN)/python tools/card_pictures.py
	$(BIN)/python tools/card_viewer_picture.py

parity: $(DEV)  ## make the page that compares with Metaflow anew, docs/reference/metaflow-parity.md
	$(BIN)/python tools/parity_page.py

semantics: $(DEV)  ## list the points of docs/reference/semantics.md that have no test yet
	$(BIN)/python tests/semantics.py

bench: $(DEV)  ## measure every budget, beside Metaflow; ONLY=foreach measures one
	$(BIN)/python -m benchmarks $(ONLY)

clean:  ## remove what was made here: environments, caches, results
	rm -rf .venv .venv-* .bench .demo .site .cache dist build .mypy_cache .ruff_cache .import_linter_cache .hypothesis .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment made by another Python is made anew; one that fits is kept.
$(BASE):
	@test -n "$(WANTED)" || { echo "There is no $(PYTHON). Name a Python 3.11 or newer: make PYTHON=python3.11" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "$(PYTHON) is $(WANTED). Name a Python 3.11 or newer: make PYTHON=python3.11" >&2; exit 2; }
	@test "$$($(BIN)/python -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null)" = "$(WANTED)" \
	  || rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'
	@touch $@

$(DEV): pyproject.toml uv.lock | $(BASE)
	$(SYNC)
	@touch $@

$(DOCS): pyproject.toml uv.lock | $(BASE)
	$(SYNC) --no-default-groups --group docs
	@touch $@

$(DEMO): pyproject.toml uv.lock | $(BASE)
	$(SYNC) --no-default-groups --group demo
	@touch $@
