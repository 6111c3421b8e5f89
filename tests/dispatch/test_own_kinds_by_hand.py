"""Kinds of flexibility of one's own, by hand: what they do in a dispatch, in files, and when they are wrong."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from lempart import Case, OwnFlexibility, Prosumer, read_case, solve, write_case
from lempart.case import KINDS
from lempart.errors import InfeasibleError, InputError, UsageError

SCRIPT = Path(__file__).parents[2] / "examples" / "extend" / "flexibility.py"

pytestmark = pytest.mark.skipif(not SCRIPT.exists(), reason="the examples are only in the repository")


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return runpy.run_path(str(SCRIPT))


def _with(case: Case, *devices: OwnFlexibility) -> Case:
    return replace(case, prosumers=(Prosumer("P1", "house", flexibility=devices),))


def test_two_of_a_kind_in_one_house(made: dict[str, Any]) -> None:
    """3 kWh at the cheapest hour, 2 of one and 1 of the other: 20 + 10 a MWh."""
    boiler = made["Boiler"]
    total = solve(_with(made["case"], boiler(0.002, 0.002), boiler(0.001, 0.001))).cost().total
    assert total == pytest.approx(0.003 * 30.0, rel=1e-5)


def test_files_know_the_kind(made: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written and read again the case is the same; unregistered the kind is told as unknown."""
    write_case(made["case"], tmp_path / "case")
    assert read_case(tmp_path / "case") == made["case"]
    monkeypatch.delitem(KINDS, "boiler")
    with pytest.raises(InputError, match='no flexibility of kind "boiler"'):
        read_case(tmp_path / "case")


def test_wrong_kinds_are_told(made: dict[str, Any]) -> None:
    """Fields by the kind's own rule, a block that is none by what it must be, what can't be done as infeasible."""
    case, boiler = made["case"], made["Boiler"]
    with pytest.raises(InputError, match=r'prosumers\["P1"\]\.flexibility\[0\]\.power_mw: -1 MW'):
        _with(case, boiler(-1.0, 1.0))
    with pytest.raises(InputError, match=r"power_mw.*expected a number, found 'x'"):
        _with(case, boiler("x", 1.0))
    with pytest.raises(InfeasibleError):
        solve(_with(case, boiler(0.002, 1.0)))
    with pytest.raises(UsageError, match="must define block, and Nothing doesn't"):
        solve(_with(case, Nothing()))
    with pytest.raises(
        UsageError, match=r"Three\.block must return a DeviceBlock of one device, with 4 entries.*found 3"
    ):
        solve(_with(case, Three()))


class Nothing(OwnFlexibility):
    """Has no block."""

    kind: ClassVar[str] = "nothing"


class Three(Nothing):
    """Has a block that is none."""

    def block(self, builder: Any, name: str, prosumer: int, context: Any) -> Any:  # noqa: ARG002
        return 3
