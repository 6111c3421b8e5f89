"""A folder that the command line wrote."""

from support.solved_folder import example_2, solved

__all__ = ["example_2", "solved"]
