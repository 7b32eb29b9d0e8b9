"""From a file to a canonical frame; the only place that knows foreign column names.

A datum walks `source` (what a file may hold) -> `read` (what it holds, as text, parsed behind a wall by `sandbox` and
`readers`) -> `firewall` (refuses personal data) -> `doctor` and `normalise` (coordinates, codes, dates).
"""
