# make demo · make test are the two commands. `make help` lists the rest.
PYTHON ?= python3
VENV ?= .venv
PY := $(VENV)/bin/python
export ROLE ?= solo

help:            ## this list
	@grep -E '^[a-z]+: .*##' Makefile | sed 's/:.*##/ ·/'

$(VENV)/runtime: requirements.txt
	$(PYTHON) -m venv $(VENV) || (echo "Python's venv is missing. Run: apt-get install python3-venv" && exit 1)
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/dev: requirements-dev.txt $(VENV)/runtime
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

sandbox:         ## install bubblewrap where it is missing and this user may
	@sh scripts/install-tools bwrap:bubblewrap

tools: sandbox   ## install bubblewrap and Chromium where they are missing and this user may
	@sh scripts/install-tools chromium:chromium

demo: $(VENV)/runtime sandbox   ## the whole journey on a laptop, then a portal to look at (ARGS=--once exits)
	$(PY) manage.py demo $(ARGS)

test: $(VENV)/dev tools   ## every test
	$(PY) tests/run.py $(ARGS)

serve: $(VENV)/runtime sandbox   ## web and worker for development
	$(PY) manage.py serve $(ARGS)

worker: $(VENV)/runtime sandbox   ## a worker with its schedule
	$(PY) -m celery -A trefx_portal worker --beat --pool solo --loglevel info

# docs/permissions.md is compared by a test, which asks for every cell in any case.
check: $(VENV)/dev   ## format, lint, types, import contracts, templates, migrations, generated docs
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy apps/core/workflow apps/core/audit apps/core/exchange apps/core/proofs apps/core/crates apps/node/executors/contract.py
	$(VENV)/bin/lint-imports
	$(VENV)/bin/djade --check --target-version 5.2 $$(git ls-files 'templates/*.html')
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) manage.py check --fail-level WARNING
	$(PY) manage.py states --check
	$(PY) manage.py rules --check

SECONDS ?= 60
fuzz: $(VENV)/dev   ## random edits of crates for SECONDS seconds: none may end in anything unforeseen
	$(PY) tests/fuzz.py $(SECONDS)

.PHONY: fuzz help sandbox tools demo test serve worker check
