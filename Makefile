# Wayside: the commands people use. `make help` lists them.
# Everything is installed into .venv; as root the Debian packages of the data plane too.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help up down test check bench authorisation conformance fuzz system-packages test-packages clean

help: ## list these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

up: $(VENV)/.installed system-packages ## install what is missing, start the system, run the demonstration
	@$(BIN)/wayside up --demo

down: ## end the system and leave nothing behind
	@$(BIN)/wayside down

test: $(VENV)/.installed-dev test-packages ## set up what the tests need and run them all
	@$(BIN)/python -m pytest tests

check: $(VENV)/.installed-dev ## style, types, import law, tidy, unit and contract tests: about two minutes
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --config .importlinter --no-logo --no-cache
	@$(BIN)/python -m pytest tests -m "not netns and not slow" -n 2 --dist loadfile

bench: $(VENV)/.installed-dev test-packages ## measure, and print ratios as a table
	@$(BIN)/python -m bench

fuzz: $(VENV)/.installed-dev ## ask every operation hundreds of strange things, in both profiles
	@WAYSIDE_FUZZ=$${WAYSIDE_FUZZ:-300} $(BIN)/python -m pytest tests/properties/test_fuzz.py -x

conformance: $(VENV)/.installed-dev ## write docs/conformance.md: clause, operation, test, state
	@$(BIN)/python -m tests.contract.conformance

authorisation: $(VENV)/.installed-dev ## write docs/authorisation.md: operation, scope, test
	@$(BIN)/python -m tests.contract.authorisation

system-packages: ## as root: install the Debian packages of the data plane that are missing
	@scripts/system-packages

test-packages: ## as root: those, and the packages of the podman driver
	@scripts/system-packages test

clean: down ## end the system and remove the virtual environment
	@rm -rf $(VENV)

$(VENV)/bin/python:
	@echo "make: creating the virtual environment $(VENV)"
	@scripts/virtual-environment "$(PYTHON)" $(VENV)

$(VENV)/.installed: requirements/runtime.txt pyproject.toml | $(VENV)/bin/python
	@echo "make: installing Wayside and its libraries into $(VENV)"
	@scripts/install-libraries $(BIN)/python requirements/runtime.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: requirements/dev.txt $(VENV)/.installed
	@echo "make: installing what the checks and tests need into $(VENV)"
	@scripts/install-libraries $(BIN)/python requirements/dev.txt
	@touch $@
