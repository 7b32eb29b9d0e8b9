"""Access to care: `measure` for one table, `parts` for a country; `reach` counts who is out of it, `care` by area.

`weights` says how minutes count, `checks` refuses bad tables; `codes`, `kernel` and `threads` make it fast.
"""
