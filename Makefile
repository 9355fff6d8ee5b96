# Two commands, each doing all its own set-up: `make run` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
OUT ?= toprank-study
MODEL ?= toprank-model
SEED ?= 13

.DELETE_ON_ERROR:
.PHONY: run study test lint types layers pytest docs bench clean help

help:
	@echo 'make run    install, fetch Book-Crossing, fit, decide and recommend, say where the model and its report are'
	@echo 'make study  every network of the notebook and ours, side by side'
	@echo 'make test   everything that CI checks'
	@echo 'make docs   the documentation, into site/'
	@echo 'make bench  the benchmarks, side by side'
	@echo 'make clean  remove what these made here (the fetched data stay in the cache folder)'

# Two readers: one with 30-odd ratings, and one who has just rated three books.
run: $(VENV)/.study
	@$(BIN)/toprank fetch book-crossing
	@$(BIN)/toprank fit book-crossing --seed $(SEED) -o $(MODEL)
	@$(BIN)/toprank decide $(MODEL) --user 241791 --item 0385504209 --item 0971880107
	@$(BIN)/toprank recommend $(MODEL) --user 241791 -n 5
	@$(BIN)/toprank recommend $(MODEL) --rate 059035342X=10 --rate 0345339703=9 --rate 0971880107=2 -n 5
	@echo 'The model: $(MODEL); its report, the model beside the baselines and the data: $(MODEL)/model.html'
	@echo 'Serve it, with a page for readers: $(BIN)/toprank serve $(MODEL)'

study: $(VENV)/.study
	@$(BIN)/toprank fetch book-crossing
	@$(BIN)/toprank study --data book-crossing --models all --seed $(SEED) --out $(OUT)

test: lint types layers pytest

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test
	$(BIN)/mypy

layers: $(VENV)/.test
	$(BIN)/lint-imports

pytest: $(VENV)/.test
	@$(BIN)/toprank fetch book-crossing
	$(BIN)/pytest -n 2 --dist loadgroup -rs

docs: $(VENV)/.test
	$(BIN)/python docs/commands.py > docs/commands.md
	$(BIN)/python docs/formats.py > docs/formats.md
	$(BIN)/zensical build --clean --strict

bench: $(VENV)/.bench
	$(BIN)/python benchmarks/reading.py
	$(BIN)/python benchmarks/works.py
	$(BIN)/python benchmarks/jaccard.py
	$(BIN)/python benchmarks/networks.py
	$(BIN)/python benchmarks/judging.py
	$(BIN)/python benchmarks/judging.py --deep
	$(BIN)/python benchmarks/topn.py --peers --all-readers
	$(BIN)/python benchmarks/recommending.py --peers --all-readers
	$(BIN)/python benchmarks/promises.py
	$(BIN)/python benchmarks/ceiling.py
	$(BIN)/python benchmarks/service.py --kills 1000 $(if $(wildcard $(MODEL)),--model $(MODEL))

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'toprank needs Python 3.11 or newer; name one: make PYTHON=python3.12 $(MAKECMDGOALS)' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e

$(VENV)/.run: $(BIN)/python pyproject.toml constraints.txt
	$(INSTALL) '.[boosted]'
	@touch $@

$(VENV)/.study: $(BIN)/python pyproject.toml constraints.txt
	$(INSTALL) '.[boosted,nets,service]'
	@touch $@ $(VENV)/.run

$(VENV)/.test: $(BIN)/python pyproject.toml constraints.txt
	$(INSTALL) '.[dev]'
	@touch $@ $(VENV)/.run $(VENV)/.study

$(VENV)/.bench: $(VENV)/.test
	$(INSTALL) '.[dev,bench]'
	@touch $@

clean:
	rm -rf $(VENV) $(OUT) $(MODEL) site docs/commands.md .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
