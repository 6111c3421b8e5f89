"""Every numbered result of the paper has a script that shows it, and its assertions hold."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "paper"
SCRIPTS = sorted(path.stem for path in FOLDER.glob("*.py"))

NUMBERED = {
    *(f"figure_{number}" for number in range(1, 10)),
    *(f"table_{number}" for number in range(1, 6)),
    *("definition_5_1", "definition_5_2", "proposition_4_1", "proposition_5_1", "theorem_6_1", "algorithm_1"),
}
"""What the paper numbers; Definition II.1 is figure_1, Examples 1 and 2 are table_2 and table_3."""

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the examples are only in the repository")


def test_everything_that_the_paper_numbers_has_a_script_and_a_line_in_the_overview() -> None:
    """Nothing is left out, and the folder's README names exactly the scripts there are."""
    assert set(SCRIPTS) == NUMBERED
    assert set(re.findall(r"`(\w+)\.py`", (FOLDER / "README.md").read_text(encoding="utf-8"))) == NUMBERED


@pytest.mark.parametrize("name", SCRIPTS)
def test_script_runs_and_ends_in_assertions(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The script runs as a newcomer would run it, prints something and asserts something."""
    assert re.search(r"^ *assert ", (FOLDER / f"{name}.py").read_text(encoding="utf-8"), re.MULTILINE)
    runpy.run_path(str(FOLDER / f"{name}.py"), run_name="__main__")
    assert capsys.readouterr().out
