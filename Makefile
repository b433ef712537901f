# Deux commandes : « make demo » et « make test ». Le reste sert à qui développe.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test browser-test lint soak bench bench-extra fuzz lock audit readme train clean

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 ou plus récent est nécessaire.")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

demo: $(VENV)/.installed
	$(BIN)/scanner demo

test: $(VENV)/.installed
	$(BIN)/pytest

# Les pages dans Chromium : axe-core, clavier, filtres. Fait aussi partie de « make test » quand Chromium est là.
browser-test: $(VENV)/.installed
	$(BIN)/pytest tests/browser

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

# Un fuzzer (atheris) par format, dans un environnement jetable : SECONDES chacun, arrêt à la première exception,
# dont l'entrée reste dans .venv/fuzz-…
SECONDES := 180
fuzz: $(VENV)/.installed
	extra=$$(mktemp -d) && trap 'rm -rf "$$extra"' EXIT && $(PYTHON) -m venv "$$extra" \
	&& "$$extra/bin/pip" install --quiet --disable-pip-version-check atheris \
	&& rooms=$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') \
	&& for target in "record boamp_json" "record boamp_xml" "record ted" "record approch" texts tables; do \
		set -- $$target; \
		PYTHONPATH=".:$$rooms" "$$extra/bin/python" tests/fuzz/$$1.py $$2 -max_total_time=$(SECONDES) \
			-artifact_prefix="$(VENV)/fuzz-$$1-$$2-" -verbosity=0 -print_final_stats=1 || exit 1; done

# Refait requirements.lock d'après pyproject.toml : mêmes versions tant qu'elles conviennent, empreintes refaites.
lock:
	extra=$$(mktemp -d) && trap 'rm -rf "$$extra"' EXIT && $(PYTHON) -m venv "$$extra" \
	&& "$$extra/bin/pip" install --quiet --disable-pip-version-check pip-tools \
	&& "$$extra/bin/pip-compile" --quiet --generate-hashes --allow-unsafe --extra dev --strip-extras \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options --no-header --no-annotate \
		-o requirements.lock pyproject.toml

# Failles connues des dépendances ; sans source d'avis joignable, « non vérifiable hors ligne ».
audit:
	$(PYTHON) tests/audit.py requirements.lock

readme: $(VENV)/.installed
	$(BIN)/python -m tests.readme

# Refait nlp/model/ et nlp/segment_model/ à partir des seules phrases du dépôt, à l'identique.
train: $(VENV)/.installed
	$(BIN)/python -m tests.probes_table $(VENV)/sondes.tsv
	$(BIN)/scanner train tests/corpus/notices.jsonl $(VENV)/sondes.tsv --output nlp/model
	$(BIN)/python -m tests.train_segments nlp/segment_model

clean:
	rm -rf $(VENV) demo
