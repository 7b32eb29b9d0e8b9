"""Sweeps in which every text is an attack: titles, teams, places, reasons, and the names of what is visited."""

import sqlalchemy as sa

from tests.sweep_rows import insert_sweep

SWEEP = "00000000-0000-4000-8000-0000000051{:02d}"
"""Number of a sweep; the odd ones have ended."""


def add_sweeps(connection: sa.Connection, texts: tuple[str, ...]) -> None:
    """One sweep of each facility F0, F1, ..."""
    for number, payload in enumerate(texts):
        insert_sweep(
            connection,
            SWEEP.format(number),
            f"F{number}",
            text=payload,
            people=(payload, "O1"),
            by=payload,
            ended=number % 2 == 1,
        )
