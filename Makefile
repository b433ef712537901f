# Deux commandes : « make demo » et « make test ». Le reste sert à qui développe.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint soak bench bench-extra readme train clean

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 ou plus récent est nécessaire.")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

demo: $(VENV)/.installed
	$(BIN)/scanner demo

test: $(VENV)/.installed
	$(BIN)/pytest

lint: $(VENV)/.installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# Cent séries de passages tués et de pannes, chacune finie par un passage propre : « make soak SERIES=10 GRAINE=7 ».
soak: $(VENV)/.installed
	$(BIN)/python -m tests.soak $(or $(SERIES),100) $(GRAINE)

bench: $(VENV)/.installed
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench_decp

# edsnlp, dans un environnement jetable : il dérègle spaCy.
bench-extra: $(VENV)/.installed
	extra=$$(mktemp -d) && trap 'rm -rf "$$extra"' EXIT && $(PYTHON) -m venv "$$extra" \
	&& "$$extra/bin/pip" install --quiet --disable-pip-version-check edsnlp \
	&& $(BIN)/python -m tests.bench --texts | "$$extra/bin/python" tests/bench_extra.py

readme: $(VENV)/.installed
	$(BIN)/python -m tests.readme

# Refait nlp/model/ à partir des seules phrases du dépôt, à l'identique.
train: $(VENV)/.installed
	$(BIN)/python -m tests.probes_table $(VENV)/sondes.tsv
	$(BIN)/scanner train tests/corpus/notices.jsonl $(VENV)/sondes.tsv --output nlp/model

clean:
	rm -rf $(VENV) demo
