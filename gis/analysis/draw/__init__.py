"""The random draw: `choose` picks by `lot`, `proof` writes it down; `read` and `verify` are for whoever doubts it."""
