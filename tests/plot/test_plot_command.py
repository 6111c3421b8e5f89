"""``lempart plot`` as a user meets it: the file that was asked for, or one line that says what to do instead."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lempart import read_case, shipped_case_path, write_case
from lempart.cli.plot import PICTURES
from support.command_line import Lempart

pytest.importorskip("altair")
pytest.importorskip("vl_convert")

BEGIN = {".svg": b"<svg", ".png": b"\x89PNG\r\n", ".pdf": b"%PDF-", ".json": b"{\n"}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a small study."""
    from lempart.study import read_study, run_study, statistics_json, study_statistics, write_statistics

    folder = tmp_path_factory.mktemp("study")
    (folder / "study.toml").write_text(
        'name = "noise"\ncase = "example-1"\ndraws = 2\nseed = 3\n\n[scenarios]\nstep_scaling = 0.2\n\n'
        "[axes]\nforecast_noise = [0.0, 0.4]\ntax_per_mwh = [0.0, 80.0]\n"
    )
    spec, case = read_study(folder / "study.toml")
    run_study(spec, case, folder / "out")
    found = statistics_json(spec, case, study_statistics(spec, case, folder / "out"))
    write_statistics(folder / "out", found)
    return folder / "out"


@pytest.mark.parametrize("suffix", BEGIN)
def test_the_suffix_says_the_format(lempart: Lempart, tmp_path: Path, suffix: str) -> None:
    """A profile picture in each format; the text alternative goes to stderr, nothing to stdout."""
    target = tmp_path / f"picture{suffix}"
    found = lempart("plot", "example-2", "--picture", "profiles", "--out", target)
    assert found.code == 0, found.err
    assert target.read_bytes().startswith(BEGIN[suffix])
    assert found.out == ""
    assert str(target) in found.err.replace("\n", "")
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


@pytest.mark.parametrize(
    "picture", [name for name in PICTURES if name not in ("phase", "voltages", "profiles", "losses")]
)
def test_every_picture_of_a_case(lempart: Lempart, tmp_path: Path, picture: str) -> None:
    """Each picture of a case is drawn from its name alone, with data in it."""
    found = lempart("plot", "example-2", "--picture", picture, "--out", tmp_path / "a.json")
    assert found.code == 0, found.err
    text = (tmp_path / "a.json").read_text()
    assert "P1" in text
    assert json.loads(text)["$schema"].startswith("https://vega.")


def test_the_partition_that_is_named_is_drawn(lempart: Lempart, tmp_path: Path) -> None:
    """``--partition`` replaces the optimal stable one; a name that isn't a player's is refused."""
    lempart("plot", "example-2", "--picture", "feeder", "--out", tmp_path / "a.json", "--partition", "P1,P3|P2")
    assert json.loads((tmp_path / "a.json").read_text())["title"]["text"] == "{P1, P3} {P2}"
    found = lempart("plot", "example-2", "--picture", "feeder", "--out", tmp_path / "b.svg", "--partition", "P1,P9|P2")
    assert found.code == 2
    assert "P9" in found.err
    assert not (tmp_path / "b.svg").exists()


def test_the_feeder_is_drawn_as_asked(lempart: Lempart, tmp_path: Path) -> None:
    """``--layout map`` of a case without places says what to add; ``tree`` draws any."""
    found = lempart("plot", "example-2", "--picture", "feeder", "--layout", "map", "--out", tmp_path / "a.svg")
    assert found.code == 2
    assert "[[grid.nodes]]" in found.err
    lempart("plot", "example-2", "--picture", "feeder", "--layout", "tree", "--out", tmp_path / "a.json")
    assert "external-lines-run" in (tmp_path / "a.json").read_text()


def test_losses_of_a_case_that_prices_them(lempart: Lempart, tmp_path: Path) -> None:
    """Of the partition that is named, and as many lines as ``--top`` says; stderr tells the sums."""
    given = read_case(shipped_case_path("rural-feeder-5"))
    write_case(replace(given, market=replace(given.market, losses="priced")), tmp_path / "case")
    asked = ("--partition", "H24,H63,H83,H1,H65", "--top", "5", "--out", tmp_path / "a.json")
    found = lempart("plot", tmp_path / "case", "--picture", "losses", *asked)
    assert found.code == 0, found.err
    rows = json.loads((tmp_path / "a.json").read_text())["data"]["values"]
    assert [row["line"] for row in rows[1:]] == ["b73 – b52", "b52 – b61", "b61 – b66", "b66 – b92", "38 other lines"]
    assert "0.656 kWh, 0.091 CHF" in " ".join(found.err.split())


def test_themes_differ_in_the_background(lempart: Lempart, tmp_path: Path) -> None:
    """``--theme dark`` draws on a dark ground."""
    grounds = []
    for theme in ("light", "dark"):
        lempart("plot", "example-2", "--picture", "profiles", "--theme", theme, "--out", tmp_path / "a.json")
        grounds.append(json.loads((tmp_path / "a.json").read_text())["config"]["background"])
    assert grounds == ["#ffffff", "#16191f"]


def test_pictures_of_a_study(lempart: Lempart, study: Path, tmp_path: Path) -> None:
    """Costs at one of its points, and a phase diagram over both axes or one; others are refused by name."""
    at = ("--at", "forecast_noise=0.4", "--at", "tax_per_mwh=80")
    assert lempart("plot", study, "--picture", "costs", *at, "--out", tmp_path / "costs.json").code == 0
    assert "2 draws" in (tmp_path / "costs.json").read_text()
    axes = ("--x", "forecast_noise", "--y", "tax_per_mwh")
    assert lempart("plot", study, "--picture", "phase", *axes, "--out", tmp_path / "phase.json").code == 0
    assert len(json.loads((tmp_path / "phase.json").read_text())["data"]["values"]) == 4
    refused = lempart("plot", study, "--picture", "bills", "--out", tmp_path / "bills.svg")
    assert refused.code == 2
    assert "its pictures are costs and phase" in refused.err
    assert "--x AXIS" in lempart("plot", study, "--picture", "phase", "--out", tmp_path / "p.svg").err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("example-2", "--picture", "feder", "--out", "a.svg"), 2, "feeder"),
        (("example-2", "--picture", "phase", "--out", "a.svg"), 2, "needs the folder of a study"),
        (("example-2", "--picture", "profiles", "--out", "a.bmp"), 2, ".svg, .png, .pdf, .json"),
        (("example-2", "--picture", "profiles"), 2, "--out"),
        (("nowhere", "--picture", "profiles", "--out", "a.svg"), 1, "nowhere"),
        (("example-2", "--picture", "profiles", "--out", "nowhere/a.svg"), 1, "nowhere"),
        (("ieee33-branches", "--picture", "loadings", "--out", "a.svg"), 2, "no line of this case has a rating"),
        (
            ("ieee33-branches", "--picture", "losses", "--out", "a.svg", "--partition", "branch 1"),
            2,
            'losses = "priced"',
        ),
    ],
)
def test_mistakes_are_told(
    lempart: Lempart,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    code: int,
    message: str,
) -> None:
    """The exit code says whose mistake it is, the message what to do; no file is left behind."""
    monkeypatch.chdir(tmp_path)
    found = lempart("plot", *arguments)
    assert found.code == code, found.err
    assert message in " ".join(found.err.split())
    assert list(tmp_path.iterdir()) == []


def test_a_path_that_can_not_be_written_is_told_before_work_begins(
    lempart: Lempart, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here a path below a file: nothing is solved first, which may take an hour."""

    def too_late(*_: object, **__: object) -> None:
        raise AssertionError("solved before the path was looked at")

    monkeypatch.setattr("lempart.cli.plot.solve_case", too_late)
    (tmp_path / "file").write_text("")
    found = lempart("plot", "example-2", "--picture", "costs", "--out", tmp_path / "file" / "a.svg")
    assert found.code == 1
    assert "file" in found.err


@pytest.mark.parametrize(("module", "package"), [("altair", "altair"), ("vl_convert", "vl-convert-python")])
def test_a_missing_extra_is_named(
    lempart: Lempart, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, package: str
) -> None:
    """Without the extra the message says which package is missing and how to install it."""
    monkeypatch.setitem(sys.modules, module, None)
    for name in [name for name in sys.modules if name.startswith("lempart.plot.")]:
        monkeypatch.delitem(sys.modules, name)
    found = lempart("plot", "example-2", "--picture", "profiles", "--out", tmp_path / "a.svg")
    assert found.code == 1
    assert f"it needs the package {package}, which isn't installed" in " ".join(found.err.split())
    assert 'pip install "lempart[plot]"' in " ".join(found.err.split())
    assert list(tmp_path.iterdir()) == []
