"""Use cases: each owns its transaction, takes an `Actor`, and returns frames or plain values.

A folder is a family of use cases, and says in its first line what it is about. What stands here beside the folders is
for all of them: `workspace` (settings and connections), `scope` (whose rows), `register` (the tables as an actor sees
them), `audit`, `page` and `listing`; or has no family: the demo district, exports, outreach, the open data.
"""
