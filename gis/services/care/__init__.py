"""Care within reach: modelled `demand`, `access` to it, `siting` of the next clinic, the `nearest` for everybody.

Modules named `..._table` reckon from files alone; `national` does so for a whole country, part by part.
"""
