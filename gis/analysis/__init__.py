"""Pure analysis: frames in, new frames out; the clock, the seed and the budget are arguments.

A folder is a family, and says in its first line what it is about. What stands beside the folders has no family:
`campaign`, `outreach`, and `shares`, the uncertainty of counted shares.
"""
