# Everything a newcomer types; `make` alone lists it. All paths are relative, so the checkout may stand anywhere, and
# all tools run as `python -m`, so no script's first line has to name a path with a space.

PYTHON ?= python3
VENV ?= .venv
RUN := $(VENV)/bin/python -m
PIP := $(RUN) pip --quiet --disable-pip-version-check
INSTALLED := $(VENV)/.installed
ARGS ?= -n auto --dist worksteal
VERSIONS := 3.11 3.12 3.13
ROUNDS ?= 5
SECONDS ?= 60
SEED ?= 0

.DEFAULT_GOAL := help
.PHONY: help install dev api worker demo recording new-type test test-all check browser tools screenshots bench \
	bench-processors chaos fuzz arq-suite fmt lock clean

help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

install: $(INSTALLED) ## Make .venv and install from the hashed lock (the others do it when it is due)

dev: install ## Run it all: store, API, workers (PORT, HOST, REDIS_URL, WORKERS); Ctrl-C stops it
	@$(RUN) deploy.dev

api: install ## Run the API alone, against REDIS_URL
	@$(RUN) api_service

worker: install ## Run one worker alone, against REDIS_URL
	@$(RUN) arq worker_service.WorkerSettings

demo: install ## A show of half a minute: jobs, a flow, a worker that is killed; on `make dev`, or on its own
	@$(RUN) deploy.demo

recording: install ## Play the show and draw it anew for README: docs/images/demo.svg
	@$(RUN) deploy.demo --record docs/images/demo.svg

new-type: install ## Begin a job type of your own (name=word-count): its contract, its work, its test
	@$(RUN) deploy.scaffold '$(name)'

test: install ## Run the tests (ARGS="tests/shared -k retry" for some of them)
	$(RUN) pytest $(ARGS)

test-all: ## Run the tests on every Python of 3.11, 3.12 and 3.13 that is installed
	@failed=; missing=; \
	for version in $(VERSIONS); do \
		python=$$(sh deploy/find-python $$version) || { missing="$$missing $$version"; continue; }; \
		echo "== Python $$version: $$python"; \
		$(MAKE) --no-print-directory test VENV=.venv-$$version PYTHON="$$python" || failed="$$failed $$version"; \
	done; \
	test -z "$$missing" || echo "== Not found, so not tested:$$missing"; \
	test -z "$$failed" || { echo "== Failed on:$$failed"; exit 1; }

check: install ## Check all that must hold: format, lint, types, imports, dependencies, tests
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy
	$(VENV)/bin/python -c 'from importlinter.cli import lint_imports_command as lint; lint()'
	$(RUN) deptry .
	$(RUN) pytest $(ARGS)

browser: ## Install the browser that the dashboard's tests need, if there is none (Debian, Ubuntu; as root)
	@command -v chromium > /dev/null || command -v chromium-browser > /dev/null || command -v google-chrome > /dev/null || \
		{ apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; }

tools: ## Install promtool, haproxy, systemd-analyze, kubectl for the tests of deploy/, if apt has them (as root)
	@sh deploy/install-tools

screenshots: install ## Take the pictures of docs/images again, from the dashboard's tests in a browser
	SCREENSHOTS=1 $(RUN) pytest -n 0 tests/end_to_end/dashboard

bench: install ## Measure it against BullMQ, arq and SAQ (only="drain http" for parts, ROUNDS=1 for a glance)
	@$(RUN) benchmarks --rounds $(ROUNDS) $(only)

bench-processors: install ## Measure pictures and tables against sharp, Pillow and pandas, and what else processors do
	@$(RUN) benchmarks.processors --rounds $(ROUNDS) $(only)

chaos: install ## Break it on purpose and write docs/reliability.md (only="F6 F9" for some faults, and no page)
	@$(RUN) tests.chaos $(only)

fuzz: install ## Send hostile requests to the API for a minute (SECONDS=60, SEED=0 to begin with)
	@$(RUN) tests.fuzz $(SECONDS) $(SEED)

arq-suite: install ## Run arq's own tests, from its source distribution, on arq's Worker and on ours
	@$(RUN) tests.arq.suite

fmt: install ## Format the code and mend what ruff can mend
	$(RUN) ruff format .
	$(RUN) ruff check --fix .

lock: $(VENV)/bin/python ## Resolve pyproject.toml again, into requirements.lock
	$(PIP) install uv
	$(RUN) uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--python-version 3.11 --extra dev pyproject.toml -o requirements.lock

clean: ## Remove what make and the tools have made; jobs and files (.dmps) stay
	rm -rf .venv .venv-* benchmarks/*/node_modules dist
	rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): requirements.lock pyproject.toml $(VENV)/bin/python
	@echo "Installing into $(VENV)."
	@$(RUN) pip --version > /dev/null 2>&1 || "$(PYTHON)" -m venv --clear $(VENV)
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/bin/python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "dmps needs Python 3.11 or newer. Say which one to use: make install PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2> /dev/null || \
		{ echo "$(PYTHON) has no venv. Install it (Debian, Ubuntu: apt install python3-venv), then try again." >&2; exit 1; }
	@"$(PYTHON)" -m venv --clear $(VENV)
