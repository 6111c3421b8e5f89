"""Keep measurements in one JSON file, and write them down as the table of ``docs/benchmarks.md``."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.growth import log_log_slope
from benchmarks.registry import Benchmark
from lempart import __version__

RESULTS = Path(__file__).parent / "results.json"
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


def read_results() -> list[dict[str, Any]]:
    """Return all measurements kept."""
    return json.loads(RESULTS.read_text(encoding="utf-8"))["results"] if RESULTS.exists() else []


def merged(found: dict[str, Any]) -> None:
    """Keep a measurement in the place of an older one of the same benchmark and size."""
    found = found | {"version": __version__, "machine": machine()}
    others = [one for one in read_results() if (one["name"], one["size"]) != (found["name"], found["size"])]
    results = sorted([*others, found], key=lambda one: (one["name"], one["size"]))
    RESULTS.write_text(json.dumps({"format": 1, "results": results}, indent=1) + "\n", encoding="utf-8")


def machine() -> str:
    """Return what was measured on: processor, cores, Python."""
    return f"{processor()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def processor() -> str:
    """Return the processor's name, or its kind."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for row in cpuinfo.read_text(encoding="utf-8").splitlines():
            if row.startswith("model name"):
                return row.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def write_table(results: list[dict[str, Any]], known: Mapping[str, Benchmark]) -> None:
    """Put the tables into the page, between its marks."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    kept = [one for one in results if one["name"] in known]
    PAGE.write_text(f"{before}{BEGIN}\n\n{tables(kept, known)}\n{END}{after}", encoding="utf-8")


def tables(results: list[dict[str, Any]], known: Mapping[str, Benchmark]) -> str:
    """Return times, ratios and growth as Markdown: a section per phase, a table per benchmark."""
    names = dict.fromkeys(one["name"] for one in results)
    sections = [f"Measured on: {'; '.join(dict.fromkeys(one['machine'] for one in results))}."]
    for phase in dict.fromkeys(one.phase for one in known.values()):
        own = [name for name in names if known[name].phase == phase]
        if own:
            sections.append(f"### {phase.capitalize()}")
        sections += [_section(known[name], [one for one in results if one["name"] == name]) for name in own]
    return "\n\n".join(sections) + "\n"


def _section(known: Benchmark, results: list[dict[str, Any]]) -> str:
    """Return what was measured of one benchmark: its case, a row per size and baseline, how time grows."""
    compared = any(one["baselines"] for one in results)
    beside = ("beside", "its time, s", "ratio", "differs by") if compared else ()
    heads = [known.unit, "time, s", "memory, MB", *beside]
    rows = [["---"] * len(heads), *(row for one in results for row in _rows(one, known, compared))]
    table = "\n".join("| " + " | ".join(row) + " |" for row in [heads, *rows])
    days = sorted({one["date"] for one in results})
    told = [f"**{known.name}**: {known.case}. Measured on {' and '.join(days)}.", table, *_growth(known, results)]
    return "\n\n".join(told)


def _rows(one: dict[str, Any], known: Benchmark, compared: bool) -> list[list[str]]:
    """Return the cells of one size, a row per baseline."""
    ours, aims = one["ours"], dict(known.targets)
    figures = "".join(f"; {name} {value:.3g}" for name, value in ours.get("figures", {}).items())
    first = [f"{one['size']}{figures}", f"{ours['seconds']:.3g}", str(ours["peak_memory_mb"])]
    if not one["baselines"]:
        return [[*first, *([""] * 4 if compared else [])]]
    rows = []
    for beside in one["baselines"]:
        scaled = "" if beside["share"] == 1.0 else f" (scaled from {100 * beside['share']:.3g} %)"
        aim = f" (aim {aims[beside['label']]:g})" if beside["label"] in aims else ""
        figures = [f"{beside['seconds']:.3g}{scaled}", f"{beside['ratio']:.1f}{aim}", f"{beside['difference']:.0e}"]
        rows.append([*first, beside["label"], *figures])
    return rows


def _growth(known: Benchmark, results: list[dict[str, Any]]) -> list[str]:
    """Return how time grows with size, in a sentence, where there are enough sizes to tell."""
    if len(results) < 3 or not known.fit_growth:
        return []
    slope, error = log_log_slope([one["size"] for one in results], [one["ours"]["seconds"] for one in results])
    told = f"{slope:.2f} ± {error:.2f}" if math.isfinite(error) else f"{slope:.2f}"
    return [f"Time grows as size to the power of {told}."]
