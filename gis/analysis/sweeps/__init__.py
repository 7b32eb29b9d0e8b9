"""Sweeps: which premises are visited, by whom, on which day and in what order.

`hours` reads opening hours, `problem` holds what a plan is made of, `model` puts it into the words of PyVRP, `engine`
searches (`decompose` for large problems), `bound` says what no plan can do better than, `plan` puts it together,
`replan` begins anew in the middle of a day, and `instances` solves problems of the literature by the same search.
"""
