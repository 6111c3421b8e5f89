"""Many programs of one structure solved together, eight in a vector; needs numba."""

from __future__ import annotations

from lempart.errors import UsageError

try:
    import numba as _numba  # noqa: F401  # asked for here, so that its absence is told in plain words
except ImportError as error:  # pragma: no cover
    raise UsageError('Batches need numba: pip install "lempart[batch]".') from error

from lempart.conic.batch.session import LIMITS, BatchAnswers, BatchSession

__all__ = ["LIMITS", "BatchAnswers", "BatchSession"]
