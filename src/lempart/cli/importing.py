"""``lempart import``."""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

import click

from lempart.cli.tables import console, say, say_problem
from lempart.errors import InputError, Problem, UsageError
from lempart.io import Imported, ImportKeywords, from_matpower, from_pandapower, from_simbench, write_case
from lempart.io.case_files.reader import FILE_NAME

MAX_FILE_NAME = 60
"""Characters of a folder's name; file systems take 255 bytes, and a character has up to 4."""
DEVICES = re.compile(r"(?i:con|prn|aux|nul|com\d|lpt\d)")

F = TypeVar("F", bound=Callable[..., Any])

SHARED = (
    click.option(
        "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Case folder to write."
    ),
    click.option("--name", help="Name of the case; by default the source's."),
    click.option("--rating-mva", metavar="MVA|unlimited", help="For lines the source gives no rating."),
    click.option("--voltage-band", metavar="LOW,HIGH|unlimited", help="For buses the source gives no band, in p.u."),
    click.option("--root", help="Bus to take as PCC instead of the external grid's."),
    click.option("--feeder", help="Keep only what is fed through this bus; the PCC is the bus before it."),
    click.option(
        "--prosumers",
        type=click.Choice(["element", "bus"]),
        default="element",
        show_default=True,
        help="One prosumer per load, or per bus.",
    ),
    click.option("--players", metavar="NAME,NAME", help="Who may form markets; by default everyone."),
    click.option(
        "--market", "market", multiple=True, metavar="KEY=VALUE", help="An entry of [market], such as tax_per_mwh=58."
    ),
    click.option(
        "--ignore-elements",
        metavar="KIND,KIND",
        help="Kinds of element to leave out although they matter: shunt, ward.",
    ),
    click.option("--tables", type=click.Choice(["inline", "csv", "parquet"]), default="csv", show_default=True),
    click.option("--overwrite", is_flag=True, help="Replace a case that lempart wrote there."),
)


def _shared(command: F) -> F:
    for option in reversed(SHARED):
        command = option(command)
    return command


@click.group(help="Make a case from a pandapower, SimBench or MATPOWER grid.")
def importing() -> None:
    """Import a grid."""


@importing.command(help="Import a pandapower network saved as JSON.")
@click.argument("net", type=click.Path(path_type=Path))
@_shared
def pandapower(net: Path, **options: Any) -> None:
    """Import from pandapower."""
    _write(from_pandapower(net, **_keywords(options)), options)


@importing.command(help="Import a SimBench grid by its code, as a snapshot or with its profiles.")
@click.argument("code")
@click.option("--start", help='First moment of the horizon in 2016, such as "2016-01-17"; without it, one snapshot.')
@click.option("--steps", type=click.IntRange(min=1), default=24, show_default=True)
@click.option("--step-hours", type=click.FloatRange(min=0.25), default=1.0, show_default=True)
@click.option(
    "--forecast",
    type=click.Choice(["perfect", "day-lag"]),
    default="perfect",
    show_default=True,
    help="Forecast everything perfectly, or as the day before.",
)
@click.option("--week-roll-seed", type=int, help="Shift each load's profile by whole weeks, drawn from this seed.")
@_shared
def simbench(
    code: str,
    start: str | None,
    steps: int,
    step_hours: float,
    forecast: Literal["perfect", "day-lag"],
    week_roll_seed: int | None,
    **options: Any,
) -> None:
    """Import from SimBench."""
    imported = from_simbench(
        code,
        start=start,
        steps=steps,
        step_hours=step_hours,
        forecast=forecast,
        week_roll_seed=week_roll_seed,
        **_keywords(options),
    )
    _write(imported, options)


@importing.command(help="Import a MATPOWER case file (.m).")
@click.argument("file", type=click.Path(path_type=Path))
@_shared
def matpower(file: Path, **options: Any) -> None:
    """Import from MATPOWER."""
    _write(from_matpower(file, **_keywords(options)), options)


def _keywords(options: dict[str, Any]) -> ImportKeywords:
    """Return the importers' keywords from what the user typed."""
    players = options["players"]
    return ImportKeywords(
        name=options["name"],
        rating_mva=_rating(options["rating_mva"]),
        voltage_band_pu=_band(options["voltage_band"]),
        root=options["root"],
        feeder=options["feeder"],
        prosumers=options["prosumers"],
        players=None if players is None else _names(players),
        market=dict(_entry(text) for text in options["market"]),
        ignore_elements=_names(options["ignore_elements"] or ""),
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _entry(text: str) -> tuple[str, Any]:
    """Return an entry of the market table, its value read as TOML would; bare words are text."""
    key, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"--market is {text!r}; give KEY=VALUE, such as tax_per_mwh=58")
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), value.strip()


def _rating(text: str | None) -> float | Literal["unlimited"] | None:
    if text is None or text == "unlimited":
        return None if text is None else "unlimited"
    return _number(text, "--rating-mva", "a number of MVA, or unlimited")


def _band(text: str | None) -> tuple[float, float] | Literal["unlimited"] | None:
    if text is None or text == "unlimited":
        return None if text is None else "unlimited"
    wanted = "two numbers such as 0.95,1.05, or unlimited"
    parts = text.split(",")
    if len(parts) != 2:
        raise UsageError(f"--voltage-band is {text!r}; give {wanted}")
    return _number(parts[0], "--voltage-band", wanted), _number(parts[1], "--voltage-band", wanted)


def _number(text: str, option: str, wanted: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"{option} is {text!r}; give {wanted}") from None


def folder_names(names: Sequence[str]) -> list[str]:
    """Return a folder's name for each case: one part of a path whatever the source is called, and each another.

    Letters, digits, spaces and ``- _ . ( )`` stay; a name of a device of Windows, or of dots, gets an underscore.
    """
    plain = [re.sub(r"[^\w \-.()]", "_", name).strip(" .")[:MAX_FILE_NAME] or "_" for name in names]
    safe = [f"_{name}" if DEVICES.fullmatch(name.split(".")[0]) else name for name in plain]
    found: list[str] = []
    for name in safe:
        taken = {other.casefold() for other in found}
        numbered = (name if number == 1 else f"{name} {number}" for number in itertools.count(1))
        found.append(next(wanted for wanted in numbered if wanted.casefold() not in taken))
    return found


def _write(imported: Sequence[Imported], options: dict[str, Any]) -> None:
    """Write one case into the folder, or several into folders below it, and say what was assumed."""
    out: Path = options["out"]
    screen = console()
    below = folder_names([item.case.name for item in imported])
    folders = [out] if len(imported) == 1 else [out / name for name in below]
    there = [] if options["overwrite"] else [folder for folder in folders if (folder / FILE_NAME).exists()]
    if there:
        remedy = "Choose another folder, or replace it with --overwrite."
        raise InputError([Problem(str(folder), "there is a case in it already", remedy) for folder in there])
    for item, folder in zip(imported, folders, strict=True):
        write_case(item.case, folder, tables=options["tables"], overwrite=options["overwrite"])
        for note in item.notes:
            say_problem(screen, note, "yellow")
        say(
            screen,
            f"{folder}: {len(item.case.prosumers)} prosumers, {len(item.case.grid.lines)} lines, "
            f"{item.case.horizon.steps} steps. Next: lempart check {folder}",
            wrap=False,
        )
