"""The generator of the invented demo district."""
