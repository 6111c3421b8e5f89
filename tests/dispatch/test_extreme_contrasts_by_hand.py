"""Powers and limits that differ by many orders of magnitude: infeasible is told as such, by intervals."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from lempart import read_case, solve
from lempart.cost import costs_of
from lempart.errors import InfeasibleError, InputError
from lempart.partition import Partition
from support.cases import battery, case, line, prosumer

DATA = Path(__file__).parent.parent / "data" / "extreme-contrast"
FOUND = (127, 840, 1030, 1221, 1440)
"""Drawn cases of which three were solved beyond a small line's limit, and two ended in a solver's error."""
CASES = int(os.environ.get("LEMPART_CASES", "0"))
CLOSE = 1e-3
"""Limits that are met, or missed, by less than this share are nobody's concern here."""


def _drawn(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return forecasts and batteries' powers of two homes, and the ratings of the common line and of theirs."""
    forecast = 10.0 ** rng.uniform(-5, 6, 2) * rng.choice([-1, 1], 2)
    power = 10.0 ** rng.uniform(-5, 6, 2) * (rng.random(2) < 0.6)
    return forecast, power, 10.0 ** rng.uniform(-4, 6, 3)


@pytest.mark.parametrize("seed", range(CASES) if CASES else (*range(30), *FOUND))
def test_infeasible_is_told_at_any_contrast(seed: int) -> None:
    """One step, energy in plenty: a line's least flow is what the batteries' powers leave of the forecasts."""
    forecast, power, rating = _drawn(np.random.default_rng(seed))
    # What each home can inject, and of that what its line lets through, which is all that the common line can hold.
    low, high = forecast - power, forecast + power
    through_low, through_high = np.clip(low, -rating[1:], rating[1:]), np.clip(high, -rating[1:], rating[1:])
    low, high = np.append(through_low.sum(), low), np.append(through_high.sum(), high)
    needed = np.maximum(np.maximum(low, -high), 0.0)
    if np.any(np.abs(needed - rating) < CLOSE * np.maximum(rating, needed)):
        pytest.skip("too close to tell")
    owned = [() if not p else (battery(p, 1e3 * p),) for p in power]
    try:
        given = case(
            [line("root", "b", rating=rating[0]), *(line("b", f"n{m}", rating=rating[m]) for m in (1, 2))],
            [prosumer(f"P{m}", f"n{m}", *owned[m - 1]) for m in (1, 2)],
            {f"P{m}": [forecast[m - 1]] for m in (1, 2)},
        )
    except InputError:
        pytest.skip("a battery so large is told by check")
    costs = costs_of(given)
    partition = Partition.of([costs.prepared.family.everyone])
    if np.all(needed < rating):
        assert np.isfinite(costs.partition(partition).total)
        return
    with pytest.raises(InfeasibleError, match="no dispatch meets the limits") as caught:
        costs.partition(partition)
    worst = int(np.argmax(needed - rating))
    if worst:  # where homes' own lines suffice, what is missing may be told anywhere
        assert f"line b-n{worst} by" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("active", "line root-n1 by at least 2e+05 MVA (step 2)"),
        ("reactive", "{shop} is not viable: shop can't balance without the grid"),
    ],
)
def test_two_found_cases(name: str, told: str) -> None:
    """200,000 MW, or Mvar, behind a line of 0.08 MVA and bands of voltages: more than a solver can tell."""
    with pytest.raises(InfeasibleError) as caught:
        solve(read_case(DATA / f"{name}.toml"))
    assert told in str(caught.value)
