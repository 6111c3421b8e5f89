"""The answer for one case as a record: what the search found, costs and stability of it, and bills on request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lempart._version import __version__
from lempart.arguments import checks_arguments
from lempart.bills.make import make_bills
from lempart.bills.market import BillOptions
from lempart.bills.records import Bills
from lempart.bills.rules import BillRule
from lempart.case import Case
from lempart.cost import (
    CostModel,
    KeyFigures,
    PartitionCost,
    PartitionParts,
    PartitionPartsWithLoss,
    key_figures,
    outline_of,
)
from lempart.display import braces, html_sentences, html_table, money, nested_braces, stability_word
from lempart.errors import UsageError
from lempart.game import DeviationModel, PartitionVerdict
from lempart.partition import Partition, PartitionLike
from lempart.result.answer import answer_of
from lempart.result.figures import proven_bills
from lempart.search import Progress, SearchResult, silent
from lempart.telling.answer import answer_sentences, caveat_sentences, losses_told, proof_sentence
from lempart.telling.prices import price_sentences

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
            return self.costs.prepared.partition_of(given)
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
    def key_figures(self, partition: PartitionLike | None = None) -> KeyFigures:
        """Return key figures of a partition's markets and homes; ``partition`` as for :meth:`partition`.

        Savings of homes are by the bills that the search proved nobody would leave, where it did.

        Raises
        ------
        UsageError
            No partition is given and none is stable, it isn't admissible, or these costs have no dispatch.
        InfeasibleError
            The partition can't be dispatched.
        """
        meant = self.partition(partition)
        if not self.costs.problems(meant):
            raise UsageError("key figures need a dispatch, and these costs have none")
        return key_figures(self.costs, meant, proven_bills(self.verdict(meant), self.search.players))

    @checks_arguments
    def names(self, partition: PartitionLike | None = None) -> list[list[str]]:
        """Return the players' names, coalition by coalition, as the players are listed."""
        return [list(self.costs.prepared.names(coalition)) for coalition in self.partition(partition)]

    @checks_arguments
    def to_frame(
        self,
        kind: Literal["partitions", "coalitions", "bills", "figures"] = "partitions",
        *,
        rule: BillRule = "nucleolus",
    ) -> pd.DataFrame:
        """Return a pandas DataFrame: one row per partition, coalition of each, player's bill, or market and home.

        Parameters
        ----------
        kind
            ``"partitions"`` that were evaluated, their ``"coalitions"``, or of the optimal stable partition
            ``"bills"``, by ``rule``, or key ``"figures"``.

        Raises
        ------
        InputError
            pandas isn't installed.
        UsageError
            No such kind; or for bills as :meth:`bills`.
        """
        from lempart.result.frames import coalitions_frame, figures_frame, partitions_frame

        if kind == "partitions":
            return partitions_frame(self.costs, self.search)
        if kind == "coalitions":
            return coalitions_frame(self.costs, self.search)
        if kind == "figures":
            return figures_frame(self.costs, self.key_figures())
        return self.bills(rule).to_frame()

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
        """Return the answer in the sentences of terminal and report, and the cheapest partitions."""
        answer = answer_of(self.costs, self.search, compared=False)
        minded = (*losses_told(answer), *caveat_sentences(answer), *price_sentences(self.case.market))
        told = (" ".join(answer_sentences(answer)), proof_sentence(answer), *minded)
        best = [item.partition for item in self.search.optimal_stable]
        kind = PartitionPartsWithLoss if self.costs.prepared.has_losses else PartitionParts
        names = tuple(kind().as_dict())
        rows = []
        for item in self.search.evaluated:
            cost = outline_of(self.costs, item.partition)
            mark = ("optimal stable" if self.search.proven else "best so far") if item.partition in best else ""
            parts = [None] * len(names) if cost.parts is None else list(cost.parts.as_dict().values())
            total = cost.total if cost.viable else "not viable"
            rows.append(
                [braces(self.names(item.partition)), stability_word(item.stable, "not checked"), mark, total, *parts]
            )
        headers = ("partition", "core", "", "total", *names)
        title = f"Partitions of {self.case.name!r}, {self.case.market.currency}"
        return html_sentences(told) + html_table(title, headers, rows, left=3)

    def __repr__(self) -> str:
        best = self.optimal_stable
        found = "no stable partition" if best is None else nested_braces(self.names(best))
        total = "" if best is None else f" at {money(self.search.optimal_stable[0].total, self.case.market.currency)}"
        state = "proven" if self.search.proven else f"not proven: {self.search.stopped}"
        return f"<Solution of {self.case.name!r}: {found}{total} ({state})>"
