"""Who may see and do what: both locks, the table of expected answers, and that nothing shines through."""
