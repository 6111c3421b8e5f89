"""The case of every draw."""
