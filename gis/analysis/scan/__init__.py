"""Where findings cluster: `clusters` is the spatial scan statistic, `search` walks its windows.

`lists` holds the neighbours of each area, `draws` makes replicates; `kernel` and `lanes` are the compiled loops.
"""
