"""Stability of a partition: whether every coalition holds together (Def. V.2)."""

from __future__ import annotations

import math
from collections.abc import Callable, MutableMapping

from lempart.game.bounds import Bounds
from lempart.game.core import DEFAULT_TOLERANCE, Players, core_verdict, has_core
from lempart.game.core.row_generation import Progress, StopRule
from lempart.game.deviation import NoExternalities
from lempart.game.protocols import DeviationModel, turnover_of
from lempart.game.verdict import CoreVerdict, PartitionVerdict
from lempart.partition import Family, Partition


def partition_verdict(
    partition: Partition,
    family: Family,
    deviation: DeviationModel,
    *,
    players: Players = "prosumers",
    tolerance: float = DEFAULT_TOLERANCE,
    known: MutableMapping[int, CoreVerdict] | None = None,
    stop: StopRule | None = None,
    more: float = math.inf,
    likely: tuple[int, ...] = (),
    progress: Progress | None = None,
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
    players, tolerance, stop, more, likely, progress
        As for :func:`core_verdict`. Once stopped, what is left to decide is left undecided.
    known
        Verdicts on coalitions, looked up here first and added to: only for a deviation model in which a coalition's
        verdict doesn't depend on the partition it is in (:class:`~lempart.game.NoExternalities`).

    Raises
    ------
    UsageError
        ``partition`` isn't one of the family's.
    SolverError
        An LP wasn't solved.
    """
    family.require(partition)
    verdicts: MutableMapping[int, CoreVerdict] = {} if known is None else known
    undecided: dict[int, CoreVerdict] = {}
    for coalition in partition:
        if coalition not in verdicts:
            found = core_verdict(
                _worth_in(partition, coalition, deviation),
                coalition,
                family,
                players=players,
                tolerance=tolerance,
                turnover=turnover_of(deviation, coalition),
                bounds=_bounds(coalition, deviation, players),
                stop=stop,
                more=more,
                likely=likely,
                progress=progress,
            )
            if found.gap is None:
                verdicts[coalition] = found
            else:
                undecided[coalition] = found
                stop = _already(found.gap.stopped)
    verdicts = {**verdicts, **undecided}
    return PartitionVerdict(partition, tuple(verdicts[coalition] for coalition in partition))


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
            _worth_in(partition, coalition, deviation),
            coalition,
            family,
            players=players,
            tolerance=tolerance,
            turnover=turnover_of(deviation, coalition),
            bounds=_bounds(coalition, deviation, players),
        )
        for coalition in partition
    )


def _already(reason: str) -> StopRule:
    return lambda: reason


def _worth_in(partition: Partition, coalition: int, deviation: DeviationModel) -> Callable[[int], float]:
    return lambda deviating: deviation.worth(deviating, coalition, partition)


def _bounds(coalition: int, deviation: DeviationModel, players: Players) -> Bounds | None:
    """Return lower bounds on what sub-coalitions expect to pay, where the model has any."""
    return deviation.bounds(coalition) if isinstance(deviation, NoExternalities) and players == "prosumers" else None
