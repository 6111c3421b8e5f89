"""Steps from one partition to the next, for local search: two coalitions merge, or one splits."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from lempart.arguments import checks_arguments
from lempart.partition.family import Family
from lempart.partition.partition import Partition


@checks_arguments
def merges(family: Family, partition: Partition) -> Iterator[Partition]:
    """Yield every partition of the family in which two coalitions of ``partition`` have become one.

    Parameters
    ----------
    family
        Says which coalitions are allowed; ``partition`` must be one of its own.
    partition
        Where to start.
    """
    edges = {mask: family.edge_mask(mask) for mask in partition}
    occupied = sum(edges.values())  # edge-disjoint, so the sum of masks is their union
    for one, other in combinations(partition, 2):
        union = one | other
        others = occupied & ~(edges[one] | edges[other])
        if family.edge_mask(union) & others == 0 and family.admissible(union):
            yield Partition.of((*(mask for mask in partition if mask not in (one, other)), union))


@checks_arguments
def splits(family: Family, partition: Partition) -> Iterator[Partition]:
    """Yield every partition that results when a group leaves one coalition of ``partition``, each once.

    What is left may fall apart (see :meth:`Family.components`), so there can be more than one coalition more.
    Every admissible split in two is among them: one half leaves. As many as there are sub-coalitions,
    which can be exponentially many; they come lazily.

    Parameters
    ----------
    family
        Says which groups can leave; ``partition`` must be one of its own.
    partition
        Where to start.
    """
    for coalition in partition:
        seen: set[tuple[int, ...]] = set()
        for leaving in family.subcoalitions(coalition):
            left = family.components(coalition, leaving)
            if not left:  # nobody, or a group would be torn apart
                continue
            pieces = tuple(sorted((leaving, *left)))
            if pieces not in seen:
                seen.add(pieces)
                yield partition.replace(coalition, pieces)
