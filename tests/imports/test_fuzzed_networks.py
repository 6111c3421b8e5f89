"""Files changed at random: a case that reads back as itself, or the project's own error, soon and in little memory."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from scripts import fuzz_networks

COUNT = int(os.environ.get("LEMPART_CASES", "150"))


@pytest.mark.parametrize(("pandapower", "matpower"), [(COUNT, 0), (0, COUNT)], ids=["pandapower", "matpower"])
def test_only_the_project_s_own_errors(tmp_path: Path, pandapower: int, matpower: int) -> None:
    """The campaign of scripts/fuzz_networks.py, in small; both outcomes have to occur for it to mean anything."""
    tally = fuzz_networks.run(pandapower, matpower, seed=7, keep=tmp_path)
    assert tally.failures == []
    assert set(tally.outcomes) == {"a case", "InputError"}
    assert tally.slowest < fuzz_networks.SECONDS


def test_the_campaign_notices(tmp_path: Path) -> None:
    """A reader that fails in another way, or loses what it wrote, is listed with the input kept."""
    tally = fuzz_networks.Tally(tmp_path / "keep")
    path = tmp_path / "net.json"
    path.write_bytes(b"{}")

    def broken(path: Path, **limits: object) -> list[fuzz_networks.Imported]:
        raise ZeroDivisionError(f"{path.name} {len(limits)}")

    tally.run("one", path, broken)
    assert len(tally.failures) == 1
    assert "ZeroDivisionError" in tally.failures[0]
    assert (tmp_path / "keep" / "one.json").read_bytes() == b"{}"


def test_changes_reach_cells_and_code() -> None:
    """Changed files differ from what they were made of, and from each other."""
    text = (fuzz_networks.HERE / "feeder.m").read_text()
    changed = {fuzz_networks.changed_code(random.Random(seed), text) for seed in range(50)}
    assert len(changed) > 40
