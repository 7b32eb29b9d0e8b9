"""Siting: `choose` says which candidates to open, `what_if` what one more would change; `ground` is what is given.

`cover`, `median` and `capacity` are the kinds of problem; `milp` and `kernel` solve them.
"""
