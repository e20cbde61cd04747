# signlab: `make book` and `make test` are all a newcomer needs; `make help` lists the rest.
PYTHON ?= python3
BIN := .venv/bin
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest
SITE := _build/html

.PHONY: help environment book pages test lint unit notebooks editions reproducible colab audit lab run bench clean
.DEFAULT_GOAL := help

help:  ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*##/\t/' | expand -t 14

environment:
	@$(PYTHON) book/_tools/environment.py

book: environment  ## run the ten-minute tour live, build every page, say where to open it
	@echo "== The ten-minute tour, live =="
	@$(BIN)/python book/_tools/run_notebooks.py --check --show-text book/tour.ipynb
	@$(MAKE) --no-print-directory pages
	@echo "Done. Next: open $(CURDIR)/$(SITE)/index.html in a browser, or run the chapters with: make lab"

pages:
	@echo "== Building the pages =="
	@$(BIN)/jupyter-book build . -W -n --keep-going -q

test: environment  ## run every test
	@$(MAKE) --no-print-directory lint pages notebooks unit
	@test -n "$$CI" || echo "All tests passed. Next: make book"

lint:
	@echo "== Style and types =="
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/pyright

notebooks:
	@echo "== Every notebook, its stored outputs compared with a fresh run =="
	@$(PYTEST) --nbval book -q -n 2 --dist loadfile --nbval-current-env --nbval-cell-timeout 600 \
	  --nbval-sanitize-with tests/nbval_sanitize.cfg -W default -p no:cacheprovider

unit:
	@echo "== Library, book and site =="
	@$(PYTEST) tests -q -n 2 --dist loadfile

editions: environment  ## pages for readers, students and instructors, apart, each searched for what is not meant for it
	@for one in reader student instructor; do $(BIN)/python book/_tools/editions.py $$one || exit 1; done

reproducible: environment  ## build the committed pages twice, in two folders, and compare every byte
	@rm -rf _build/twice && for one in a b; do \
	  git clone -q . _build/twice/$$one && (cd _build/twice/$$one && $(CURDIR)/$(BIN)/jupyter-book build . -W -n --keep-going -q >/dev/null) || exit 1; done
	@diff -r _build/twice/a/_build/html _build/twice/b/_build/html && echo "Both builds are the same, byte by byte."

colab: environment  ## run every chapter with Colab's own versions (an environment of 5 GB; PYTHON=python3.12 or 3.13 if there is one)
	@test -x _build/colab/bin/python || ($(PYTHON) -m venv _build/colab && _build/colab/bin/pip install -q -r tests/colab.txt)
	@$(BIN)/python book/_tools/colab.py --python _build/colab/bin/python

audit: environment  ## ask for known vulnerabilities of every pinned package (needs the network)
	@test -x _build/audit/bin/pip-audit || ($(PYTHON) -m venv _build/audit && _build/audit/bin/pip install -q pip-audit)
	@_build/audit/bin/pip-audit --no-deps --disable-pip -r tests/constraints.txt

lab: environment  ## JupyterLab on the chapters
	@$(BIN)/jupyter lab --notebook-dir=book

run: environment  ## execute every chapter at its shipped scale and refresh the stored outputs
	@$(BIN)/python book/_tools/run_notebooks.py

bench: environment  ## measure the speed of everything (nothing else should run meanwhile)
	@$(BIN)/python book/_tools/bench.py

clean:  ## remove what was built (not the environment)
	@rm -rf _build dist
