"""All optimal nodal prices of a dispatched partition, written out in cvxpy from the model: an oracle for the library's.

Only homes with lossless batteries. A price is ``lambda_0`` less what an injection adds to taxes and limits on its way
to the PCC: taxes in the direction of each exchange, any direction where it is zero; limits at their shadow prices, any
that are not negative where they bind (none above the penalty rate where limits are elastic). At a battery it equals
what the battery's next MWh costs. Nothing here is shared with the library but its dispatch and its subgraphs.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import cvxpy as cp
import numpy as np

from lempart.case import Battery
from lempart.cost.dispatched import DispatchedPart

NEAR = 1e-6
"""What counts as zero, as a share of the typical power."""


class OptimalPrices:
    """The optimal prices of one dispatched partition.

    Attributes
    ----------
    open
        How many exchanges are zero, and how many limits bind.
    """

    def __init__(self, stage: DispatchedPart, slack: float = 1e-7) -> None:
        self.stage, self.problem = stage, stage.solved.problem
        self.grid, self.steps = stage.prepared.dispatch_grid, self.problem.steps
        self.exchanged_mva = stage.exchanged_mva(stage.realized)
        self.tariffs, self.power = self.problem.tariffs, self.problem.power_scale_mw
        self.scale = max(float(np.abs(self.tariffs.price).max()), float(self.tariffs.tax.max()), 1e-3)
        self.parent = self.grid.tree.parent.tolist()
        self.paths = [self._path(node) for node in range(len(self.parent))]
        self.rules: list[Any] = []
        self.open = 0
        self._adds: dict[tuple[int, int], list[Any]] = defaultdict(lambda: [0.0, 0.0])
        injected = self.problem.forecast + stage.solved.flexible_mva
        self.flow = np.zeros((len(self.parent), self.steps), complex)
        for leaf, own in zip(self.grid.tree.leaf.tolist(), injected, strict=True):
            for edge in self.paths[leaf]:
                self.flow[edge] += own
        self.exchanges = [
            (index, node, self._signs(territory.edges, node))
            for index, territory in enumerate(stage.territories)
            for node in territory.boundary_nodes
        ]
        for _, _, signs in self.exchanges:
            self._tax(signs)
        self._limits()
        for who, person in enumerate(self.problem.prosumers):
            if person.flexibility:
                self._battery(who, slack)

    def _path(self, node: int) -> list[int]:
        path = []
        while node != 0:
            path.append(node)
            node = self.parent[node]
        return path

    def _signs(self, edges: tuple[int, ...], node: int) -> dict[int, float]:
        signs = {edge: 1.0 for edge in edges if self.parent[edge] == node}
        return signs | ({node: -1.0} if node in edges else {})

    def _tax(self, signs: dict[int, float]) -> None:
        for step, rate in enumerate(self.tariffs.tax):
            power = sum(sign * self.flow[edge, step] for edge, sign in signs.items())
            direction: Any = (power.real / max(abs(power), 1e-300), power.imag / max(abs(power), 1e-300))
            if abs(power) < NEAR * self.power and rate > 0.0:
                direction = cp.Variable(2)
                self.rules.append(cp.norm(direction) <= 1.0)
                self.open += 1
            for edge, sign in signs.items():
                for part in range(2):
                    self._adds[edge, step][part] += rate * sign * direction[part]

    def _shadow(self, over: float, rate: float, near: float) -> Any:
        """Return the shadow price of a limit that is exceeded by ``over``."""
        if over < -near:
            return None
        self.open += 1
        elastic = self.problem.limits == "elastic"
        if elastic and over > near:
            return rate
        price = cp.Variable(nonneg=True)
        if elastic:
            self.rules.append(price <= rate)
        return price

    def _limits(self) -> None:
        grid = self.grid
        for node in range(1, len(self.parent)):
            for step in range(self.steps):
                flow = self.flow[node, step]
                over = abs(flow) - grid.rating_mva[node]
                price = self._shadow(over, self.tariffs.line_penalty[node], NEAR * self.power)
                if price is not None:
                    self._adds[node, step][0] += price * (flow.real / abs(flow))
                    self._adds[node, step][1] += price * (flow.imag / abs(flow))
                rise = [(2.0 * grid.r_pu[edge], 2.0 * grid.x_pu[edge]) for edge in self.paths[node]]
                flows = self.flow[self.paths[node], step]
                deviation = sum(r * s.real + x * s.imag for (r, x), s in zip(rise, flows, strict=True))
                for limit, sign in ((grid.dv_max[node], 1.0), (grid.dv_min[node], -1.0)):
                    rate = self.tariffs.voltage_penalty[node]
                    price = self._shadow(sign * (deviation - limit), rate, 0.1 * NEAR)
                    if price is not None:
                        for edge, per_unit in zip(self.paths[node], rise, strict=True):
                            for part in range(2):
                                self._adds[edge, step][part] += sign * price * per_unit[part]

    def price(self, node: int, step: int) -> list[Any]:
        """Return the price's active and reactive part."""
        base = self.tariffs.price[step]
        return [
            whole - sum(self._adds[edge, step][part] for edge in self.paths[node])
            for part, whole in enumerate((base.real, base.imag))
        ]

    def _battery(self, who: int, slack: float) -> None:
        (item,) = self.problem.prosumers[who].flexibility
        assert isinstance(item, Battery)
        assert item.charge_efficiency == item.discharge_efficiency == 1.0
        hours, power = self.problem.step_hours, self.stage.solved.flexible_mva[who].real
        stored = item.energy_mwh * item.initial_soc - hours * np.cumsum(power)
        near, near_energy = NEAR * self.power, NEAR * self.power * hours
        full, empty, most, least = (cp.Variable(self.steps, nonneg=True) for _ in range(4))
        turn, end = cp.Variable(self.steps), cp.Variable()
        self.rules.append(cp.abs(turn) <= item.cost_per_mwh)
        if not item.cyclic:
            self.rules.append(end == 0)
        for step in range(self.steps):
            used = power[step]
            for dual, room, nothing in (
                (full, item.energy_mwh - stored[step], near_energy),
                (empty, stored[step], near_energy),
                (most, item.power_mw - used, near),
                (least, item.power_mw + used, near),
            ):
                if room > nothing:
                    self.rules.append(dual[step] == 0)
            if abs(used) > near:
                self.rules.append(turn[step] == item.cost_per_mwh * np.sign(used))
            next_mwh = turn[step] + 2.0 * (item.quadratic_cost_per_mw2h + self.problem.tie_break) * used
            next_mwh = next_mwh - cp.sum((full - empty)[step:]) + end + most[step] - least[step]
            active, _ = self.price(int(self.grid.tree.leaf[who]), step)
            self.rules.append(cp.abs(active - next_mwh) <= slack * self.scale)

    def closest_bills(self) -> np.ndarray | None:
        """Return what coalitions pay for energy, per hour, at the prices closest to ``lambda_0``; None if unsolved."""
        nodes = {node for _, node, _ in self.exchanges}
        gaps = [
            (part - whole) / self.scale
            for node in nodes
            for step, base in enumerate(self.tariffs.price)
            for part, whole in zip(self.price(node, step), (base.real, base.imag), strict=True)
        ]
        if not self._solved(cp.Minimize(cp.sum_squares(cp.hstack(gaps)))):
            return None
        return np.array([_value(self.bill(index)) for index in range(len(self.stage.territories))])

    def bill(self, coalition: int) -> Any:
        """Return what a coalition pays for energy, per hour, summed over the steps."""
        return -sum(
            active * power.real + reactive * power.imag
            for row, (owner, node, _) in enumerate(self.exchanges)
            if owner == coalition
            for step, power in enumerate(self.exchanged_mva[row])
            for active, reactive in [self.price(node, step)]
        )

    def spread(self, coalition: int) -> float | None:
        """Return by how much a coalition's energy bill may differ, per hour; None where that can't be solved."""
        bill = self.bill(coalition)
        if not isinstance(bill, cp.Expression) or bill.is_constant():
            return 0.0
        ends = []
        for sense in (cp.Minimize, cp.Maximize):
            if not self._solved(sense(bill / self.scale)):
                return None
            ends.append(_value(bill))
        return ends[1] - ends[0]

    def _solved(self, objective: Any) -> bool:
        problem = cp.Problem(objective, self.rules)
        try:
            problem.solve(solver=cp.CLARABEL, tol_gap_rel=1e-9, tol_gap_abs=1e-9, tol_feas=1e-9)
        except cp.SolverError:
            return False
        return bool(problem.status == "optimal")


def _value(expression: Any) -> float:
    return float(getattr(expression, "value", expression))
