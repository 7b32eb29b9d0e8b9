"""Travel: `times` and metres between places, `isochrones` around them.

`graph` makes states of the roads, `snap` joins places to them; `search` shares out what `kernel` walks.
"""
