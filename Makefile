# What a developer, and CI, runs. Each target sets up what it needs and says so.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
# A file of tests runs in one process, and as many at a time as there are processors, in the order
# of tests/conftest.py.
TOGETHER := -n auto --maxprocesses=8 --dist loadfile --no-loadscope-reorder

# Commands that tests start as processes would be compiled anew each time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test quick check bench bench-identity faults mutants requirements hooks clean run-environment test-environment
.DEFAULT_GOAL := help

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' Makefile | column -t -s '|' 2>/dev/null \
	  || sed -n 's/^\([a-z-]*\):.*## /  make \1   /p' Makefile

demo: run-environment ## make a node with demo people, serve it, and print what to try
	@$(BIN)/throughcare demo

test: test-environment ## everything that CI runs: every check and every test, with coverage
	@$(BIN)/python -m pytest $(TOGETHER) --cov --cov-report=term:skip-covered

quick: test-environment ## checks, and tests without browser, server, PostgreSQL or what is marked slow
	@$(BIN)/python -m pytest $(TOGETHER) -m "not browser and not server and not slow and not postgres"

check: test-environment ## lint, format, types, contracts, dependencies and spelling alone
	@$(BIN)/python tools/check.py

bench: test-environment ## benchmarks: each figure beside its limit, measured in the same run
	@$(BIN)/python -m bench

bench-identity: test-environment ## the person index beside Splink on the same made people
	@$(BIN)/python -W ignore -m bench.identity_peers

faults: test-environment ## every fault recipe at full length: hours, as root for disks
	@PYTHONPATH=tests $(BIN)/python -m faults
	@PYTHONPATH=tests $(BIN)/python -m faults kill power --engine postgres --rounds 10

requirements: test-environment ## compile requirements/*.txt anew from pyproject.toml
	@$(BIN)/python tools/compile_requirements.py

mutants: test-environment ## change the consent room place by place; see whether its tests notice: minutes
	@$(BIN)/python -m tools.mutants

hooks: ## run the quick checks before each commit of this clone
	@git config core.hooksPath .githooks
	@echo "git runs .githooks/pre-commit from now on; undo: git config --unset core.hooksPath"

clean: ## remove what the targets made: environment, caches, demo node
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis \
	  .coverage .coverage.* htmlcov build dist demo-node .apt.log
	@find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

run-environment:
	@$(PYTHON) tools/set_up.py run

test-environment:
	@$(PYTHON) tools/set_up.py test
