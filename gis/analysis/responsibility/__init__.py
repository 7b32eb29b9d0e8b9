"""Who answers for which ground: `gaps` sums up where nobody does, `chain` says who, `periods` since when.

`coverage` finds faults of the ground, `workload` puts facilities on it, and `since` shows what became different.
"""
