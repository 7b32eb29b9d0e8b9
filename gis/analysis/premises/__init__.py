"""Premises: `survey` shows each on one day, `oversight` whom inspection does not reach, and its `trend`.

`checks` are the questions that the register puts to itself.
"""
