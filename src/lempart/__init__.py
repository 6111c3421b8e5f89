"""Local energy market partitioning on radial distribution grids."""

from lempart._version import __version__

__all__ = ["__version__"]
