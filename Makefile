# wangge: `make demo` shows a district in the browser, `make test` checks everything.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.PHONY: help setup demo test lint unit bench bench-routing texts clean

PORT ?= 8000
VENV := .venv/bin

help:
	@echo "make demo [PORT=9000]  set up, load the demo district, serve it until Ctrl-C"
	@echo "make test              set up, then lint, types, import rules, doctests, all tests"
	@echo "make bench             set up, then the benchmarks: one JSON object a line"
	@echo 'make bench-routing FILES="a.vrp b.vrp" SECONDS=20   routing problems of the literature'
	@echo "make setup             only the set-up, ending with .venv/bin/wangge working"

setup:
	@bash .ci/setup

demo: setup
	@exec $(VENV)/wangge demo --port $(PORT)

test: setup lint unit

lint:
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy
	$(VENV)/lint-imports --no-cache

unit:
	$(VENV)/pytest -n auto --dist loadfile

bench: setup
	@$(VENV)/python -m tests.benchmarks

SECONDS := 20
bench-routing: setup
	@$(VENV)/python -m tests.benchmarks._routing $(FILES) --seconds $(SECONDS)

texts:  ## collect new texts into the translation files; then fill in the empty ones
	mkdir -p var && $(VENV)/pybabel -q extract -k _ -k N_ --no-location --sort-output -o var/wangge.pot gis api maps --ignore-dirs="node_modules"
	$(VENV)/pybabel -q update -i var/wangge.pot -d data/locale -D wangge --no-fuzzy-matching --ignore-obsolete --no-wrap
	sed -i -E '/^"(Project-Id|Report-Msgid|POT-Creation|PO-Revision|Last-Translator|Language-Team|Plural-Forms|Generated-By)/d' data/locale/*/LC_MESSAGES/wangge.po

clean:
	rm -rf .venv .tools maps/node_modules
