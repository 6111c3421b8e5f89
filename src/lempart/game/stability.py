"""Stability of a partition: whether every coalition holds together (Def. V.2)."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import replace
from typing import Any

from lempart.arguments import checks_arguments
from lempart.game.ahead import deviations_ahead
from lempart.game.core.options import CoreOptions, with_keywords
from lempart.game.core.question import CoreQuestion
from lempart.game.protocols import DeviationModel, independent_game, turnover_of
from lempart.game.verdict import CoreVerdict, PartitionVerdict
from lempart.partition import Family, Partition, PartitionLike
from lempart.stop_rule import StopRule


@checks_arguments
def partition_verdict(
    partition: PartitionLike,
    family: Family,
    deviation: DeviationModel,
    options: CoreOptions | None = None,
    *,
    known: MutableMapping[int, CoreVerdict] | None = None,
    **old_keywords: Any,
) -> PartitionVerdict:
    """Return the verdict on every coalition of ``partition``.

    Parameters
    ----------
    partition
        A partition of the family, or by its names: ``"P1,P2|P3"``, lists of names.
    family
        Says which sub-coalitions there are and what they leave behind.
    deviation
        What a sub-coalition expects to pay when it leaves, ``φ̂``, in currency.
    options
        As for :func:`core_verdict`. Once stopped, what is left to decide is left undecided.
    known
        Verdicts on coalitions, by mask, looked up here first and added to: only for a deviation model in which a
        coalition's verdict doesn't depend on the partition it is in (:class:`~lempart.game.NoExternalities`).
    **old_keywords
        Options by name, as before there was a record of them; they warn.

    Raises
    ------
    UsageError
        ``partition`` isn't one of the family's.
    SolverError
        An LP wasn't solved.
    """
    partition = family.partition_of(partition)
    family.require(partition)
    chosen = with_keywords(options, old_keywords)
    verdicts: MutableMapping[int, CoreVerdict] = {} if known is None else known
    undecided: dict[int, CoreVerdict] = {}
    for coalition in partition:
        if coalition not in verdicts:
            found = _question(partition, coalition, family, deviation, chosen).verdict()
            if found.gap is None:
                verdicts[coalition] = found
            else:
                undecided[coalition] = found
                chosen = replace(chosen, stop=_already(found.gap.reason))
            chosen = replace(chosen, max_priced=max(chosen.max_priced - found.priced, 0))
    verdicts = {**verdicts, **undecided}
    return PartitionVerdict(partition, tuple(verdicts[coalition] for coalition in partition))


@checks_arguments
def is_stable(
    partition: PartitionLike,
    family: Family,
    deviation: DeviationModel,
    options: CoreOptions | None = None,
    **old_keywords: Any,
) -> bool:
    """Return whether every coalition's core is non-empty; stops at the first empty one and collects no proofs.

    Parameters and errors as for :func:`partition_verdict`.

    Parameters
    ----------
    partition
        A partition of the family, or by its names: ``"P1,P2|P3"``, lists of names.
    family
        Says which sub-coalitions there are.
    deviation
        What a group expects to pay once it has left, ``φ̂``, in currency.
    options
        How to go about it; None: the defaults.
    **old_keywords
        Options by name, as before there was a record of them; they warn.
    """
    partition = family.partition_of(partition)
    family.require(partition)
    chosen = with_keywords(options, old_keywords)
    return all(_question(partition, coalition, family, deviation, chosen).has_core() for coalition in partition)


def _question(
    partition: Partition, coalition: int, family: Family, deviation: DeviationModel, options: CoreOptions
) -> CoreQuestion:
    """Return the question whether one coalition of a partition has a core, with the bounds that the model has."""
    game = independent_game(deviation) if options.players == "prosumers" else None
    return CoreQuestion(
        lambda deviating: deviation.worth(deviating, coalition, partition),
        coalition,
        family,
        options,
        turnover_of(deviation, coalition),
        None if game is None else game.bounds(coalition),
        deviations_ahead(deviation, coalition, partition, options.stop),
    )


def _already(reason: str) -> StopRule:
    return lambda: reason
