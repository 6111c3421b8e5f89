"""Lower bounds on what partitions cost with externalities, additive over coalitions.

With ``Gamma_b`` the balancing cost, the same for every partition, ``Phi(P) >= Gamma_b + sum over F of b(F)`` over all
coalitions, regular customers included, for each of these ``b``:

- ``A'(F)``, the coalition's optimum in hindsight: whatever it did was feasible, and it pays at least the tax on its
  net injection;
- ``sum over m in F of v_m + T(F)``, with ``v_m`` a prosumer's optimum in hindsight at a price ``lambda_0 - kappa s_t``,
  ``|s_t| <= 1`` the same for all: ``kappa |S| >= kappa Re(conj(s) S)``. ``T(F)`` is what carrying others costs: where
  they hang between the coalition's homes with a net injection ``S``, at a boundary node other than the highest, the
  coalition is taxed on ``|S|`` there, and ``S`` is part of what it exchanges at the top, which makes at least
  ``kappa (|S| + Re(conj(s) S))`` that its own injections don't explain;
- where no dispatch of any partition can come near a limit, and the coalition has one boundary node, what it pays
  itself at its own dispatch: that is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from lempart.conic import SolverSettings
from lempart.cost.hindsight import HindsightCosts
from lempart.cost.joined import JoinedCosts
from lempart.cost.setting import Setting
from lempart.partition import mask_of, members
from lempart.typing import ComplexArray, FloatArray

SLACK = 1e-7
"""What a bound gives way for the tolerance of the solver that found it, as a share of its size."""


@dataclass(eq=False)
class CoupledBounds:
    """Satisfies ``search.AdditiveBounds``: ``Phi(P) >= floor + sum of excess(F)`` over the players' coalitions."""

    setting: Setting
    joined: JoinedCosts
    settings: SolverSettings | None = None
    _excess: dict[int, float] = field(default_factory=dict, init=False, repr=False)
    _sharp: dict[int, float] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def floor(self) -> float:
        """Return what every partition costs at least, in currency."""
        regular = sum(self._bound((m,)) for m in self.setting.family.regular)
        return float(self._balancing + regular + sum(self._per_player))

    def excess(self, coalition: int) -> float:
        """Return by how much a partition with this coalition costs more than the floor, at least: a quick bound."""
        if coalition not in self._excess:
            self._excess[coalition] = self._transit(coalition)
        return self._excess[coalition]

    def sharp_excess(self, coalition: int) -> float:
        """Return the best bound known, never below :meth:`excess`; takes a dispatch of the coalition."""
        if coalition not in self._sharp:
            prosumers = self.setting.family.prosumers(coalition)
            share = sum(self._per_player[player] for player in members(coalition))
            self._sharp[coalition] = max(self.excess(coalition), self._bound(prosumers) - share)
        return self._sharp[coalition]

    def carried(self, outside: int) -> float:
        """Return what it adds at least that these players hang between others of one coalition, all at one node.

        ``outside`` holds all players below some of the node's child edges; :meth:`excess` of the coalition has it too.
        Regular customers who hang there are carried as well.
        """
        family, below, tree = self.setting.family, self.joined.finder.below, self.setting.grid.tree
        beside = mask_of(family.prosumers(outside))
        others = mask_of(family.prosumers(family.everyone)) & ~beside
        node = int(tree.leaf[family.prosumers(outside)[0]])
        while not below[node] & others:  # up to where somebody else hangs below: there the coalition passes
            node = int(tree.parent[node])
        return self._carrying(members(sum(below[child] for child in tree.children[node] if not below[child] & others)))

    @property
    def limits_never_bind(self) -> bool:
        """Return whether no dispatch that flexibility allows, of any partition, reaches a limit of the grid."""
        return self.joined.reach.never_limited

    def _bound(self, prosumers: Sequence[int]) -> float:
        """Return the best bound on what a coalition adds, by one dispatch of its own."""
        if self.limits_never_bind:
            exact = self.joined.own_cost(prosumers)
            if exact is not None:
                return _below(exact)
        return _below(self._hindsight.cost(self._hindsight.together(prosumers)))

    def _transit(self, coalition: int) -> float:
        """Return ``T(F)`` over the boundary nodes below the highest."""
        territory = self.setting.family.subgraph(coalition)
        below, children = self.joined.finder.below, self.setting.grid.tree.children
        edges = set(territory.edges)
        return sum(
            self._carrying(members(sum(below[child] for child in children[node] if child not in edges)))
            for node in territory.boundary_nodes
            if node in edges
        )

    def _carrying(self, prosumers: Sequence[int]) -> float:
        """Return what carrying the sum of some prosumers' injections costs at least, whatever flexibility does."""
        at = list(prosumers)
        realization = self.setting.case.scenario.realization[at].sum(axis=0)
        low, high = realization + self._reach[0][at].sum(axis=0), realization + self._reach[1][at].sum(axis=0)
        least = _least_carried(low, high, self._direction)
        return float((self.setting.tariffs.tax * least).sum()) * self.setting.case.horizon.step_hours

    @cached_property
    def _hindsight(self) -> HindsightCosts:
        return HindsightCosts(self.setting, self.settings)

    @property
    def _reach(self) -> tuple[ComplexArray, ComplexArray]:
        return self.joined.reach.flexible_mva

    @cached_property
    def _price(self) -> ComplexArray:
        """Return what another injection is worth to all players together in hindsight, shape ``(steps,)``."""
        players = self.setting.family.prosumers(self.setting.family.everyone)
        price = self._hindsight.together(players).nodal_prices[1]
        tariffs = self.setting.tariffs
        away = tariffs.price - price  # kappa s, no longer than kappa but for the solver's tolerance
        size, tax = np.abs(away), tariffs.tax
        shorter = np.divide(tax, size, out=np.ones_like(size), where=size > tax)
        nearer: ComplexArray = tariffs.price - away * np.minimum(shorter, 1.0)
        return nearer

    @cached_property
    def _direction(self) -> ComplexArray:
        """Return ``s``, shape ``(steps,)``."""
        tariffs = self.setting.tariffs
        away = tariffs.price - self._price
        direction: ComplexArray = np.divide(away, tariffs.tax, out=np.zeros_like(away), where=tariffs.tax > 0.0)
        return direction

    @cached_property
    def _per_player(self) -> list[float]:
        """Return ``v``, summed over each player's prosumers."""
        family = self.setting.family
        prosumers = family.prosumers(family.everyone)
        costs = dict(zip(prosumers, self._hindsight.apart(prosumers, self._price).tolist(), strict=True))
        return [_below(sum(costs[m] for m in player)) for player in family.players]

    @cached_property
    def _balancing(self) -> float:
        return self.joined.balancing


def _least_carried(low: ComplexArray, high: ComplexArray, direction: ComplexArray) -> FloatArray:
    """Return the minimum of ``|S| + Re(conj(s) S)`` over a box of complex powers, per step.

    For given ``s`` it is convex in the active power, and least at ``|Q| * -s_p / sqrt(1 - s_p^2)`` or at the end of the
    range that is nearest. Where the reactive power can vary, it is taken at its best.
    """
    p, q = direction.real, direction.imag
    given = (high - low).imag == 0.0
    reactive = np.where(given, low.imag, 0.0)
    rest = np.sqrt(np.maximum(1.0 - p**2, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        best = np.where(p == 0.0, 0.0, -p * np.abs(reactive) / rest)
    active = np.clip(np.nan_to_num(best, nan=0.0), low.real, high.real)
    fixed = np.hypot(active, reactive) + p * active + q * reactive
    ends = [np.sqrt(np.maximum(1.0 - q**2, 0.0)) * np.abs(end) + p * end for end in (low.real, high.real)]
    inside = (low.real <= 0.0) & (high.real >= 0.0)
    varying = np.where(inside, np.minimum(0.0, np.minimum(*ends)), np.minimum(*ends))
    least: FloatArray = np.maximum(np.where(given, fixed, varying), 0.0)
    return least


def _below(bound: float) -> float:
    """Return a bound with room for a solver's tolerance."""
    return bound - SLACK * max(1.0, abs(bound))
