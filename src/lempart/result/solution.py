"""From a case to the optimal stable partition: one call, one result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lempart._renamed import renamed_arguments
from lempart._version import __version__
from lempart.arguments import checks_arguments
from lempart.case import Case, case_hash
from lempart.conic import SolverSettings
from lempart.cost import CostModel, CostsLike, PartitionCost, cost_model
from lempart.errors import InfeasibleError, UsageError
from lempart.game import DeviationModel, PartitionVerdict
from lempart.partition import Partition, PartitionLike
from lempart.result.bills import Bills
from lempart.result.bills_make import make_bills
from lempart.result.bills_market import BillOptions
from lempart.result.bills_rules import BillRule
from lempart.result.deviations import DeviationLike, belief_of
from lempart.result.nothing_viable import nothing_viable
from lempart.search import Progress, SearchMethod, SearchResult, StopRule, never, search_of, silent

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


@dataclass(frozen=True, eq=False)
class Solution:
    """The answer for one case: partitions, costs, stability with certificates, and what is proven.

    Attributes
    ----------
    search
        What the search evaluated, cheapest first.
    costs
        Every cost computed on the way, with parts; ask it for any other partition too.
    deviation, belief
        What a deviating coalition expects of the others: its name, and the model.
    version
        The version of lempart that made this result.
    """

    case: Case
    case_hash: str
    costs: CostModel
    deviation: str
    belief: DeviationModel
    search: SearchResult
    version: str = __version__

    @property
    def expects(self) -> str:
        """Return what a leaving group expects of the others, by name; ``"none"`` where costs don't depend on them."""
        return self.deviation if self.costs.characteristic is None else "none"

    @property
    def optimal(self) -> Partition | None:
        """Return the partition of least cost (Problem I), or None where none is viable."""
        return self.search.optimal[0].partition if self.search.optimal else None

    @property
    def optimal_stable(self) -> Partition | None:
        """Return the stable partition of least cost (Problem II), or None where none is stable."""
        return self.search.optimal_stable[0].partition if self.search.optimal_stable else None

    @checks_arguments
    def cost(self, partition: PartitionLike | None = None) -> PartitionCost:
        """Return the costs of a partition with all their parts; ``partition`` as for :meth:`partition`."""
        return self.costs.partition(self.partition(partition))

    @checks_arguments
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

    @checks_arguments
    def verdict(self, partition: PartitionLike | None = None) -> PartitionVerdict | None:
        """Return the stability of a partition that the search evaluated; None where it was not needed.

        Parameters
        ----------
        partition
            As for :meth:`partition`: names will do, and by default it is the optimal stable one.
        """
        meant = self.partition(partition)
        return next((item.verdict for item in self.search.evaluated if item.partition == meant), None)

    @checks_arguments
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
            self.belief,
            deviation_name=self.expects,
            rule=rule,
            options=options,
            progress=progress,
        )

    @checks_arguments
    def names(self, partition: PartitionLike | None = None) -> list[list[str]]:
        """Return the players' names, coalition by coalition, as the players are listed."""
        return [list(self.costs.setting.names(coalition)) for coalition in self.partition(partition)]

    @checks_arguments
    def to_frame(
        self, kind: Literal["partitions", "coalitions", "bills"] = "partitions", *, rule: BillRule = "nucleolus"
    ) -> pd.DataFrame:
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
        return bills_frame(self.bills(rule))

    @checks_arguments
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


@renamed_arguments({"method": "search", "settings": "solver"})
@checks_arguments
def solve(
    case: Case,
    search: SearchMethod | str = "auto",
    *,
    deviation: DeviationLike = "inertia",
    costs: CostsLike = "market",
    stop: StopRule = never,
    progress: Progress = silent,
    solver: SolverSettings | None = None,
) -> Solution:
    """Find the optimal stable partition of a case (Problem II), with costs, bills and proof.

    Each of ``search``, ``deviation`` and ``costs`` is a name or an object, your own included (see the page on
    extending lempart).

    Parameters
    ----------
    case
        What is given: see :func:`~lempart.read_case`.
    search
        How to search: ``"auto"``, ``"exhaustive"``, ``"tree"``, ``"bounded"``, ``"local"``, or an object with
        ``search``, such as ``Exhaustive(all_cores=True)``.
    deviation
        What a deviating coalition expects of the others: ``"inertia"``, ``"dissolve"``, ``"optimistic"``,
        ``"pessimistic"``, an object with ``worth``, or a class that makes one of the costs and the family of
        partitions. Without externalities the named ones agree.
    costs
        What coalitions pay: ``"market"`` (as the case's market says), ``"with-externalities"`` (Eq 8),
        ``"without-externalities"`` (Eq 9), an object with ``cost`` or with ``total`` and ``coalition_cost``, or a
        class that makes one of the case.
    stop
        Asked between two steps: a text is the reason to stop, ``""`` means go on. See
        :func:`~lempart.search.after_seconds`.
    progress
        Told how far it is: ``progress(phase, done, total)``.
    solver
        Tolerances and choice of the solver of convex programs.

    Returns
    -------
    Solution
        The optimal and the optimal stable partition, total cost ``Phi`` in the case's currency over its horizon
        (positive: to be paid), coalition costs ``phi``, verdicts on cores with certificates, and what is proven.

    Raises
    ------
    UsageError
        An argument is of another type, or names what doesn't exist.
    InfeasibleError
        When the forecast can't be met by any partition.
    SolverError
        When a dispatch can't be solved to tolerance.

    Examples
    --------
    >>> from lempart import read_case, shipped_case_path, solve
    >>> solution = solve(read_case(shipped_case_path("example-2")))
    >>> solution
    <Solution of 'example-2': {{P1}, {P2, P3}} at 241.00 CHF (proven)>
    >>> solution.names()
    [['P1'], ['P2', 'P3']]
    >>> round(solution.cost().total, 2)
    241.0
    """
    model = cost_model(case, costs, solver)
    name, belief = belief_of(model, deviation)
    found = search_of(search).search(model.setting.family, model, belief, stop=stop, progress=progress)
    if not found.optimal and not found.stopped:
        raise InfeasibleError(nothing_viable(model, found.evaluated))
    meant = model.setting.case  # with the market that the costs were asked for by name
    return Solution(meant, case_hash(meant), model, name, belief, found)


def _braces(names: list[list[str]]) -> str:
    return "{" + ", ".join("{" + ", ".join(block) + "}" for block in names) + "}"
