"""Areas and who answers for them: `read`, `responsibility`, `changes`, `corrections`, and what is shown of them.

`maps` and `tiles` draw them, `grid` is an officer's own ground, `leader` the tree that a leader looks at.
"""
