"""The flows on which tax is due: of one partition its exchanges, of many all that any of them has."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Self

import numpy as np
import scipy.sparse as sp

from lempart.dispatch.problem import Exchanges
from lempart.typing import IntArray


@dataclass(frozen=True, eq=False)
class TaxedFlows:
    """Flows that tax is due on in some partitions, and how often each of them is taxed in one.

    Attributes
    ----------
    matrix
        Shape ``(flows, nodes)``; times ``S_n`` it gives the flows.
    times
        How many exchanges of the partition each flow is, shape ``(flows,)``; 0: only others are taxed on it.
    of_exchange
        Which flow every exchange of the partition is, shape ``(exchanges,)``.
    """

    matrix: sp.csr_array
    times: IntArray
    of_exchange: IntArray

    @classmethod
    def of(cls, exchanges: Exchanges) -> Self:
        """Return the flows that one partition is taxed on: its exchanges."""
        count = exchanges.matrix.shape[0]
        return cls(exchanges.matrix, np.ones(count, dtype=np.int64), np.arange(count))

    def taxing(self, numbers: IntArray) -> Self:
        """Return the same flows for a partition whose exchanges have these numbers among them."""
        return replace(self, times=np.bincount(numbers, minlength=len(self.times)), of_exchange=numbers)


@dataclass(eq=False)
class FlowBook:
    """Numbers the flows that exchanges are: sums of the same lines' flows at the same node are one flow."""

    _number: dict[Hashable, int] = field(default_factory=dict)
    _rows: list[sp.csr_array] = field(default_factory=list)

    def numbers(self, exchanges: Exchanges) -> IntArray:
        """Return which flow each exchange is, shape ``(exchanges,)``; those not met before get new numbers."""
        found = []
        for row, key in enumerate(_keys(exchanges.matrix)):
            number = self._number.get(key)
            if number is None:
                number = self._number[key] = len(self._rows)
                self._rows.append(sp.csr_array(exchanges.matrix[[row]]))
            found.append(number)
        return np.array(found, dtype=np.int64)

    def known(self, exchanges: Exchanges) -> IntArray | None:
        """Return the same, None where one of the flows has not been met."""
        found = [self._number.get(key) for key in _keys(exchanges.matrix)]
        return None if None in found else np.array(found, dtype=np.int64)

    def flows(self) -> TaxedFlows:
        """Return all flows met by now, each an exchange."""
        count = len(self._rows)
        matrix = sp.csr_array(sp.vstack(self._rows)) if count else sp.csr_array((0, 0))
        return TaxedFlows(matrix, np.ones(count, dtype=np.int64), np.arange(count))


def _keys(matrix: sp.csr_array) -> list[Hashable]:
    """Return what tells the rows of a matrix apart."""
    start, edges, signs = matrix.indptr.tolist(), matrix.indices.tolist(), matrix.data.tolist()
    rows = pairwise(start)
    return [tuple(sorted(zip(edges[first:last], signs[first:last], strict=True))) for first, last in rows]
