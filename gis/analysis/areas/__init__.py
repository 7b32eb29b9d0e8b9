"""Areas: `nesting` says what lies in what, `neighbours` what beside it, `grid` parts a village, `lineage` looks back.

`changes` plans a change from the rows of a `changefile`, with what is `following` from it; `undo` is its inverse, and
`crosswalk` carries series across it.
"""
