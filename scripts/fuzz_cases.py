"""Change valid cases at random and see whether every one is either told about or solved.

Each seed makes one case folder, changes it (numbers, types, structure, bytes; TOML and CSV), asks ``check`` and, where
that finds no error, ``solve``. Anything but a problem told by ``check``, an answer, or a forecast that can't be met is
a failure: another exception, a solver that ends without an answer, a number that isn't finite, more than ten seconds or
a gigabyte.

    python scripts/fuzz_cases.py 8000 --first 0
"""

from __future__ import annotations

import argparse
import math
import resource
import shutil
import signal
import sys
import tempfile
import time
import tomllib
import traceback
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lempart.errors import InfeasibleError, InputError, LempartError
from lempart.io import check_case, read_case, write_case
from lempart.io.case_files.toml_text import toml_text
from lempart.solving import solve

SECONDS, BYTES = 10, 1 << 30

BASE = """
format = 1
name = "fuzz"
[time]
steps = 3
step_hours = 1.0
[market]
externalities = true
single_boundary = true
tax_per_mwh = 60.0
price_per_mwh = [50.0, 60.0, 120.0]
reactive_price_per_mvarh = 0.0
imbalance_penalty_per_mwh = [200.0, 200.0, 250.0]
line_penalty_per_mvah = 200.0
voltage_penalty = "curtailment"
strict_reactive = false
currency = "CHF"
[dispatch]
limits = "hard"
voltage_margin_pu = 0.001
line_margin = 0.01
[grid]
pcc = "root"
base_kv = 0.4
voltage_band_pu = [0.9, 1.1]
[[grid.lines]]
from = "root"
to = "n1"
r_ohm = 0.01
x_ohm = 0.005
rating_mva = 0.08
[[grid.lines]]
from = "n1"
to = "n2"
r_ohm = 0.02
x_ohm = 0.01
rating_mva = 0.03
min_pu = 0.92
max_pu = 1.08
[[grid.lines]]
from = "n3"
to = "n1"
r_ohm = 0.03
x_ohm = -0.001
[[prosumers]]
name = "P1"
node = "n1"
forecast_mw = [-0.004, 0.01, -0.008]
forecast_mvar = [-0.001, 0.0, -0.002]
actual_mw = [-0.005, 0.012, -0.009]
[[prosumers]]
name = "P2"
node = "n2"
forecast_mw = [0.012, 0.02, -0.004]
actual_mw = 0.01
[[prosumers]]
name = "P3"
node = "n3"
forecast_mw = -0.005
[[prosumers]]
name = "shop"
node = "n3"
player = false
forecast_mw = [-0.003, -0.002, -0.003]
"""

DEVICES = """
[[d]]
kind = "battery"
power_mw = 0.01
energy_mwh = 0.02
initial_soc = 0.4
cost_per_mwh = 19.0
quadratic_cost_per_mw2h = 100.0
charge_efficiency = 0.95
discharge_efficiency = 0.9
cyclic = true
[[d]]
kind = "curtailment"
available_mw = [0.005, 0.01, 0.0]
cost_per_mwh = 2.0
[[d]]
kind = "inverter"
apparent_power_mva = 0.02
generation_mw = [0.01, 0.015, 0.0]
cost_per_mvarh = 1.0
hybrid = true
[[d]]
kind = "convex"
minimum_mw = -0.01
maximum_mw = [0.0, 0.01, 0.01]
rows_mw = [[1.0, 1.0, 1.0]]
upper = [0.01]
apparent_power_mva = 0.015
cost_per_mwh = [1.0, -2.0, 3.0]
absolute_cost_per_mwh = 1.0
quadratic_cost_per_mw2h = 10.0
[[d]]
kind = "heat_pump"
power_mw = 0.004
resistance_k_per_kw = 5.0
capacity_kwh_per_k = 8.0
outdoor_c = [3.0, 5.0, 2.0]
flow_temperature_c = 40.0
gains_kw = 0.3
end_c = 21.0
comfort_penalty_per_kh = 5.0
power_factor = 0.95
air_capacity_kwh_per_k = 1.0
air_resistance_k_per_kw = 0.5
[[d]]
kind = "shiftable"
energy_mwh = 0.003
power_mw = 0.003
earliest_step = 2
latest_step = 3
power_factor = 0.98
[[d]]
kind = "ev"
power_mw = 0.011
energy_mwh = 0.04
plugged_in = [1.0, 0.5, 0.0]
driven_mwh = [0.0, 0.002, 0.003]
departure_soc = 0.4
end_soc = 0.2
charge_efficiency = 0.9
vehicle_to_grid = true
discharge_cost_per_mwh = 20.0
"""

EDGES = (0, -0.0, 1, -1, 1e-300, 1e300, 5e-324, 1.7e308, math.nan, math.inf, -math.inf, 10**400, 2**63, 1e16, 1e-16)
ODD = (True, "", "text", "1,5", [], {}, [[]], [1.0], "P1", "nan", "\u202e", "a\x1b[2Jb", "=1+1", "n1", "x" * 10_000)
WORDS: dict[str, tuple[Any, ...]] = {
    "limits": ("elastic", "hard", "soft"),
    "voltage_penalty": ("curtailment-branch", 0.0, 1e3, 1e12, "foo"),
    "voltage_band_pu": ([1.0, 1.0], [1.0, 1.1], [0.9, 1.0], [0.0, 2.0], [1 - 1e-12, 1 + 1e-12], [0.0, 1e200]),
    "coordinates": ("metres", "here"),
}


def document(rng: np.random.Generator) -> dict[str, Any]:
    """Return a valid case with random rules and devices."""
    case: dict[str, Any] = tomllib.loads(BASE)
    devices: list[dict[str, Any]] = tomllib.loads(DEVICES)["d"]
    for prosumer in case["prosumers"]:
        chosen = rng.choice(len(devices), int(rng.integers(0, 3)), replace=False)
        prosumer["flexibility"] = [dict(devices[index]) for index in chosen]
    case["dispatch"]["limits"] = ("hard", "elastic")[int(rng.random() < 0.4)]
    case["market"]["externalities"] = bool(rng.random() < 0.6)
    case["market"]["single_boundary"] = not case["market"]["externalities"] or bool(rng.random() < 0.5)
    if rng.random() < 0.3:
        case["players"] = {"both": ["P1", "P2"]}
    return case


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every (container, key) of nested tables and lists."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    found = []
    for key in keys:
        found += [(value, key), *places(value[key])]
    return found


def change(case: dict[str, Any], rng: np.random.Generator) -> None:
    """Change one thing in a case: mostly a number, now and then a word, a type or the structure."""
    everywhere = places(case)
    numbers = [at for at in everywhere if isinstance(at[0][at[1]], int | float) and not isinstance(at[0][at[1]], bool)]
    words = [at for at in everywhere if at[1] in WORDS]
    kind = rng.random()
    if kind < 0.7 and numbers:
        holder, key = numbers[int(rng.integers(len(numbers)))]
        value = holder[key]
        scaled = scaled_by(value or 1.0, int(rng.integers(-12, 13)))
        holder[key] = [pick(EDGES, rng), scaled, -value, value * (1.0 + 1e-9 * rng.normal())][
            int(rng.choice(4, p=(0.35, 0.5, 0.1, 0.05)))
        ]
    elif kind < 0.8 and words:
        holder, key = words[int(rng.integers(len(words)))]
        holder[key] = pick(WORDS[key], rng)
    else:
        holder, key = everywhere[int(rng.integers(len(everywhere)))]
        other = everywhere[int(rng.integers(len(everywhere)))]
        way = int(rng.integers(4))
        if way == 0:
            holder[key] = pick(ODD, rng)
        elif way == 1:
            del holder[key]
        elif way == 2:
            holder[key] = tomllib.loads(toml_text({"v": other[0][other[1]]})).get("v", 1)
        elif isinstance(holder, list):
            holder.append(holder[key])
        else:
            holder[pick(("name", "u", "p_mw", "\u00e4", "forecast"), rng)] = holder[key]


def scaled_by(value: float, power: int) -> float:
    """Return ``value * 10^power``; a whole number that no float holds is scaled as one."""
    try:
        return value * 10.0**power
    except OverflowError:
        return value * 10**power if power >= 0 else value // 10**-power


def pick(choices: tuple[Any, ...], rng: np.random.Generator) -> Any:
    """Return one of the choices."""
    return choices[int(rng.integers(len(choices)))]


def spoil(file: Path, rng: np.random.Generator) -> None:
    """Change bytes of a file: one flipped, a piece cut out, doubled or replaced."""
    raw = bytearray(file.read_bytes())
    for _ in range(int(rng.integers(1, 4))):
        at = int(rng.integers(len(raw) + 1))
        end = min(len(raw), at + int(rng.integers(1, 30)))
        way = int(rng.integers(5))
        if way == 0 and at < len(raw):
            raw[at] ^= 1 << int(rng.integers(8))
        elif way == 1:
            del raw[at:end]
        elif way == 2:
            raw[at:at] = raw[at:end]
        elif way == 3:
            raw[at:at] = pick(
                (b"9", b"0", b"-", b"e", b"e30", b"\n", b",", b'"', b"[", b"\x00", b"\xff", b"nan", b";"), rng
            )
        else:
            digits = [index for index, byte in enumerate(raw) if 48 <= byte <= 57]
            if digits:
                raw[digits[int(rng.integers(len(digits)))]] = 48 + int(rng.integers(10))
    file.write_bytes(bytes(raw))


def make(seed: int, folder: Path) -> None:
    """Write the case of one seed."""
    rng = np.random.default_rng(seed)
    case = document(rng)
    way = rng.random()
    if way < 0.7:
        for _ in range(int(rng.choice([1, 2, 3], p=(0.6, 0.25, 0.15)))):
            change(case, rng)
    text = toml_text(case)
    (folder / "case.toml").write_text(text, encoding="utf-8", errors="surrogatepass")
    if 0.7 <= way < 0.85:
        spoil(folder / "case.toml", rng)
    elif way >= 0.85:
        valid = read_case(folder)
        (folder / "case.toml").unlink()
        write_case(valid, folder, tables="csv")
        tables = sorted(folder.glob("*.csv"))
        spoil(tables[int(rng.integers(len(tables)))], rng)


@dataclass(frozen=True)
class Outcome:
    """How one seed ended; ``failure`` says what shouldn't be."""

    kind: str
    failure: str = ""


def outcome(folder: Path) -> Outcome:
    """Return what ``check`` and ``solve`` make of a case."""
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    signal.alarm(SECONDS)
    try:
        found = _outcome(folder)
    except BaseException as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        found = Outcome(
            "raised", f"{type(error).__name__}: {str(error)[:300]} ({Path(last.filename).name}:{last.lineno})"
        )
        if isinstance(error, KeyboardInterrupt):
            raise
    finally:
        signal.alarm(0)
    took = time.perf_counter() - begun
    grown = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    if took > SECONDS or grown > BYTES:
        return Outcome("too large", f"{took:.1f} s, {grown / 1e6:.0f} MB; {found}")
    return found


def _outcome(folder: Path) -> Outcome:
    problems = check_case(folder)
    errors = [str(problem) for problem in problems if problem.severity == "error"]
    if errors:
        longest = max(errors, key=len)
        return Outcome("told", f"a message of {len(longest)} signs: {longest[:200]}" if len(longest) > 1000 else "")
    try:
        solution = solve(read_case(folder))
    except InfeasibleError as error:
        return Outcome("infeasible", "a nan in: " + str(error)[:200] if "nan" in str(error) else "")
    except InputError as error:
        return Outcome("told", "" if error.problems else "nothing told")
    except LempartError as error:
        return Outcome("no answer", f"{type(error).__name__}: {str(error)[:300]}")
    totals = [item.total for item in solution.search.evaluated]
    wrong = not totals or any(math.isnan(total) for total in totals) or not math.isfinite(min(totals))
    return Outcome("solved", f"totals {totals[:5]}" if wrong else "")


def late(*_: object) -> None:
    """End what takes too long."""
    raise TimeoutError(f"more than {SECONDS} s")


def main() -> None:
    """Run the seeds and print the failures and how many ended how."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder for the cases that failed")
    parser.add_argument("--minutes", type=float, default=math.inf)
    options = parser.parse_args()
    signal.signal(signal.SIGALRM, late)
    warnings.simplefilter("ignore")
    kinds: Counter[str] = Counter()
    failures, begun, slowest = 0, time.perf_counter(), 0.0
    for seed in range(options.first, options.first + options.count):
        if time.perf_counter() - begun > 60 * options.minutes:
            break
        with tempfile.TemporaryDirectory() as name:
            make(seed, Path(name))
            start = time.perf_counter()
            found = outcome(Path(name))
            slowest = max(slowest, time.perf_counter() - start)
            kinds[found.kind] += 1
            if found.failure:
                failures += 1
                print(f"seed {seed}: {found.kind}: {found.failure}", flush=True)
                if options.keep:
                    shutil.copytree(name, options.keep / str(seed), dirs_exist_ok=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{kinds.total()} inputs: {dict(kinds)}; {failures} failures; slowest {slowest:.1f} s, peak {peak:.0f} MB")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
