# Everything here starts from Python 3.11 or newer alone and works inside .venv.

PYTHON ?= python3
PORT ?= 8501
ARGS ?=

# Called as modules, the programs in .venv still run when the folder has been moved.
VENV := .venv/bin/python
IN_VENV := $(VENV) -m

help: ## say what can be made (a bare `make` does the same)
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile
	@echo "  Settings: PORT=8501 for run; ARGS='-k boxes' for test and slow; PYTHON=python3.12 for the first call."

run: .venv/app .venv/kernels ## start the app on 127.0.0.1, with a sample data set to look at
	$(IN_VENV) core app --port $(PORT)

# A file of tests stays on one process: its server, browser and sample are made once. Files with a browser come
# first, see tests/conftest.py.
PYTEST = chromium=$$(sh scripts/chromium.sh $(VENV)) && set -x && BOXSCOPE_CHROMIUM="$$chromium" \
	$(IN_VENV) pytest -n 2 --dist loadfile --no-loadscope-reorder --timeout 600

test: .venv/dev .venv/kernels lint ## check lint, format, types, then the tests, in a browser too; not the slow ones
	@$(PYTEST) -m "not slow" $(ARGS)

slow: .venv/dev .venv/kernels ## run the tests that take long: clusters, kill -9, training, benchmarks
	@$(PYTEST) -m slow $(ARGS)

lint: .venv/dev ## check style and types alone
	$(IN_VENV) ruff check .
	$(IN_VENV) ruff format --check .
	$(IN_VENV) mypy

format: .venv/dev ## put the code in its style
	$(IN_VENV) ruff check --fix .
	$(IN_VENV) ruff format .

clean: ## remove .venv and the caches; data sets and exports stay
	rm -rf .venv build boxscope.egg-info .ruff_cache .mypy_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps come last: an install that was cut short leaves none, and the next call begins anew.
.venv/app: requirements.txt pyproject.toml setup.py
	@sh scripts/venv.sh "$(PYTHON)" requirements.txt
	@touch $@

.venv/dev: requirements-dev.txt requirements-cluster.txt requirements.txt pyproject.toml setup.py
	@sh scripts/venv.sh "$(PYTHON)" requirements-dev.txt
	@touch .venv/app $@

# What is compiled at its first use is compiled here, so that nobody waits for it in the app. What is kept of the
# same sources is taken as it is.
.venv/kernels: .venv/app $(wildcard core/*.py core/*/*.py core/*/*/*.py)
	@$(IN_VENV) core warm
	@touch $@

.PHONY: help run test slow lint format clean
