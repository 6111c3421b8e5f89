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
    """Return the ratios and the growth as Markdown."""
    rows = [row for one in results for row in _rows(one, known[one["name"]])]
    head = "| phase | case | size | ours, s | memory, MB | beside | its time, s | ratio | aim | differs by | date |"
    ratios = "\n".join([head, "|" + "---|" * 11, *rows])
    grown = [row for name in dict.fromkeys(one["name"] for one in results) if (row := _growth(name, results, known))]
    growth = "\n".join(["| phase | case | sizes | time grows as size to the power of |", "|---|---|---|---|", *grown])
    machines = "; ".join(dict.fromkeys(one["machine"] for one in results))
    return f"Measured on: {machines}.\n\n{ratios}\n\n{growth}\n" if grown else f"Measured on: {machines}.\n\n{ratios}\n"


def _rows(one: dict[str, Any], known: Benchmark) -> list[str]:
    ours = one["ours"]
    figures = "".join(f"; {name} {value:.3g}" for name, value in ours.get("figures", {}).items())
    first = f"| {known.phase} | {known.case} | {one['size']} {known.unit}{figures} | {ours['seconds']:.3g} "
    first += f"| {ours['peak_memory_mb']} "
    if not one["baselines"]:
        return [f"{first}| | | | | | {one['date']} |"]
    aims = dict(known.targets)
    rows = []
    for beside in one["baselines"]:
        scaled = "" if beside["share"] == 1.0 else f" (scaled from {100 * beside['share']:.3g} %)"
        aim = f"{aims[beside['label']]:g}" if beside["label"] in aims else ""
        rows.append(
            f"{first}| {beside['label']} | {beside['seconds']:.3g}{scaled} | {beside['ratio']:.1f} | {aim} "
            f"| {beside['difference']:.0e} | {one['date']} |"
        )
    return rows


def _growth(name: str, results: list[dict[str, Any]], known: Mapping[str, Benchmark]) -> str:
    own = [one for one in results if one["name"] == name]
    if len(own) < 3 or not known[name].fit_growth:
        return ""
    sizes = [one["size"] for one in own]
    slope, error = log_log_slope(sizes, [one["ours"]["seconds"] for one in own])
    told = f"{slope:.2f} ± {error:.2f}" if math.isfinite(error) else f"{slope:.2f}"
    return f"| {known[name].phase} | {known[name].case} | {', '.join(map(str, sizes))} {known[name].unit} | {told} |"
