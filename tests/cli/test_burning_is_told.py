"""Batteries that burn energy are told by every command that shows a cost, with what the cost is without."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lempart.formats.result import BurningFile
from lempart.formats.typed import of_json
from lempart.report import page_html, read_page
from lempart.telling.caveats import burning
from support.command_line import Lempart

FOUND = Path(__file__).parents[1] / "data" / "burning" / "negative-prices.toml"
TOLD = (
    "Burns 3.23 kWh by charging and discharging at once, which no battery can: A in steps 1 to 3. "
    "Without that it costs -12.90 CHF, 0.95 CHF more. "
    'Setting battery = "exclusive" in [dispatch] forbids it.'
)


def exclusive(folder: Path) -> Path:
    """Return the case with batteries that never do both."""
    path = folder / "case.toml"
    text = FOUND.read_text(encoding="utf-8")
    path.write_text(text.replace("[grid]", '[dispatch]\nbattery = "exclusive"\n[grid]', 1), encoding="utf-8")
    return path


def test_solve_and_cost_say_it(lempart: Lempart) -> None:
    """-13.85 with burning, -12.90 without, as a mixed-integer program has it."""
    assert f"\n{{A}} {{B}}: {TOLD}\nIn 2 of 2 partitions costed batteries" in lempart("solve", FOUND).out
    assert f"\n{TOLD}\n" in lempart("cost", FOUND, "--partition", "A,B").out


def test_the_json_has_it(lempart: Lempart) -> None:
    """Who, when, how much; what the answer costs without; null where nothing burns."""
    found = json.loads(lempart("solve", FOUND, "--json", "-").out)
    for entry in found["partitions"]:
        (own,) = entry["burning"]["storage"]
        assert (own["prosumer"], own["kind"], own["steps"]) == ("A", "battery", [1, 2, 3])
        assert own["energy_mwh"] == pytest.approx(0.00323, abs=1e-7)
        answer = entry["partition"] == found["optimal_stable"]["partition"]
        assert (entry["burning"]["without"] is not None) == answer
        if answer:
            assert entry["burning"]["without"] == {
                "total": pytest.approx(-12.90, abs=1e-6),
                "lowers_total_by": pytest.approx(0.95, abs=1e-6),
                "exact": True,
                "reason": None,
            }
    one = json.loads(lempart("cost", FOUND, "--partition", "A,B", "--json", "-").out)
    assert one["burning"]["without"]["total"] == pytest.approx(-12.90, abs=1e-6)
    assert all(
        entry["burning"] is None for entry in json.loads(lempart("solve", "example-1", "--json", "-").out)["partitions"]
    )


def test_nothing_is_said_where_it_is_forbidden(lempart: Lempart, tmp_path: Path) -> None:
    """The cost is that without burning, and there is nothing to tell."""
    found = lempart("solve", exclusive(tmp_path))
    assert "at -12.90 CHF" in found.out
    assert "Burns" not in found.out
    assert "at once" not in found.out


def test_a_word_that_is_none_is_told(lempart: Lempart, tmp_path: Path) -> None:
    path = exclusive(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace('"exclusive"', '"exlusive"'), encoding="utf-8")
    found = lempart("check", path)
    assert found.code == 1
    assert 'dispatch.battery: expected "convex" or "exclusive"' in found.out + found.err
    assert 'Did you mean "exclusive"?' in found.out + found.err


def test_the_report_says_it(lempart: Lempart, tmp_path: Path) -> None:
    lempart("solve", FOUND, "--out", tmp_path / "result")
    text = page_html(read_page(tmp_path / "result", pictures=False))
    assert "Burns 3.23 kWh by charging and discharging at once, which no battery can: A in steps 1 to 3." in text
    assert "it costs -12.90 CHF, 0.95 CHF more." in text


def test_what_is_not_known_is_said() -> None:
    """A dispatch that may not be the cheapest, one that wasn't found, and a cost that falls without burning."""
    own = {"energy_mwh": 1.5, "storage": [{"prosumer": "A", "kind": "ev", "steps": [1, 3, 4], "energy_mwh": 1.5}]}

    def told(**without: object) -> str:
        known = {"lowers_total_by": None, "reason": None, **without}
        return burning(of_json(BurningFile, {**own, "without": known}), "CHF")

    assert "1.5 MWh" in told(total=3.0, lowers_total_by=-1.0, exact=True)
    assert "A in steps 1 and 3 to 4. Without that it costs 3.00 CHF, 1.00 CHF less." in told(
        total=3.0, lowers_total_by=-1.0, exact=True
    )
    assert (
        "3.00 CHF, 1.00 CHF more, in the cheapest dispatch found without that, which may not be the cheapest there is."
        in told(total=3.0, lowers_total_by=1.0, exact=False)
    )
    assert "What that lowers the cost by isn't known: why." in told(total=None, exact=False, reason="why")
    assert "Without" not in burning(of_json(BurningFile, {**own, "without": None}), "CHF")
