"""Imports: `run` brings a file in, `preview` shows before what it would change, `uploads` keeps it until then."""
