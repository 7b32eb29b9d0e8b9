"""Which polygon holds each point: `points` is the question, `index` and `kernel` the fast way to the answer."""
