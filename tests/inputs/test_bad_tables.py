"""Tables that are missing, half written, or wrong in a cell: named by file, row and column."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from good_case import Document, good, with_tables, write

from lempart.io import check_case, read_case, write_case
from lempart.io.case_files.table_files import parquet_bytes


def _written(folder: Path, document: Document, tables: dict[str, str]) -> Path:
    for name, text in tables.items():
        (folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    return write(folder, document)


LINES, PEOPLE, PROFILES, FLEXIBILITY = "lines.csv", "prosumers.csv", "profiles.csv", "flexibility.csv"
NODES = "nodes.csv"

# (file, old text, new text, where, message, remedy)
CELLS = [
    (LINES, "n1,n3,0.01", "n1,n3,abc", "lines.csv row 4, column r_ohm", 'the text "abc"', "number"),
    (LINES, "n1,n3,0.01", 'n1,n3,"0,01"', "lines.csv row 4, column r_ohm", 'the text "0,01"', "decimal point"),
    (LINES, "n1,n3,0.01", "n1,n3,", "lines.csv row 4, column r_ohm", "the cell is empty", "Fill it in"),
    (LINES, "n1,n3,0.01", "n1,n3,nan", "lines.csv row 4, column r_ohm", "not a number", "Fill"),
    (LINES, "n1,n3,0.01", "n1,n3,-1", "lines.csv row 4, column r_ohm", "negative resistance", ">= 0"),
    (PEOPLE, "player", "colour", "prosumers.csv", 'unknown column "colour"', "Remove it"),
    (LINES, "rating_mva", "rating", "lines.csv", 'unknown column "rating"', "Did you mean rating_mva?"),
    (LINES, "r_ohm", "r_ohm_", "lines.csv", 'unknown column "r_ohm_"', "Did you mean r_ohm?"),
    (
        LINES,
        "n1,n3,0.01,0.005,1.0,,",
        "n1,n3,0.01,0.005",
        "grid.lines",
        "row 4 has 4 cells where the header has 7",
        "end",
    ),
    (NODES, "n3,6.601", "n2,6,601", "grid.nodes", "row 3 has 4 cells where the header has 3", "end"),
    (NODES, "n3,6.601", "n3,east", "nodes.csv row 3, column x", 'the text "east"', "number"),
    (NODES, "n3,6.601", "n1,6.601", "nodes.csv row 3, column name", "has a place already", "one"),
    (LINES, "n1,n3", 'n1,"n3', "grid.lines", "row 4 can't be read", "quotes"),
    (LINES, "from,to", "from,from", "grid.lines", 'two columns "from"', "Rename"),
    (LINES, "from,to", "from,", "grid.lines", "a column without a name", "Name column 2"),
    (LINES, "n3", "n\udcff", "grid.lines", "not UTF-8 text (row 4)", "UTF-8"),
    (PEOPLE, "P1,n1,true", "P1,n1,yes", "prosumers.csv row 2, column player", "true or false", "without quotes"),
    (PEOPLE, "P1,n1,true", "P1,n7,true", "prosumers.csv row 2, column node", 'no bus "n7"', "Known"),
    (PROFILES, "0.1,0.2,-0.05", "x,0.2,-0.05", "profiles.csv row 3, column P1", 'the text "x"', "number"),
    (PROFILES, "0.1,0.2,-0.05", ",0.2,-0.05", "profiles.csv row 3, column P1", "the cell is empty", "Fill it in"),
    (PROFILES, "0.1,0.2,-0.05", "inf,0.2,-0.05", "profiles.csv row 3, column P1", "infinite", "finite"),
    (PROFILES, "P1,P2", "P1,p2", "profiles.csv", 'no column for the prosumer "P2"', 'the column "p2"?'),
    (
        FLEXIBILITY,
        "P1,battery",
        "P7,battery",
        "flexibility.csv row 2, column prosumer",
        'no prosumer "P7"',
        "Known",
    ),
    (
        FLEXIBILITY,
        "battery",
        "accu",
        "flexibility.csv row 2, column kind",
        'kind "accu"',
        'Known: "battery", "curt',
    ),
    (FLEXIBILITY, "sun", "son", "flexibility.csv row 3, column available_mw", 'no column "son"', 'mean "sun"?'),
    (
        FLEXIBILITY,
        "0.2,19,",
        "0.2,19,sun",
        "flexibility.csv row 2, column available_mw",
        "has no available_mw",
        "empty",
    ),
    (FLEXIBILITY, "battery,0.1", "battery,-1", "flexibility.csv row 2, column power_mw", "negative", ">= 0"),
    (FLEXIBILITY, "battery,0.1", "battery,", "flexibility.csv row 2, column power_mw", "the cell is empty", "Fill"),
]


@pytest.mark.parametrize(("file", "old", "new", "where", "message", "remedy"), CELLS)
def test_error_in_a_table(file: str, old: str, new: str, where: str, message: str, remedy: str, tmp_path: Path) -> None:
    document, tables = with_tables(good())
    assert old in tables[file]
    tables[file] = tables[file].replace(old, new, 1) if new != "n\udcff" else tables[file].replace(old, new)
    told = [problem for problem in check_case(_written(tmp_path, document, tables)) if problem.severity == "error"]
    assert len(told) == 1, [str(problem) for problem in told]
    assert where in told[0].where, str(told[0])
    assert message in told[0].message, str(told[0])
    assert remedy in told[0].remedy, str(told[0])


# (file, its whole content or None for no file, where, message, remedy)
FILES = [
    (LINES, None, "grid.lines", "there is no file lines.csv", "beside the case"),
    (LINES, "", "grid.lines", "lines.csv is empty", "column names"),
    (LINES, "from;to;r_ohm;x_ohm\nroot;n1;0,1;0,1\n", "grid.lines", "not separated by commas", "commas"),
    (LINES, "from,to,r_ohm,x_ohm\n", "grid.lines", "no lines", "Add one"),
    (PROFILES, None, "forecast", "there is no file profiles.csv", "beside the case"),
    (PROFILES, "P1,P2,P3,shop\n1,1,1,1\n", "profiles.csv, column P1", "1 value for 3 steps", "Add 2"),
    (FLEXIBILITY, None, "flexibility", "there is no file", "beside the case"),
]


@pytest.mark.parametrize(("file", "content", "where", "message", "remedy"), FILES)
def test_file_that_is_no_table(
    file: str, content: str | None, where: str, message: str, remedy: str, tmp_path: Path
) -> None:
    document, tables = with_tables(good())
    del tables[file]
    if content is not None:
        tables[file] = content
    told = [problem for problem in check_case(_written(tmp_path, document, tables)) if problem.severity == "error"]
    assert where == told[0].where, [str(problem) for problem in told]
    assert message in told[0].message
    assert remedy in told[0].remedy
    same = {problem.message for problem in told}
    assert len(same) == 1, same


def test_truncated_parquet_is_named(tmp_path: Path) -> None:
    """A Parquet file that was cut off anywhere is an error, never a shorter table."""
    document, tables = with_tables(good())
    document["grid"]["lines"] = "lines.parquet"
    columns = {"from": ["root", "n1", "n1"], "to": ["n1", "n2", "n3"], "r_ohm": [0.1] * 3, "x_ohm": [0.1] * 3}
    whole = parquet_bytes({**columns, "rating_mva": [1.0] * 3})
    (tmp_path / "lines.parquet").write_bytes(whole)
    _written(tmp_path, document, tables)
    assert read_case(tmp_path).grid.lines[2].to_node == "n3"
    for size in (0, 4, len(whole) // 2, len(whole) - 1):
        (tmp_path / "lines.parquet").write_bytes(whole[:size])
        (problem,) = check_case(tmp_path)
        assert problem.where == "grid.lines"
        assert "no complete Parquet file" in problem.message or (size == 0 and "is empty" in problem.message)


def test_parquet_without_pyarrow_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document, tables = with_tables(good())
    case = read_case(_written(tmp_path, document, tables))
    stored = write_case(case, tmp_path / "stored", tables="parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    told = check_case(stored)
    assert told
    assert all('pip install "lempart[parquet]"' in problem.remedy for problem in told)


def test_parquet_cells_of_a_wrong_type_are_named(tmp_path: Path) -> None:
    document, tables = with_tables(good())
    document["grid"]["lines"] = "lines.parquet"
    columns = {"from": [0, 1, 1], "to": ["n1", "n2", "n3"], "r_ohm": ["a", "0.1", "0.1"], "x_ohm": [0.1, None, 0.1]}
    (tmp_path / "lines.parquet").write_bytes(parquet_bytes(columns))
    told = [problem for problem in check_case(_written(tmp_path, document, tables)) if problem.severity == "error"]
    assert [problem.where for problem in told] == [
        "lines.parquet row 1, column from",
        "lines.parquet row 1, column r_ohm",
        "lines.parquet row 2, column from",
        "lines.parquet row 2, column x_ohm",
        "lines.parquet row 3, column from",
    ]


def test_profile_columns_of_nobody_are_a_warning(tmp_path: Path) -> None:
    document, tables = with_tables(good())
    tables[PROFILES] = tables[PROFILES].replace("step,", "P0,")
    (problem,) = check_case(_written(tmp_path, document, tables))
    assert (problem.severity, problem.where) == ("warning", "profiles.csv")
    assert '"P0"' in problem.message


def test_profile_given_twice_is_an_error(tmp_path: Path) -> None:
    """A number in the case file and a column in the table: nobody guesses which one counts."""
    document, tables = with_tables(good())
    document["prosumers"] = [{"name": "P1", "node": "n1", "forecast_mw": [1.0, 1.0, 1.0]}]
    del document["players"], document["flexibility"]
    told = [problem for problem in check_case(_written(tmp_path, document, tables)) if problem.severity == "error"]
    assert [(problem.where, problem.remedy) for problem in told] == [
        ('prosumers["P1"].forecast_mw', "Keep one of them.")
    ]


def test_profile_table_of_one_prosumer(tmp_path: Path) -> None:
    """A prosumer may name a table of its own, with a column of its name."""
    document = good()
    document["prosumers"][0] |= {"forecast_mvar": "q.csv", "forecast": "p.csv"}
    del document["prosumers"][0]["forecast_mw"]
    for name, values in (("p.csv", (1, 2, 3)), ("q.csv", (4, 5, 6))):
        (tmp_path / name).write_text("P1\n" + "\n".join(str(value) for value in values) + "\n")
    assert read_case(write(tmp_path, document)).scenario.forecast[0].tolist() == [1 + 4j, 2 + 5j, 3 + 6j]
