"""Study files that were mutated at random: only the project's own errors, all problems at once."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from lempart.errors import InputError, LempartError
from lempart.study import plan_of, read_study
from study.small_study import write_study

CASES = int(os.environ.get("LEMPART_CASES", "300"))
"""Mutated files; set the variable to 5000 for the long run."""

TEXT = """
name = "fuzz"
format = 1
case = "case.toml"
draws = 6
seed = 3
block = 2
voltage_penalties = [0.0, "curtailment"]
partitions = [[["P1", "P2"], ["P3"]], [["P1"], ["P2"], ["P3"]]]
outputs = ["parts", "coalitions"]

[scenarios]
profiles = "case"
step_scaling = 0.2
noise_on = "net"

[axes]
forecast_noise = [0.0, 0.3]
tax_per_mwh = [50.0, 100.0]
"""
HOSTILE = (
    *(
        "0",
        "-1",
        "1e999",
        "-1e308",
        "nan",
        "inf",
        "true",
        '""',
        "[]",
        "{}",
        "[[]]",
        "[{}]",
        '"P1"',
        "1979-05-27",
        "07:32",
    ),
    *(
        '"\\u0000"',
        '"\\u202e"',
        '"' + "x" * 5000 + '"',
        "9" * 400,
        "9" * 5000,
        "0x" + "f" * 5000,
        "[" * 2000 + "]" * 2000,
    ),
    *(
        '["P1", 1]',
        '[["P1"]]',
        "[1.0, true]",
        '"../case.toml"',
        '"/dev/zero"',
        '"."',
        "99999999999",
        "1e-320",
        "[1, 1.0]",
    ),
)


def _mutated(text: str, rng: random.Random) -> str:
    lines = text.splitlines()
    for _ in range(rng.randint(1, 3)):
        number = rng.randrange(len(lines))
        line = lines[number]
        match rng.randrange(6):
            case 0 | 1 if "=" in line:
                lines[number] = f"{line.partition('=')[0]}= {rng.choice(HOSTILE)}"
            case 2:
                lines[number] = ""
            case 3:
                lines.insert(rng.randrange(len(lines)), line)
            case 4:
                place = rng.randrange(len(line) + 1)
                lines[number] = (
                    line[:place] + chr(rng.choice([0, 9, 34, 39, 91, 93, 127, 0x2028, 0x1F600])) + line[place:]
                )
            case _:
                place = rng.randrange(len(line) + 1)
                lines[number] = line[:place] + line[place + 1 :]
    return "\n".join(lines)


def test_only_the_projects_own_errors(tmp_path: Path) -> None:
    """A mutated file is read, or refused in words that say where; nothing else is raised."""
    write_study(tmp_path)
    path = tmp_path / "study.toml"
    rng = random.Random(11)
    read, told = 0, []
    for _ in range(CASES):
        path.write_text(_mutated(TEXT, rng), encoding="utf-8")
        try:
            plan_of(*read_study(path))
            read += 1
        except LempartError as error:
            told.append(len(str(error)))
    assert read > 0
    assert len(told) > CASES / 2
    assert max(told) < 20_000


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("draws = 0x" + "f" * 5000, "draws: a huge number is not a whole number"),
        ("draws = " + "9" * 5000, "is not TOML"),
        ("seed = 99999999999999999999", "seed: 99999999999999999999 is not a whole number"),
        ("block = 1000000", "block: 1000000 is out of range"),
        ("voltage_penalties = [" + "9" * 400 + "]", "voltage_penalties: 999"),
        ("[axes]\nforecast_noise = [" + "9" * 400 + "]", "is not a list of numbers"),
        ("[scenarios]\nstep_scaling = " + "9" * 400, "is not a number"),
        (f'case = "{"x" * 5000}"', "case: there is no case 'xxx"),
    ],
)
def test_numbers_and_names_without_end(tmp_path: Path, line: str, told: str) -> None:
    """What can't be computed with, or be a file, is told with its field, and cut at a readable length."""
    path = write_study(tmp_path)
    given = line if line.startswith("case") else f'case = "case.toml"\n{line}'
    path.write_text(given if "draws" in line else f"draws = 5\n{given}", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_study(path)
    assert told in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_all_problems_of_all_kinds_at_once(tmp_path: Path) -> None:
    """Unknown fields, wrong types, values out of range, unknown axes, and what is wrong with the case: one error."""
    path = write_study(tmp_path)
    case = (tmp_path / "case.toml").read_text(encoding="utf-8")
    (tmp_path / "case.toml").write_text(case.replace("steps = 3", "steps = -3"), encoding="utf-8")
    path.write_text(
        'case = "case.toml"\nsede = 1\ndraws = "many"\nblock = 0\noutputs = ["parts", 3]\n'
        'voltage_penalties = ["steep"]\n'
        '[scenarios]\nstep_scaling = "much"\nforecast_noise = -1.0\n[axes]\nnoise = [1.0]\ncorrelation = [2.0]\n',
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        read_study(path)
    told = {problem.where.rpartition(": ")[2] for problem in caught.value.problems}
    assert told >= {
        *(
            "sede",
            "draws",
            "block",
            "outputs",
            "voltage_penalties",
            "scenarios.step_scaling",
            "scenarios.forecast_noise",
        ),
        *("axes.noise", "axes.correlation"),
    }
    assert any("steps" in problem.where for problem in caught.value.problems)
