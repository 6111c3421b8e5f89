"""The command line in this process, and a folder that it wrote."""

from support.solved_folder import example_2, solved

__all__ = ["example_2", "solved"]
