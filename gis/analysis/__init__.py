"""Pure analysis: frames in, new frames out; the clock, the seed and the budget are arguments."""
