"""Demand for care: `run` is the whole model; `cells` and `births` are what goes in, `model` is the arithmetic."""
