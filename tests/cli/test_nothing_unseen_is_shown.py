"""Names that move the cursor, reorder what is read, or are markup or formulas: every command shows them as text."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import unicodedata
from pathlib import Path

import pytest
from rich.console import Console

from lempart.cli.tables import print_table, say
from lempart.io import read_case, write_case
from study.small_study import write_study
from support.command_line import COMMAND, Lempart, Run, env, started, toml_case

NAMES = ("a\u202eb", "[bold red]x[/bold red]", "=HYPERLINK(1)")
SHOWN = ("a\\u202eb", "[bold red]x[/bold red]", "=HYPERLINK(1)")
ALONE = ["--partition", f"{NAMES[0]}|{NAMES[1]}|{NAMES[2]}"]


def _is_plain(run: Run) -> None:
    """Assert that a run printed nothing but what can be seen, in lines."""
    for text in (run.out, run.err):
        unseen = {sign for sign in text if unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"}} - {"\n"}
        assert not unseen, text


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """Return a case whose names are wicked and which is valid all the same."""
    return toml_case(tmp_path, prosumers=NAMES, currency="[blink]\u2066EUR")


def test_commands_on_a_case(case: Path, lempart: Lempart) -> None:
    """Tables, sentences, messages: each name is there as it is written, markup as text, the rest escaped."""
    folder = case.parent / "solved"
    runs = [
        lempart("solve", case, "--all-cores", "--out", folder),
        lempart("cost", case, *ALONE, "--cores"),
        lempart("bill", folder),
        lempart("check-ac", case, *ALONE),
    ]
    for run in runs:
        assert run.code == 0, run.err
        _is_plain(run)
        assert all(name in run.out for name in SHOWN[:2]), run.out
    assert "[blink]\\u2066EUR" in runs[0].out
    others = [
        lempart("check", case),
        lempart("report", folder, "--out", case.parent / "page.html", "--no-pictures"),
        lempart("cost", case, "--partition", "nobody\x1b[2J\x07"),
    ]
    for run in others:
        _is_plain(run)
    assert "nobody\\x1b[2J\\x07" in others[2].err
    assert SHOWN[0] in others[1].out


def test_documents(case: Path, lempart: Lempart) -> None:
    """JSON says the same names with nothing unseen in it; CSV has no cell that is a formula or hides something."""
    found = lempart("solve", case, "--json", "-")
    _is_plain(found)
    assert json.loads(found.out)["players"] == list(NAMES)
    found = lempart("bill", case, *ALONE, "--csv", "-")
    _is_plain(found)
    rows = list(csv.DictReader(io.StringIO(found.out)))
    assert [row["player"] for row in rows] == [SHOWN[0], SHOWN[1], "'" + SHOWN[2]]
    for row in rows:
        assert float(row["amount"]) > 0.0
        assert float(row["transfer"]) is not None
        assert all(cell[:1] not in "=+@" or cell == "" for cell in row.values())


def test_files_of_a_case_hold_no_formula(tmp_path: Path) -> None:
    """Tables of a case begin no text as a formula, in cells and headers, and are read back as they were."""
    names = ("=1+2", "@sum", "-3", "+4", "'=quoted", "'plain")
    path = toml_case(tmp_path, prosumers=tuple("ABCDEF"))
    text = path.read_text(encoding="utf-8")
    for plain, name in zip("ABCDEF", names, strict=True):
        text = text.replace(f"name = '{plain}'", f'name = "{name}"')
    path.write_text(text, encoding="utf-8")
    given = read_case(path)
    assert tuple(prosumer.name for prosumer in given.prosumers) == names
    write_case(given, tmp_path / "copy", tables="csv")
    assert read_case(tmp_path / "copy").prosumers == given.prosumers
    tables = list((tmp_path / "copy").rglob("*.csv"))
    assert len(tables) >= 4
    texts = set()
    for table in tables:
        for row in csv.reader(io.StringIO(table.read_text(encoding="utf-8"))):
            for cell in row:
                assert cell[:1] not in {"=", "+", "@"} or cell == ""
                texts.add(cell)
                if cell.startswith("-"):
                    float(cell)  # a number
    assert {"'=1+2", "'@sum", "'-3", "'+4", "''=quoted", "'plain"} <= texts


def test_a_study(tmp_path: Path, lempart: Lempart) -> None:
    """Its tables, its phases and its JSON."""
    study = write_study(tmp_path, draws=2, block=2, externalities=True)
    text = (tmp_path / "case.toml").read_text(encoding="utf-8")
    (tmp_path / "case.toml").write_text(text.replace('"P1"', '"P\\u202e1"'), encoding="utf-8")
    found = lempart("study", study, "--out", tmp_path / "out", "--workers", "1")
    assert found.code == 0, found.err
    _is_plain(found)
    assert "P\\u202e1" in found.out
    for more in ((), ("--json", "-")):
        shown = lempart("phase", tmp_path / "out", "--x", "forecast_noise", *more)
        assert shown.code == 0, shown.err
        _is_plain(shown)
        assert "P\\u202e1" in shown.out
    assert isinstance(json.loads(shown.out), dict)


def test_wicked_imports(tmp_path: Path, lempart: Lempart) -> None:
    """Names in someone else's grid reach notes and messages escaped."""
    names = "mpc.bus_name = {\n 'Station';\n 'x\x1b[31m\u202e';\n};\n"
    text = (
        "function mpc = wicked\nmpc.version = '2';\nmpc.baseMVA = 1;\n"
        "mpc.bus = [\n1 3 0 0 0 0 1 1 0 0.4 1 1.1 0.9;\n2 1 0.01 0 0 0 1 1 0 0.4 1 1.1 0.9;\n];\n"
        "mpc.gen = [1 0 0 1 -1 1 1 1 1 0];\nmpc.branch = [1 2 0.1 0.1 0 0 0 0 0 0 1 -360 360];\n" + names
    )
    (tmp_path / "wicked.m").write_text(text, encoding="utf-8")
    found = lempart("import", "matpower", tmp_path / "wicked.m", "--out", tmp_path / "case", "--rating-mva", "1")
    assert found.code == 1
    _is_plain(found)
    assert '"x\\u001b[31m\\u202e" holds a control character' in found.err


def test_a_name_of_a_megabyte(tmp_path: Path, lempart: Lempart) -> None:
    """Messages about it, and tables with it, have a length that can be read."""
    endless = "n" * 1_000_000
    path = toml_case(tmp_path, prosumers=("P1", endless, endless))
    found = lempart("solve", path)
    assert found.code == 1
    assert "characters…]" in found.err
    assert len(found.err) < 20_000
    path = toml_case(tmp_path, prosumers=("P1", endless))
    for run in (lempart("solve", path), lempart("cost", path, "--partition", "P2")):
        assert max(len(line) for line in (run.out + run.err).splitlines()) < 20_000


def test_nothing_is_markup() -> None:
    """Neither titles nor headers nor cells nor sentences."""
    file = io.StringIO()
    to = Console(file=file, width=200, highlight=False, markup=False, emoji=False, force_terminal=True)
    marked = "[red]:smile:\x1b[5m\x9b[/red]"
    say(to, marked)
    print_table(to, marked, (marked, marked), [[marked, "1.00"]])
    print_table(
        Console(file=file, width=10, markup=False, highlight=False, emoji=False),
        marked,
        (marked,) * 2,
        [[marked, "1.00"]],
    )
    text = file.getvalue()
    assert text.count("\x1b[5m") == 0
    assert "\x9b" not in text
    assert text.replace("\n", "").count("[red]:smile:\\x1b[5m\\x9b[/red]") == 4 + 4


ENCODINGS = [
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "cp1252"},
    {"PYTHONIOENCODING": "", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
]


@pytest.mark.parametrize("environment", ENCODINGS, ids=["ascii", "cp1252", "C"])
def test_streams_that_are_not_utf_8(environment: dict[str, str], tmp_path: Path) -> None:
    """What an encoding lacks is escaped, in a document as JSON wants it; nothing crashes."""
    case = toml_case(tmp_path, prosumers=("Zoë", "家", "P3"))
    for arguments in (["solve", str(case)], ["solve", str(case), "--json", "-"], ["solve", "Zoë家"]):
        run = subprocess.run(
            [*COMMAND, *arguments], capture_output=True, check=False, timeout=120, env=env({}) | environment
        )
        out, err = run.stdout.decode("cp1252"), run.stderr.decode("cp1252")
        assert run.returncode == (1 if arguments[1] == "Zoë家" else 0), err
        assert "internal error" not in err
        if "--json" in arguments:
            assert json.loads(out)["players"] == ["Zoë", "家", "P3"]
        else:
            # In the C locale an argument's bytes arrive as halves of characters.
            assert "\\u5bb6" in out or "\\u5bb6" in err or "\\udce5\\udcae\\udcb6" in err


@pytest.mark.skipif(os.name != "posix", reason="a shell of POSIX closes them")
def test_every_stream_may_be_closed(tmp_path: Path) -> None:
    """Without standard output, or standard error, or a home for either, a command still does its work."""
    case = toml_case(tmp_path)
    for closed in ("1>&-", "2>&-", "1>&- 2>&-"):
        out = tmp_path / "result.json"
        script = f'exec "$0" "$@" {closed}'
        command = ["sh", "-c", script, *COMMAND, "solve", str(case), "--json", str(out)]
        assert subprocess.run(command, check=False, timeout=120).returncode == 0
        assert json.loads(out.read_text(encoding="utf-8"))["proven"] is True
        out.unlink()


def test_the_document_of_a_report(case: Path, lempart: Lempart) -> None:
    """``report --out -`` writes the page to standard output and no file."""
    folder = case.parent / "solved"
    assert lempart("solve", case, "--out", folder).code == 0
    page = started("report", str(folder), "--out", "-", "--no-pictures", PYTHONIOENCODING="ascii")
    assert page.code == 0, page.err
    assert page.out.lstrip().lower().startswith("<!doctype html>")
    assert page.out.rstrip().endswith("</html>")
    assert not Path("-").exists()
    shutil.rmtree(folder)
