# `make demo` sets up and runs the sandbox end to end; `make test` sets up and runs every check and test.
# Both install once into .venv and work offline until requirements.lock changes.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
# An index of CPU builds of torch, to spare the disk CUDA's libraries: make demo TORCH_INDEX=...
TORCH_INDEX ?=
CUDA_BUILD := ^(torch|triton|cuda-|nvidia-)

.PHONY: demo test lint units slow down lock clean
.DEFAULT_GOAL := demo

demo: $(READY)
	$(BIN)/aidc up sandbox

down: $(READY)
	$(BIN)/aidc down sandbox

test: lint units slow

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/check-jsonschema -q --builtin-schema vendor.github-workflows .github/workflows/*.yml

units: $(READY)
	$(BIN)/pytest -m "not slow" -n auto --dist loadfile

slow: $(READY)
	$(BIN)/pytest -m slow

# A virtual environment needs ensurepip, which Debian keeps in a package of its own.
$(BIN)/pip:
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; \
		then apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv; \
		else echo "python3-venv is missing; install it: sudo apt-get install python3-venv" >&2; exit 2; fi
	$(PYTHON) -m venv --clear $(VENV)

# Hashes are checked; nothing is built that the lock does not pin.
$(READY): $(BIN)/pip requirements.lock pyproject.toml Makefile
ifeq ($(TORCH_INDEX),)
	$(BIN)/pip install --disable-pip-version-check -q --require-hashes -r requirements.lock
else
	awk '/^[a-z]/ { keep = !/$(CUDA_BUILD)/ } keep' requirements.lock > $(VENV)/requirements.lock
	$(BIN)/pip install --disable-pip-version-check -q --require-hashes -r $(VENV)/requirements.lock
	$(BIN)/pip install --disable-pip-version-check -q --index-url $(TORCH_INDEX) --no-deps \
		"$$(sed -n 's/^\(torch==[0-9.]*\).*/\1/p' requirements.lock)"
endif
	$(BIN)/pip install --disable-pip-version-check -q --no-deps --no-build-isolation --no-index -e .
	touch $@

lock: $(READY)
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --custom-compile-command "make lock" -q -o requirements.lock

clean:
	if [ -x $(BIN)/aidc ]; then $(BIN)/aidc down sandbox; fi
	rm -rf $(VENV) *.egg-info .aidc reports
