"""Stability of a partition: whether every coalition holds together (Def. V.2)."""

from __future__ import annotations

from collections.abc import Callable

from lempart.game.core import DEFAULT_TOLERANCE, Players, core_verdict, has_core
from lempart.game.protocols import DeviationModel
from lempart.game.verdict import PartitionVerdict
from lempart.partition import Family, Partition


def partition_verdict(
    partition: Partition,
    family: Family,
    deviation: DeviationModel,
    *,
    players: Players = "prosumers",
    tolerance: float = DEFAULT_TOLERANCE,
) -> PartitionVerdict:
    """Return the verdict on every coalition of ``partition``.

    Parameters
    ----------
    partition
        A partition of the family.
    family
        Says which sub-coalitions there are and what they leave behind.
    deviation
        What a sub-coalition expects to pay when it leaves.
    players, tolerance
        As for :func:`core_verdict`.

    Raises
    ------
    UsageError
        ``partition`` isn't one of the family's.
    SolverError
        An LP wasn't solved.
    """
    family.require(partition)
    verdicts = (
        core_verdict(
            _worth_in(partition, coalition, deviation), coalition, family, players=players, tolerance=tolerance
        )
        for coalition in partition
    )
    return PartitionVerdict(partition, tuple(verdicts))


def is_stable(
    partition: Partition,
    family: Family,
    deviation: DeviationModel,
    *,
    players: Players = "prosumers",
    tolerance: float = DEFAULT_TOLERANCE,
) -> bool:
    """Return whether every coalition's core is non-empty; stops at the first empty one and collects no proofs.

    Parameters and errors as for :func:`partition_verdict`.
    """
    family.require(partition)
    return all(
        has_core(
            _worth_in(partition, coalition, deviation), coalition, family, players=players, tolerance=tolerance
        )
        for coalition in partition
    )


def _worth_in(partition: Partition, coalition: int, deviation: DeviationModel) -> Callable[[int], float]:
    return lambda deviating: deviation.worth(deviating, coalition, partition)
