"""The three verdicts on a core, each with what proves it: a market of three as in Example 2."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lempart.errors import UsageError
from lempart.game import (
    CoreAllocation,
    CoreOptions,
    CoreVerdict,
    Empty,
    EmptyCore,
    EmptyCoreGap,
    Ending,
    LeastCore,
    NotViable,
    Stable,
    Undecided,
    core_verdict,
    has_core,
)
from support.trees import star_family

FAMILY = star_family(3)
COSTS = {0b001: 84.0, 0b010: 84.0, 0b100: 84.0, 0b011: 157.0, 0b101: 157.0, 0b110: 157.0, 0b111: 240.0}


def _asked(costs: dict[int, float], options: CoreOptions | None = None) -> CoreVerdict:
    return core_verdict(costs.__getitem__, 0b111, FAMILY, options)


def _after(rows: int, reason: str = "enough") -> CoreOptions:
    asked = iter(range(rows))
    return CoreOptions(method="row generation", stop=lambda: "" if next(asked, None) is not None else reason)


def test_each_verdict_has_its_certificate() -> None:
    """An allocation; a balanced collection with who would leave; the same with a range; a range alone; no cost."""
    match _asked(COSTS | {0b111: 230.0}):
        case Stable(value=230.0, certificate=LeastCore(epsilon, allocation)):
            assert (epsilon, sum(allocation.values())) == pytest.approx((230.0 * 2 / 3 - 157.0, 230.0))
        case other:
            pytest.fail(repr(other))
    match _asked(COSTS):
        case Empty(certificate=EmptyCore(value, balanced, least_core, blocking)):
            assert value == pytest.approx(235.5)
            assert {member.coalition: member.weight for member in balanced} == dict.fromkeys((3, 5, 6), 0.5)
            assert least_core.epsilon == pytest.approx(3.0)
            assert [block.coalition for block in blocking] == [0b011, 0b101, 0b110]
        case other:
            pytest.fail(repr(other))
    five = {mask: 10.0 * mask.bit_count() for mask in range(1, 32)} | {31: 80.0}
    options = CoreOptions(method="row generation", extra_rows=0)
    match core_verdict(five.__getitem__, 31, star_family(5), options):
        case Empty(certificate=EmptyCoreGap(balanced, gap)):
            assert gap.ending is Ending.LIMIT_REACHED
            assert sum(member.weight * member.cost for member in balanced) == pytest.approx(gap.highest)
            assert gap.highest == pytest.approx(50.0)
        case other:
            pytest.fail(repr(other))
    match _asked(COSTS, _after(3)):
        case Undecided(proven=gap):
            assert (gap.ending, gap.reason, gap.lowest, gap.highest) == (Ending.STOPPED, "enough", -math.inf, 240.0)
        case other:
            pytest.fail(repr(other))
    assert _asked(COSTS | {0b111: math.inf}) == Empty(0b111, math.inf, "enumeration", 0, NotViable())


def test_bills_by_bounds_alone() -> None:
    """Bounds that collect the whole cost are bills in the core: nobody is priced, and no more is known of them."""
    fair = {mask: 80.0 * mask.bit_count() for mask in COSTS}
    options = CoreOptions(method="row generation")
    found = core_verdict(fair.__getitem__, 0b111, FAMILY, options, bounds=lambda _: (np.full(3, 80.0),))
    assert isinstance(found, Stable)
    assert found.certificate == CoreAllocation({0: 80.0, 1: 80.0, 2: 80.0})
    assert (found.method, found.priced, found.margin, found.just) == ("closed form", 0, None, False)
    with pytest.warns(DeprecationWarning, match="Stable.shares is now called allocation"):
        assert found.shares == found.allocation  # type: ignore[attr-defined]


def test_options_as_keywords_still_work() -> None:
    """They warn of the record and give the same verdict; a keyword that is no option is refused with the options."""
    for old, new in (
        ({"method": "enumeration"}, CoreOptions(method="enumeration")),
        ({"more": 0, "likely": (3,), "method": "row generation"}, CoreOptions(method="row generation", extra_rows=0)),
    ):
        with pytest.warns(DeprecationWarning, match="CoreOptions"):
            found = core_verdict(COSTS.__getitem__, 0b111, FAMILY, **old)
        assert found.stable is core_verdict(COSTS.__getitem__, 0b111, FAMILY, new).stable is False
    with pytest.raises(UsageError, match="no such option of a core: most"):
        has_core(COSTS.__getitem__, 0b111, FAMILY, most=3)


def test_options_that_do_not_exist() -> None:
    """What is none of the choices is told with them."""
    with pytest.raises(UsageError, match='"prosumers" or "edges"; found \'homes\''):
        CoreOptions(players="homes")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match='"enumeration" or "row generation"; found 3'):
        CoreOptions(method=3)  # type: ignore[arg-type]


def test_a_gap_answers_to_its_old_names() -> None:
    """``shares`` and ``stopped`` are ``allocation`` and ``reason`` now."""
    gap = _asked(COSTS, _after(1)).gap
    assert gap is not None
    with pytest.warns(DeprecationWarning, match="reason"):
        assert gap.stopped == "enough"  # type: ignore[attr-defined]
    with pytest.warns(DeprecationWarning, match="allocation"):
        assert gap.shares is None  # type: ignore[attr-defined]
