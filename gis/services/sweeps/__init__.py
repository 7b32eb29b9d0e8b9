"""Sweeps: `plan` makes one as a `document`, `new` for a page; `published` keeps it, `view` and `progress` show it.

Visits come out of `sources`, `teams` make them; `check` and `fit` say whether they can.
"""
