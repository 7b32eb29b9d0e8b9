"""wangge: the domain. No HTTP and no HTML in here; the folder tree is explained in the README."""
