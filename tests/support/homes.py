"""One home (or a few) behind one line, at prices that vary: the smallest case in which a device has a choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lempart.case import Case, DispatchOptions, Flexibility, Grid, Horizon, Line, Market, Prosumer, Scenario
from lempart.cost import CostsWithExternalities, costs_of
from lempart.dispatch import Dispatch, dispatch
from lempart.partition import Partition


def homes(
    devices: Sequence[Sequence[Flexibility]],
    price: Sequence[float],
    *,
    load_mw: float = 0.0,
    rating_mva: float | None = None,
    hours: float = 1.0,
    options: DispatchOptions | None = None,
    **market: Any,
) -> Case:
    """Return a case in which home ``m`` owns ``devices[m]``, all behind one rated line."""
    steps = len(price)
    fields = {
        "externalities": True,
        "single_boundary": False,
        "tax_per_mwh": np.zeros(steps),
        "price_per_mwh": np.array(price, dtype=float),
        "reactive_price_per_mvarh": np.zeros(steps),
        "imbalance_penalty_per_mwh": np.full(steps, 300.0),
        "line_penalty_per_mvah": 300.0,
        **market,
    }
    services = (Line("bus", f"n{m}", 0.0, 0.0) for m in range(len(devices)))
    forecast = np.full((len(devices), steps), -load_mw, dtype=complex)
    return Case(
        name="homes",
        horizon=Horizon(steps, hours),
        market=Market(**fields),
        grid=Grid("pcc", 0.4, (Line("pcc", "bus", 0.01, 0.005, rating_mva), *services)),
        prosumers=tuple(Prosumer(f"home {m}", f"n{m}", True, tuple(owned)) for m, owned in enumerate(devices)),
        scenario=Scenario(forecast, forecast),
        dispatch=options or DispatchOptions(tie_break_per_mw2h=1e-3),
    )


def dispatched(case: Case) -> Dispatch:
    """Return the ex-ante dispatch with every home alone."""
    costs = costs_of(case)
    assert isinstance(costs, CostsWithExternalities)
    alone = Partition.of(1 << player for player in range(len(costs.prepared.player_names)))
    return dispatch(costs.problem(alone))
