# `make` alone prints this help. The two commands of the README are `make run` and `make test`.
.DEFAULT_GOAL := help
PY := .venv/bin/python
export PYTHONPATH := .
export RASA_TELEMETRY_ENABLED := false
export TF_CPP_MIN_LOG_LEVEL := 3

.PHONY: help run test check lint train evaluate simulate bench content-check install install-dev lock

help: ## this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

install: ## make .venv and install the locked packages
	@scripts/bootstrap requirements.lock

install-dev: ## the same with what the tests need
	@scripts/bootstrap requirements-dev.lock

run: install ## install what is missing, then start assistant, desk and jobs
	@exec $(PY) -m amparo run

test: install-dev ## everything: lint, types, content, training, all tests
	@scripts/test all

check: install-dev ## quick: lint, types, layers, content, fast tests
	@scripts/test fast

lint: install-dev ## ruff and mypy
	@$(PY) -m ruff check . && $(PY) -m ruff format --check . && $(PY) -m mypy amparo channels actions

train: install ## train where data or component code changed
	@$(PY) -m amparo train

evaluate: install train ## score the recogniser on our own benchmark; writes docs/evaluation
	@$(PY) scripts/evaluate.py

simulate: run ## the same as run: the simulator is under /simulator/

bench: install-dev ## ours against `rasa init`'s assistant, in one run
	@$(PY) bench/run.py

content-check: install ## what is wrong in content/, with file and line
	@$(PY) -m amparo content check

lock: ## resolve the lock files again (needs uv)
	@uv pip compile --python-version 3.10 --generate-hashes --no-emit-index-url --no-header --no-annotate -q requirements.in -o requirements.lock
	@uv pip compile --python-version 3.10 --generate-hashes --no-emit-index-url --no-header --no-annotate -q -c requirements.lock requirements-dev.in -o requirements-dev.lock
