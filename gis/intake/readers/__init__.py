"""The parsers: everything in this folder runs in a child process that trusts nothing.

A *job* names one local file, its format and the header words that are known. A parser turns it into *places*: the
main table (`MAIN`) and hidden places (another sheet, a comment, a nested object), each a stream of Arrow tables whose
columns are all text, the main table with its geometry as clean two-dimensional WKB. The child is confined before the
first byte of the file is looked at (`confine`), sends what it finds through one pipe (`channel`), and ends. It
imports neither pandas nor the translation catalogue, so that it starts in a fraction of a second: a refusal travels
as an English text with named places and is translated by the parent.
"""
