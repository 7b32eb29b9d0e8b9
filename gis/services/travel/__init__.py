"""Travel: `times` between places, over the `roads` that are in use; `files` is what is kept of both."""
