"""The store: the only folder that speaks to the database.

`cluster` runs a private PostGIS in a folder, `engine` connects to it or to any other, `schema` and `migrations`
say what the tables are, `write` and `read` move canonical frames in and out, `tiles` cuts vector tiles and
`backup` keeps copies. Frames come in and go out; no SQL and no connection detail is known above this folder.
"""
