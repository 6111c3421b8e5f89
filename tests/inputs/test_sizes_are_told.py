"""What is too large is told with its number and a remedy, and what is only large is read as a whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lempart.case import check
from lempart.case.where import quoted
from lempart.errors import InputError, UsageError
from lempart.partition import Family, family, mask_of, members
from lempart.tree import Tree
from support.cases import battery, case, line, prosumer
from support.command_line import runner, toml_case


@pytest.mark.parametrize(("steps", "told"), [(300_000, False), (400_000, True)])
def test_memory_of_many_steps_is_told(steps: int, told: bool) -> None:
    """Two homes and a battery take 12 kB a step: 3.6 GB, and 4.8 GB, of which the second is told."""
    people = [prosumer("a", "a", battery()), prosumer("b", "b")]
    given = case([line("root", "a"), line("root", "b")], people, {"a": np.zeros(steps), "b": np.zeros(steps)})
    found = [problem for problem in check(given) if problem.where == "time.steps"]
    assert [problem.severity for problem in found] == ["warning"] * told
    if told:
        message = "400,000 steps of 2 prosumers and 1 devices: a dispatch may take 5 GB of memory"
        assert found[0].message == message


def test_partitions_of_too_many_players_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said how many there are and what to do, without the masks that take the memory."""
    monkeypatch.setattr(family, "MAX_PLAYERS", 4)
    few, many = (Family.singletons(Tree.of([-1, *[0] * n], list(range(1, n + 1)))) for n in (4, 5))
    assert few.count() == 15  # Bell's number
    with pytest.raises(UsageError, match=r"5 players, more than the 4 up to which .*; join players into groups"):
        many.count()
    assert "skeleton" not in vars(many)


def test_members_of_wide_masks() -> None:
    """Players of a mask are the same, ascending, however wide it is."""
    rng = np.random.default_rng(0)
    for width in (2_040, 2_048, 2_049, 2_056, 9_999):
        chosen = sorted({*rng.integers(0, width, 50).tolist(), width - 1})
        assert members(mask_of(chosen)) == tuple(chosen)


def test_a_group_that_is_no_player_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two homes with a third between them: ``check`` names the group, the boundaries and the remedy."""
    path = toml_case(tmp_path, chain=True, externalities=False)
    path.write_text(path.read_text(encoding="utf-8") + '[players]\n"ends" = ["P1", "P3"]\n', encoding="utf-8")
    run = runner(monkeypatch, capsys)("check", path)
    assert run.code == 1
    assert 'players["ends"]: the group has 2 boundary nodes. With single_boundary a group must be' in run.err + run.out


def test_places_hold_nothing_unseen() -> None:
    """C1 controls and characters that turn the reading round are escaped, letters of other alphabets aren't."""
    assert quoted('a\x9b\u202e"ä\n') == '"a\\u009b\\u202e\\"ä\\n"'
    given = [prosumer("a\u202eb", "a"), prosumer("a\u202eb", "a")]
    with pytest.raises(InputError, match=r'prosumers\["a\\u202eb"\]|"a\\u202eb" is also the name'):
        case([line("root", "a")], given, {"a\u202eb": [0.0]})
