"""Facilities: `read` for programs, `premises` for whoever answers for them, `history` for what became of one."""
