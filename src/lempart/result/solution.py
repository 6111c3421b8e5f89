"""From a case to the optimal stable partition: one call, one result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lempart._version import __version__
from lempart.arguments import checks_arguments
from lempart.case import Case, case_hash
from lempart.conic import SolverSettings
from lempart.cost import CostModel, PartitionCost, costs_of
from lempart.errors import InfeasibleError, UsageError
from lempart.game import PartitionVerdict
from lempart.partition import Partition, PartitionLike
from lempart.result.bills import Bills
from lempart.result.bills_make import make_bills
from lempart.result.bills_market import BillOptions
from lempart.result.bills_rules import BillRule
from lempart.result.deviations import DeviationName, deviation_model
from lempart.result.nothing_viable import nothing_viable
from lempart.search import Automatic, Progress, SearchMethod, SearchResult, StopRule, never, silent

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from lempart.result.frames import FrameKind


@dataclass(frozen=True, eq=False)
class Solution:
    """The answer for one case: partitions, costs, stability with certificates, and what is proven.

    Attributes
    ----------
    search
        What the search evaluated, cheapest first.
    costs
        Every cost computed on the way, with parts; ask it for any other partition too.
    version
        The version of lempart that made this result.
    """

    case: Case
    case_hash: str
    costs: CostModel
    deviation: DeviationName
    search: SearchResult
    version: str = __version__

    @property
    def optimal(self) -> Partition | None:
        """Return the partition of least cost (Problem I), or None where none is viable."""
        return self.search.optimal[0].partition if self.search.optimal else None

    @property
    def optimal_stable(self) -> Partition | None:
        """Return the stable partition of least cost (Problem II), or None where none is stable."""
        return self.search.optimal_stable[0].partition if self.search.optimal_stable else None

    def cost(self, partition: PartitionLike | None = None) -> PartitionCost:
        """Return the costs of a partition with all their parts; ``partition`` as for :meth:`partition`."""
        return self.costs.partition(self.partition(partition))

    def partition(self, given: PartitionLike | None = None) -> Partition:
        """Return the partition that is meant: by names (``"P1,P2|P3"``, lists of names), or the optimal stable one.

        Raises
        ------
        UsageError
            A player doesn't exist, the grid doesn't admit what is named, or none is given and none is stable.
        """
        if isinstance(given, Partition):
            return given
        if given is not None:
            return self.costs.setting.partition_of(given)
        if self.optimal_stable is None:
            raise UsageError("no partition is known to be stable: say which one is meant")
        return self.optimal_stable

    def verdict(self, partition: PartitionLike | None = None) -> PartitionVerdict | None:
        """Return the stability of a partition that the search evaluated; None where it was not needed.

        Parameters
        ----------
        partition
            As for :meth:`partition`: names will do, and by default it is the optimal stable one.
        """
        meant = self.partition(partition)
        return next((item.verdict for item in self.search.evaluated if item.partition == meant), None)

    def bills(
        self,
        rule: BillRule = "nucleolus",
        partition: PartitionLike | None = None,
        options: BillOptions | None = None,
        *,
        progress: Progress = silent,
    ) -> Bills:
        """Return what every player pays in a partition (by default the optimal stable one), by a rule, and why.

        Parameters
        ----------
        rule
            How the cost of a market is shared: ``"nucleolus"``, ``"least-core"``, ``"shapley"``, ``"dual"``,
            ``"equal"`` or ``"by-energy"``.
        partition
            As for :meth:`partition`: names will do.
        options
            How much work may be done.
        progress
            Told how many groups were priced.

        Raises
        ------
        UsageError
            No partition is given and none is stable, the partition isn't admissible, or a market is too large for
            the rule.
        InfeasibleError
            The partition isn't viable, or the Shapley value doesn't exist.
        """
        return make_bills(
            self.costs,
            self.partition(partition),
            deviation_model(self.costs, self.deviation),
            deviation_name=self.deviation if self.case.market.externalities else "none",
            rule=rule,
            options=options,
            progress=progress,
        )

    def names(self, partition: PartitionLike | None = None) -> list[list[str]]:
        """Return the players' names, coalition by coalition, as the players are listed."""
        return [list(self.costs.setting.names(coalition)) for coalition in self.partition(partition)]

    def to_frame(self, kind: FrameKind = "partitions", *, rule: BillRule = "nucleolus") -> pd.DataFrame:
        """Return a pandas DataFrame: one row per evaluated partition, per coalition of each, or per player's bill.

        Parameters
        ----------
        kind
            ``"partitions"``, ``"coalitions"``, or ``"bills"`` (of the optimal stable partition, by ``rule``).

        Raises
        ------
        InputError
            pandas isn't installed.
        UsageError
            No such kind; or for bills as :meth:`bills`.
        """
        from lempart.result.frames import bills_frame, coalitions_frame, partitions_frame

        if kind == "partitions":
            return partitions_frame(self)
        if kind == "coalitions":
            return coalitions_frame(self)
        if kind == "bills":
            return bills_frame(self.bills(rule))
        raise UsageError(f"no such frame: {kind!r}. Frames are: partitions, coalitions, bills")

    def to_xarray(self, partition: PartitionLike | None = None) -> xr.Dataset:
        """Return injections, flows, voltages and nodal prices of a partition as an xarray Dataset, units attached.

        ``partition`` as for :meth:`partition`. Dimensions are ``stage`` (forecast, realization), ``prosumer``,
        ``node`` and ``step``.

        Raises
        ------
        InputError
            xarray isn't installed.
        UsageError
            No partition is given and none is stable, or it isn't admissible.
        """
        from lempart.result.frames import series_dataset

        return series_dataset(self.costs, self.partition(partition))

    def _repr_html_(self) -> str:
        from lempart.result.notebook import solution_html

        return solution_html(self)

    def __repr__(self) -> str:
        best = self.optimal_stable
        found = "no stable partition" if best is None else _braces(self.names(best))
        total = "" if best is None else f" at {self.search.optimal_stable[0].total:,.2f} {self.case.market.currency}"
        state = "proven" if self.search.proven else f"not proven: {self.search.stopped}"
        return f"<Solution of {self.case.name!r}: {found}{total} ({state})>"


@checks_arguments
def solve(
    case: Case,
    method: SearchMethod | None = None,
    *,
    deviation: DeviationName = "inertia",
    stop: StopRule = never,
    progress: Progress = silent,
    settings: SolverSettings | None = None,
) -> Solution:
    """Find the optimal stable partition of a case (Problem II), with costs, bills and proof.

    Parameters
    ----------
    case
        What is given.
    method
        How to search; by default :class:`~lempart.search.Automatic`.
    deviation
        What a deviating coalition expects of the others; without externalities all models agree.
    stop, progress
        When to stop early, and whom to tell how far it is.

    Raises
    ------
    UsageError
        An argument is of another type, or names what doesn't exist.
    InfeasibleError
        When the forecast can't be met by any partition.
    SolverError
        When a dispatch can't be solved to tolerance.
    """
    costs = costs_of(case, settings)
    found = (method or Automatic()).search(
        costs.setting.family, costs, deviation_model(costs, deviation), stop=stop, progress=progress
    )
    if not found.optimal and not found.stopped:
        raise InfeasibleError(nothing_viable(costs, found.evaluated))
    return Solution(case, case_hash(case), costs, deviation, found)


def _braces(names: list[list[str]]) -> str:
    return "{" + ", ".join("{" + ", ".join(block) + "}" for block in names) + "}"
