# The two commands: `make lab` and `make test`. `make help` lists the rest.
#
# Everything lives in .venv; a stamp in it remembers what was installed, so that
# a second `make` starts at once. PYTHON=python3.12 chooses another Python, and
# PYTEST='-x -k tiny' hands options to pytest.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.annlab-installed
# JupyterLab's part is built apart from the Python package, and only when its sources changed.
EXTENSION := $(VENV)/.annlab-labextension
EXTENSION_SOURCES := $(shell find labextension -type f -not -path '*/node_modules/*' \
  -not -path '*/dist/*' -not -path '*/lib/*')
PYTEST ?=
NOTEBOOK ?= notebooks/izhikevich.ipynb
# JupyterLab refuses root unless told; containers often have no other user.
LAB_FLAGS ?= $(if $(filter 0,$(shell id -u)),--allow-root)
# Not all of docs/: the formatter would also lay out the examples of the pages.
SOURCES := annlab benchmarks tests conftest.py docs/conf.py docs/images
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help lab test lint types jest unit tiny docs pictures format bench soak doctor clean check-python

help:  ## Show this list.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /	/' | expand -t 12

lab: $(STAMP) $(EXTENSION)  ## Open JupyterLab on the first notebook.
	$(BIN)/jupyter lab $(LAB_FLAGS) $(NOTEBOOK)

test: lint types jest unit  ## Run every check and every test.

lint: $(STAMP)  ## Check style.
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)

types: $(STAMP)  ## Check types.
	$(BIN)/pyright

jest: $(EXTENSION)  ## Test the logic of the JupyterLab extension.
	$(BIN)/python labextension/build.py --test

# One pytest for the examples in docstrings, the tests and the notebooks, so that one closing line counts all.
# Side by side, one more than there are cores (conftest.py says why); PYTEST=-n0 runs them one by one, with their output. What takes longest comes first.
unit: $(STAMP) $(EXTENSION)  ## Run the tests and the notebooks.
	$(BIN)/python -m pytest -n auto --maxprocesses=5 --no-loadscope-reorder --doctest-modules --nbval-lax --nbval-current-env --nbval-cell-timeout=120 --ignore-glob='*/conftest.py' tests/browser tests notebooks annlab $(PYTEST)

tiny: $(STAMP)  ## Run one small network through every layer.
	$(BIN)/python -m pytest -q tests/test_tiny.py tests/test_layers.py

# The same command as in tests/test_docs.py; a broken page or reference is an error.
docs: $(STAMP)  ## Build the site of docs/ into build/docs.
	$(BIN)/python -m sphinx -b html -n -W --keep-going -q -c docs -d build/doctrees . build/docs
	@echo "open build/docs/index.html"

pictures: $(STAMP) $(EXTENSION)  ## Take the pictures of JupyterLab in docs/ again, with the tests in the browser.
	ANNLAB_PICTURES=docs/images/lab $(BIN)/python -m pytest -q tests/browser/test_themes.py tests/browser/test_notebook7.py
	$(BIN)/python tests/browser/make_picture.py

format: $(STAMP)  ## Format the sources and mend what can be mended.
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

bench: $(STAMP)  ## Measure annlab, and its peers where ANNLAB_PEER_PYTHON names a Python that has them.
	$(BIN)/python -m benchmarks

# The suite does the same for three minutes.
soak: $(STAMP) $(EXTENSION)  ## Watch a dashboard in a browser for half an hour: nothing may grow or get lost.
	ANNLAB_SOAK_MINUTES=$${ANNLAB_SOAK_MINUTES:-30} $(BIN)/python -m pytest -s tests/browser/test_soak.py $(PYTEST)

doctor: $(STAMP)  ## Say what works on this machine and how to mend the rest.
	$(BIN)/annlab doctor

clean:  ## Remove the environment and what was built.
	rm -rf $(VENV) build dist labextension/dist labextension/lib labextension/node_modules .pytest_cache .ruff_cache .hypothesis

check-python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "annlab needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1)."; \
	  echo "Name another one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' cannot make virtual environments."; \
	  echo "On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }

$(STAMP): pyproject.toml annlab/_version.py | check-python
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	ANNLAB_LABEXTENSION=skip $(PIP) install --editable '.[lab,test,bench]'
	@touch $@

$(EXTENSION): $(STAMP) $(EXTENSION_SOURCES)
	$(BIN)/python labextension/build.py --link
	@touch $@
