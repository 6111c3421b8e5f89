"""Lower bounds on what partitions cost with externalities, additive over coalitions.

With ``Gamma_b`` the balancing cost, the same for every partition, ``Phi(P) >= Gamma_b + sum over F of b(F)`` over all
coalitions, regular customers included. For any complex ``|s_t| <= 1``, ``kappa |S| >= kappa Re(conj(s) S)``. So with
``v_m(s)``, a prosumer's optimum in hindsight at the price ``lambda_0 - kappa s``, each of these is such a ``b``:

- ``sum over m in F of v_m(s) + T_s(F)``. ``T_s(F)`` is what carrying others costs: where they hang between the
  coalition's homes with a net injection ``S``, at a boundary node other than the highest, the coalition is taxed on
  ``|S|`` there, and ``S`` is part of what it exchanges at the top, which makes at least ``kappa (|S| + Re(conj(s) S))``
  that its own injections don't explain, at the worst ``S`` that the devices of those below can make;
- the same with the ``s`` that is best for ``F`` alone: ``A'(F) + T_s(F)``, with ``A'(F)`` the coalition's optimum in
  hindsight, taxed on its net injection;
- where ``F`` has one boundary node and limits are hard, its optimum ex-ante with its own lines' ratings, less what its
  errors ``D = sum of U - U_hat`` can make of tax and energy: ``A(F) - kappa |D| - <lambda_0, D>``;
- with single boundaries, where no dispatch can come near a limit, what it pays at its own dispatch: that is exact.

A home that hangs alone between others is taxed on ``S`` itself, too. With what its devices cost, all three taxes come
to more at once than apart: what they add to ``A'`` of the home takes the place of ``T_s``. Nothing counts twice, since
``A'`` of that home is the only other place in which its devices' costs beyond ``v_m`` come in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from lempart.conic import SolverSettings
from lempart.cost.clusters import Span
from lempart.cost.hindsight import HindsightCosts
from lempart.cost.joined import JoinedCosts
from lempart.cost.setting import Setting
from lempart.cost.transit import least_carried
from lempart.partition import mask_of, members
from lempart.typing import ComplexArray

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
    _carrying: dict[int, float] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def floor(self) -> float:
        """Return what every partition costs at least, in currency."""
        regular = sum(self._bound((m,)) for m in self.setting.family.regular)
        return float(self._balancing + regular + sum(self._per_player))

    def excess(self, coalition: int) -> float:
        """Return by how much a partition with this coalition costs more than the floor, at least: a quick bound."""
        if coalition not in self._excess:
            self._excess[coalition] = sum(self._carried(who) for _, who in self._span(coalition).through)
        return self._excess[coalition]

    def sharp_excess(self, coalition: int) -> float:
        """Return the best bound known, never below :meth:`excess`; takes a dispatch of the coalition."""
        if coalition not in self._sharp:
            share = sum(self._per_player[player] for player in members(coalition))
            best = self._bound(self.setting.family.prosumers(coalition), self._span(coalition))
            self._sharp[coalition] = max(self.excess(coalition), best - share)
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
        return self._carried(sum(below[child] for child in tree.children[node] if not below[child] & others))

    @property
    def limits_never_bind(self) -> bool:
        """Return whether no dispatch that flexibility allows, of any partition, reaches a limit of the grid."""
        return self.joined.reach.never_limited

    def _alone(self, prosumers: Sequence[int]) -> float | None:
        """Return exactly what a coalition adds, where nothing but its own dispatch matters; else None.

        That is where no limit can bind and nobody is ever carried: who carries others has them dispatched otherwise.
        """
        if not self.limits_never_bind or not self.setting.family.single_boundary:
            return None
        return self.joined.own_cost(prosumers)

    def _bound(self, prosumers: Sequence[int], span: Span | None = None) -> float:
        """Return the best bound on what a coalition adds, by one dispatch of its own; no span: it carries nobody."""
        exact = self._alone(prosumers)
        if exact is not None:
            return _below(exact)
        solved = self._hindsight.together(prosumers)
        through = () if span is None else span.through
        direction = self._direction_at(solved.nodal_prices[1]) if through else self._direction
        transit = sum(self._least_transit(members(who), direction) for _, who in through)
        return max(_below(self._hindsight.cost(solved)) + transit, self._planned(prosumers))

    def _planned(self, prosumers: Sequence[int]) -> float:
        """Return ``A(F) - kappa |D| - <lambda_0, D>``; minus infinity where it says nothing."""
        setting = self.setting
        if setting.case.dispatch.limits != "hard" or self.limits_never_bind:
            return -np.inf
        planned = self.joined.planned_cost(prosumers)
        if planned is None:
            return -np.inf
        at, scenario, tariffs = list(prosumers), setting.case.scenario, setting.tariffs
        error = (scenario.realization[at] - scenario.forecast[at]).sum(axis=0)
        spread = np.maximum(*(np.abs(end[at]) for end in self._reach))
        missed = tariffs.tax * np.abs(error) + (tariffs.price.conj() * error).real
        ties = setting.tie_break * (spread**2).sum(axis=0)  # a dispatch may cost that much more than the cheapest
        return _below(planned) - float((missed + ties).sum()) * setting.case.horizon.step_hours

    def _span(self, coalition: int) -> Span:
        return self.joined.finder.span(self.setting.family.edge_mask(coalition))

    def _carried(self, who: int) -> float:
        """Return what it adds at least, to everyone's bounds, that a coalition carries the sum of these prosumers."""
        if who not in self._carrying:
            self._carrying[who] = self._costs_to_carry(members(who))
        return self._carrying[who]

    def _costs_to_carry(self, prosumers: Sequence[int]) -> float:
        least = self._least_transit(prosumers, self._direction)
        if len(prosumers) > 1 or not self.setting.case.prosumers[prosumers[0]].flexibility:
            return least
        hindsight = self._hindsight
        carried = hindsight.cost(hindsight.together(prosumers, price=self._price, taxed=2.0))
        return max(least, _below(carried) - hindsight.cost(hindsight.together(prosumers)))

    def _least_transit(self, prosumers: Sequence[int], direction: ComplexArray) -> float:
        """Return ``T_s`` of one boundary node, at the worst that the devices of those who hang there can do."""
        at = list(prosumers)
        realization = self.setting.case.scenario.realization[at].sum(axis=0)
        low, high = realization + self._reach[0][at].sum(axis=0), realization + self._reach[1][at].sum(axis=0)
        least = least_carried(low, high, direction)
        return float((self.setting.tariffs.tax * least).sum()) * self.setting.case.horizon.step_hours

    @cached_property
    def _hindsight(self) -> HindsightCosts:
        return HindsightCosts(self.setting, self.settings)

    @property
    def _reach(self) -> tuple[ComplexArray, ComplexArray]:
        return self.joined.reach.flexible_mva

    @cached_property
    def _direction(self) -> ComplexArray:
        """Return the ``s`` of everyone's common optimum, shape ``(steps,)``."""
        everyone = self.setting.family.prosumers(self.setting.family.everyone)
        return self._direction_at(self._hindsight.together(everyone).nodal_prices[1])

    @property
    def _price(self) -> ComplexArray:
        """Return ``lambda_0 - kappa s``: what another injection is worth to all players together in hindsight."""
        return self.setting.tariffs.price - self.setting.tariffs.tax * self._direction

    def _direction_at(self, price: ComplexArray) -> ComplexArray:
        """Return the ``s`` behind a price ``lambda_0 - kappa s``, no longer than 1 but for the solver's tolerance."""
        tariffs = self.setting.tariffs
        away = tariffs.price - price
        direction: ComplexArray = np.divide(away, tariffs.tax, out=np.zeros_like(away), where=tariffs.tax > 0.0)
        return direction / np.maximum(np.abs(direction), 1.0)

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


def _below(bound: float) -> float:
    """Return a bound with room for a solver's tolerance."""
    return bound - SLACK * max(1.0, abs(bound))
