"""How processor time and memory of a command grow with the size of a case: twice and four times as much of one thing.

    python -m benchmarks.sizes [NAME …] [--table]

Each run is a process of its own; what the smallest case takes is taken off. ``--table`` writes all rows into
docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from benchmarks.growth import log_log_slope

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- sizes: begin -->", "<!-- sizes: end -->"
LIMIT_SECONDS = 600
GROWTH = (1, 2, 4)

CASE = """format = 1
name = "size"
{top}
[time]
steps = {steps}
step_hours = 1.0
[market]
externalities = {externalities}
single_boundary = {single_boundary}
tax_per_mwh = 100.0
price_per_mwh = 139.0
imbalance_penalty_per_mwh = 300.0
line_penalty_per_mvah = 300.0
{market}
[grid]
pcc = "root"
base_kv = 20.0
voltage_band_pu = [0.9, 1.1]
lines = "lines.csv"
"""
LINES = "from,to,r_ohm,x_ohm,rating_mva"
PROSUMERS = "name,node,player,forecast_mw"

MEASURED = """
import resource, sys
from lempart.cli import main
sys.argv[0] = "lempart"
try:
    main()
except SystemExit as stop:
    code = stop.code
used = resource.getrusage(resource.RUSAGE_SELF)
print(code, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, file=open(TOLD, "w"))
"""

Write = Callable[[Path, int], None]


@dataclass(frozen=True)
class Size:
    """A thing of which a case has ``least``, twice and four times as many, and what is done with it."""

    what: str
    write: Write
    least: int
    command: tuple[str, ...] = ("check",)


@dataclass(frozen=True)
class Used:
    """What a run took: its exit status, processor seconds and megabytes at its peak."""

    code: int
    seconds: float
    megabytes: float


def case(
    folder: Path,
    lines: Iterable[str],
    prosumers: Iterable[str],
    *,
    steps: int = 1,
    top: str = "",
    more: str = "",
    market: str = "",
    externalities: bool = True,
) -> None:
    """Write a case whose lines and prosumers are tables; ``more`` are tables at the end of ``case.toml``."""
    folder.mkdir(parents=True, exist_ok=True)
    text = CASE.format(
        top=f'prosumers = "prosumers.csv"\n{top}',
        steps=steps,
        market=market,
        externalities=str(externalities).lower(),
        single_boundary=str(not externalities).lower(),
    )
    (folder / "case.toml").write_text(text + more, encoding="utf-8")
    (folder / "lines.csv").write_text("\n".join([LINES, *lines, ""]), encoding="utf-8")
    (folder / "prosumers.csv").write_text("\n".join([PROSUMERS, *prosumers, ""]), encoding="utf-8")


def line(start: str, end: str) -> str:
    """Return a row of a strong line."""
    return f"{start},{end},1e-6,1e-6,10000"


def home(index: int, node: str, *, player: bool = True, name: str = "") -> str:
    """Return a row of a home that takes or gives a little."""
    return f"{name or f'h{index}'},{node},{str(player).lower()},{(-1) ** index * 0.001}"


def star(count: int) -> list[str]:
    """Return lines from the PCC to so many buses."""
    return [line("root", f"b{i}") for i in range(count)]


def steps(folder: Path, n: int) -> None:
    """Write two homes, n steps."""
    top = 'forecast = "forecast.csv"\n'
    case(folder, star(2), ["h0,b0,true,", "h1,b1,true,"], steps=n, top=top)
    rows = (f"{-0.001 - i % 24 * 1e-4:.4f},{0.002 - i % 7 * 1e-4:.4f}" for i in range(n))
    (folder / "forecast.csv").write_text("\n".join(["h0,h1", *rows, ""]), encoding="utf-8")


def chain(folder: Path, n: int) -> None:
    """Write a chain of n buses, five homes on it."""
    buses = ["root", *(f"b{i}" for i in range(n))]
    lines = [line(a, b) for a, b in pairwise(buses)]
    case(folder, lines, [home(i, f"b{(i + 1) * n // 5 - 1}") for i in range(5)])


def islands(folder: Path, n: int) -> None:
    """Write n lines that reach no PCC."""
    lines = [line("root", "b0"), *(line(f"x{i}", f"y{i}") for i in range(n))]
    case(folder, lines, [home(0, "b0")])


def prosumers(folder: Path, n: int) -> None:
    """Write n homes on feeders of 50 buses."""
    feeders = [f"b{i - 1}" if i % 50 else "root" for i in range(n)]
    case(folder, [line(a, f"b{i}") for i, a in enumerate(feeders)], [home(i, f"b{i}") for i in range(n)])


def misspelt(folder: Path, n: int) -> None:
    """Write n homes at buses that don't exist, beside as many that do."""
    case(folder, star(n), [home(i, f"bb{i}") for i in range(n)])


def branches(folder: Path, n: int) -> None:
    """Write n homes at one bus."""
    case(folder, star(1), [home(i, "b0") for i in range(n)], market="")


def long_names(folder: Path, n: int) -> None:
    """Write names of n letters, one of them misspelt."""
    bus = "b" * n
    case(folder, [line("root", bus)], [home(0, bus), home(1, bus + "c")])


def groups(folder: Path, n: int) -> None:
    """Write n groups of two homes each."""
    text = "[players]\n" + "".join(f'"g{i}" = ["h{2 * i}", "h{2 * i + 1}"]\n' for i in range(n))
    case(folder, star(2 * n), [home(i, f"b{i}") for i in range(2 * n)], more=text)


def devices(folder: Path, n: int) -> None:
    """Write n batteries of one home."""
    top = 'flexibility = "flexibility.csv"\n'
    case(folder, star(1), [home(0, "b0")], top=top)
    rows = ["prosumer,kind,power_mw,energy_mwh", *["h0,battery,0.005,0.01"] * n, ""]
    (folder / "flexibility.csv").write_text("\n".join(rows), encoding="utf-8")


def customers(folder: Path, n: int) -> None:
    """Write n regular customers and a home."""
    case(folder, star(n), [home(i, f"b{i}", player=not i) for i in range(n)])


def columns(folder: Path, n: int) -> None:
    """Write a forecast of 24 rows and n columns, half of them nobody's."""
    case(folder, star(n // 2), [f"h{i},b{i},true," for i in range(n // 2)], steps=24, top='forecast = "forecast.csv"\n')
    rows = [",".join(f"h{i}" for i in range(n)), *[",".join(["-0.001"] * n)] * 24, ""]
    (folder / "forecast.csv").write_text("\n".join(rows), encoding="utf-8")


def files(folder: Path, n: int) -> None:
    """Write n homes with a file of 24 steps each."""
    text = "".join(f'[[prosumers]]\nname = "h{i}"\nnode = "b{i}"\nforecast_mw = "f{i}.csv"\n' for i in range(n))
    case(folder, star(n), [], steps=24)
    toml = folder / "case.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace('prosumers = "prosumers.csv"\n', "") + text)
    (folder / "prosumers.csv").unlink()
    for i in range(n):
        (folder / f"f{i}.csv").write_text("\n".join([f"h{i}", *["-0.001"] * 24, ""]), encoding="utf-8")


def same_name(folder: Path, n: int) -> None:
    """Write n homes of one name."""
    case(folder, star(n), [home(i, f"b{i}", name="same") for i in range(n)])


def loops(folder: Path, n: int) -> None:
    """Write n loops: each bus has two lines."""
    case(folder, [*star(n), *star(n)], [home(i, f"b{i}") for i in range(5)])


def keys(folder: Path, n: int) -> None:
    """Write n keys that nobody knows."""
    case(folder, star(1), [home(0, "b0")], market="".join(f"tax_per_mwh_{i} = 1.0\n" for i in range(n)))


SIZES: dict[str, Size] = {
    "steps": Size("steps of two homes", steps, 25_000),
    "chain": Size("buses in a chain, five homes", chain, 2_500),
    "islands": Size("lines that reach no PCC", islands, 5_000),
    "prosumers": Size("homes on feeders of 50 buses", prosumers, 5_000),
    "misspelt": Size("homes at misspelt buses", misspelt, 2_500),
    "branches": Size("homes at one bus", branches, 250),
    "long-names": Size("letters of a name", long_names, 100_000),
    "groups": Size("groups of two homes", groups, 1_000),
    "devices": Size("batteries of one home", devices, 2_500),
    "customers": Size("regular customers", customers, 2_500),
    "columns": Size("columns of a table", columns, 2_500),
    "files": Size("homes with files of their own", files, 500),
    "same-name": Size("homes of one name", same_name, 2_500),
    "loops": Size("loops", loops, 2_500),
    "keys": Size("unknown keys", keys, 2_500),
    "steps, cost": Size("steps of two homes", steps, 6_250, ("cost", "--partition", "h0|h1")),
    "chain, solve": Size("buses in a chain, five homes", chain, 2_500, ("solve",)),
    "customers, solve": Size("regular customers", customers, 250, ("solve",)),
    "devices, solve": Size("batteries of one home", devices, 250, ("solve",)),
}


def run(folder: Path, command: Sequence[str]) -> Used:
    """Return what a command on the case in a folder took."""
    with tempfile.TemporaryFile("w+") as told:
        name, *options = command
        arguments = [sys.executable, "-c", MEASURED.replace("TOLD", str(told.fileno()))]
        subprocess.run(
            [*arguments, name, str(folder), *options],
            pass_fds=[told.fileno()],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=LIMIT_SECONDS,
            check=False,
        )
        told.seek(0)
        code, seconds, megabytes = told.read().split()
    return Used(int(code), float(seconds), float(megabytes))


def row(size: Size, sizes: Sequence[int]) -> dict[str, object]:
    """Return what is measured at some sizes, and how it grows."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        steps(folder / "none", 1)
        none = run(folder / "none", size.command)
        found = []
        for n in sizes:
            size.write(folder / str(n), n)
            found.append(run(folder / str(n), size.command))
    seconds = [max(used.seconds - none.seconds, 1e-2) for used in found]
    megabytes = [max(used.megabytes - none.megabytes, 1.0) for used in found]
    return {
        "what": size.what,
        "command": size.command[0],
        "sizes": list(sizes),
        "codes": [used.code for used in found],
        "seconds": seconds,
        "megabytes": megabytes,
        "time": log_log_slope(sizes, seconds)[0],
        "memory": log_log_slope(sizes, megabytes)[0],
    }


def told(found: dict[str, object]) -> str:
    """Return a row of the table."""
    cells = [found["command"], found["what"]]
    cells += [", ".join(f"{n:,}" for n in found["sizes"])]  # type: ignore[attr-defined]
    cells += [", ".join(f"{value:.3g}" for value in found[key]) for key in ("seconds", "megabytes")]  # type: ignore[attr-defined]
    cells += [f"{found[key]:.2f}" for key in ("time", "memory")]
    cells += [", ".join(map(str, dict.fromkeys(found["codes"])))]  # type: ignore[call-overload]
    return "| " + " | ".join(map(str, cells)) + " |"


HEAD = (
    "| command | of what | sizes | processor s | MB | time grows as size to the power of | memory | exit codes |\n"
    "|---|---|---|---|---|---|---|---|"
)


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sizes", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which; default: all of {', '.join(SIZES)}")
    parser.add_argument("--least", type=int, help="the smallest size, instead of each one's own")
    parser.add_argument("--table", action="store_true", help="write the rows into docs/benchmarks.md")
    chosen = parser.parse_args(arguments)
    print(HEAD)
    rows = []
    for name in chosen.names or SIZES:
        least = chosen.least or SIZES[name].least
        rows.append(told(row(SIZES[name], [least * factor for factor in GROWTH])))
        print(rows[-1], flush=True)
    if chosen.table:
        text = PAGE.read_text(encoding="utf-8")
        before, after = text.split(BEGIN)[0], text.split(END)[1]
        PAGE.write_text("\n".join([before + BEGIN + "\n", HEAD, *rows, "", END + after]), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
