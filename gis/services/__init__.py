"""Use cases, one file a family: each owns its transaction, takes an `Actor`, and returns frames or plain values."""
