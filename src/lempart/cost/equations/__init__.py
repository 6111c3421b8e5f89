"""The model's equations as functions of arrays: each is written here, and nowhere else.

Arrays have any number of leading axes (none: one case; one: draws), then places (prosumers, edges, exchanges,
coalitions), then steps.
"""
