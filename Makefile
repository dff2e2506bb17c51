# make run, make test: each sets up its own environment first.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.stamp

.PHONY: setup run dashboard test browser pictures lint demo bench clean

setup: $(STAMP)

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Refuge needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Try: make setup PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $(STAMP)

run: setup
	$(BIN)/refuge run baseline

dashboard: setup
	$(BIN)/refuge dashboard

demo: setup
	$(BIN)/refuge demo

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy sim

bench: setup
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	$(BIN)/python benchmarks/speed.py

# The pages in a browser come by themselves: they keep two cores busy, and what they measure is printed.
test: lint browser
	$(BIN)/pytest -n auto --dist loadfile

# The system's Chromium, unless there is none.
browser: setup
	@command -v chromium || command -v chromium-browser || command -v google-chrome \
		|| $(BIN)/playwright install --with-deps chromium
	$(BIN)/pytest tests/browser

# Those of the dashboard in docs/.
pictures: setup
	$(BIN)/python tests/browser/pictures.py

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
