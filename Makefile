# make audit               set up, audit the example model, print where the report is
# make audit FRESH=1       the same, computed anew          make audit SAMPLES=100    fewer cases, in a folder of their own
# make examples            that and all other example audits         make example-credit     one of them; FRESH and SAMPLES as above
# make test                set up with the test tools, then the whole suite
# make lint, make types    style and types                  make clean              remove caches and builds
#
# TORCH=installed          use the torch that $(PYTHON) has, instead of downloading one
# PYTHON=python3.12        the interpreter the folder VENV (.venv) is made with
# pip's own variables (PIP_INDEX_URL, PIP_EXTRA_INDEX_URL, …) and files say where packages come from.

VENV ?= .venv
export VENV

OUT ?= audits/digits$(if $(SAMPLES),-$(SAMPLES))
TESTS ?= tests
WORKERS ?= auto

# Waiting OpenMP threads would otherwise spin: on a busy machine that can quadruple the time.
export OMP_WAIT_POLICY = PASSIVE

ifeq ($(shell uname -s),Darwin)
LIBRARIES = DYLD_FALLBACK_LIBRARY_PATH="$$(brew --prefix 2>/dev/null)/lib:/usr/local/lib:/usr/lib"
endif
IN_VENV = $(LIBRARIES) "$(VENV)/bin/python" -m

EXAMPLES = credit ensemble imagenet motion spam

.PHONY: audit examples test lint types setup setup-tests clean

audit: setup
	@$(IN_VENV) auditor run example_audits/digits/audit.yaml --out "$(OUT)" \
	    $(if $(SAMPLES),--samples $(SAMPLES)) $(if $(filter-out 0 no,$(FRESH)),--fresh)

examples: audit $(EXAMPLES:%=example-%)

example-%: setup
	@sh .ci/setup example $*
	@sh .ci/setup prepare $*
	@$(IN_VENV) auditor run example_audits/$*/audit.yaml --out "audits/$*$(if $(SAMPLES),-$(SAMPLES))" \
	    $(if $(SAMPLES),--samples $(SAMPLES)) $(if $(filter-out 0 no,$(FRESH)),--fresh)

test: setup-tests
	OMP_NUM_THREADS=1 $(IN_VENV) pytest -n $(WORKERS) $(TESTS)

lint: setup-tests
	$(IN_VENV) ruff check .
	$(IN_VENV) ruff format --check .

types: setup-tests
	$(IN_VENV) mypy

setup:
	@sh .ci/setup venv
	@sh .ci/setup install
	@sh .ci/setup libraries
	@sh .ci/setup example

setup-tests: setup
	@sh .ci/setup tests

clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find auditor tests example_audits bench -name __pycache__ -type d -prune -exec rm -rf {} +
