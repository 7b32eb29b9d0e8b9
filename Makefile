# wangge: `make demo` shows a district in the browser, `make test` checks everything.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.PHONY: help setup demo test lint unit bench clean

PORT ?= 8000
VENV := .venv/bin

help:
	@echo "make demo [PORT=9000]  set up, load the demo district, serve it until Ctrl-C"
	@echo "make test              set up, then lint, types, import rules, doctests, all tests"
	@echo "make bench             set up, then the benchmarks: one JSON object a line"
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
	$(VENV)/pytest

bench: setup
	@$(VENV)/python -m tests.benchmarks

clean:
	rm -rf .venv .tools maps/node_modules
