"""A case written and read again is the same, bit for bit, inline and in tables."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from random_cases import cases, devices

from lempart.case import KINDS, Case, case_hash
from lempart.case.record import content
from lempart.case.rules.devices import KIND_RULES
from lempart.io import read_case, write_case


def bits(value: Any) -> Any:
    """Return content with every float as its bits, so that -0.0 isn't 0.0 and True isn't 1."""
    if isinstance(value, dict):
        return {key: bits(item) for key, item in value.items()}
    if isinstance(value, list):
        return [bits(item) for item in value]
    return float(value).hex() if isinstance(value, float) else (type(value).__name__, value)


@pytest.mark.parametrize("tables", ["inline", "csv", "parquet"])
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking a whole case takes minutes
)
@given(case=cases())
def test_round_trip_is_exact(tables: Any, case: Case) -> None:
    with tempfile.TemporaryDirectory() as folder:
        again = read_case(write_case(case, Path(folder) / "case", tables=tables))
    assert again == case
    assert bits(content(again)) == bits(content(case))
    assert case_hash(again) == case_hash(case)


def test_random_cases_cover_every_kind() -> None:
    """A new kind of flexibility is part of the round trip, and has a rule."""
    own = {kind for kind in KINDS.values() if kind.__module__.startswith("lempart.")}  # others may have added theirs
    assert set(devices(2)) == own == set(KIND_RULES)


def test_arrays_that_are_read_are_read_only(tmp_path: Path) -> None:
    from good_case import good, write

    case = read_case(write(tmp_path, good()))
    arrays = [case.scenario.forecast, case.market.price_per_mwh, case.prosumers[1].flexibility[0].available_mw]
    assert not any(np.asarray(array).flags.writeable for array in arrays)
