"""One file a family of addresses; each route reads its parameters, calls one service and writes the answer."""
