"""Eq 2: what coalitions exchange at their boundary nodes."""

from __future__ import annotations

from lempart.dispatch import Exchanges
from lempart.grid.sums import times
from lempart.typing import ComplexArray


def exchanged_mva(exchanges: Exchanges, flows_mva: ComplexArray) -> ComplexArray:
    """Return ``S_nb``: the flows that arrive at a boundary node over a coalition's own edges (Eq 2).

    Parameters
    ----------
    exchanges
        Whose they are, and where.
    flows_mva
        ``S_n`` towards the PCC, complex MVA, shape ``(..., nodes, steps)``.

    Returns
    -------
    ComplexArray
        Positive out of the coalition, complex MVA, shape ``(..., exchanges, steps)``.
    """
    return times(exchanges.matrix, flows_mva)
