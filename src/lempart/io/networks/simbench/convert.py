"""Cases from SimBench codes such as ``1-LV-rural2--0-no_sw``, as a snapshot or with their profiles.

SimBench's data is under the Open Database License 1.0, contents under DbCL 1.0: a case made from it has to say so.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, Literal, Unpack

from lempart.arguments import Count, Many, Positive, checks_arguments
from lempart.errors import InputError
from lempart.io.networks.case import cases
from lempart.io.networks.network import Imported, ImportKeywords, ImportOptions
from lempart.io.networks.pandapower.rows import NetTables
from lempart.io.networks.pandapower.tables import PowerProfiles, Snapshot, network_of
from lempart.io.networks.simbench.profiles import series_of
from lempart.optional import needed


@checks_arguments
def from_simbench(
    code: str,
    *,
    start: str | None = None,
    steps: Many = 24,
    step_hours: Positive = 1.0,
    forecast: Literal["perfect", "day-lag"] = "perfect",
    week_roll_seed: Count | None = None,
    **options: Unpack[ImportKeywords],
) -> list[Imported]:
    """Return the case of a SimBench grid.

    Parameters
    ----------
    code
        The SimBench code, which names voltage level, grid, scenario and switches.
    start
        First moment of the horizon, in 2016 and local time: ``"2016-01-17"`` or ``"2016-01-17 06:00"``. None:
        one step with the powers of the grid's own tables (its peak load).
    steps, step_hours
        Length of the horizon; each step is the mean of its 15-minute values.
    forecast
        ``"perfect"``: the forecast is the realisation, as SimBench has nothing else. ``"day-lag"``: the
        forecast is the day before.
    week_roll_seed
        Shift each load's profile by a whole number of weeks from -4 to 4, drawn from this seed and the load's
        index: SimBench has few distinct household shapes, so pooled forecast errors would be too alike without.
    **options
        The fields of :class:`~lempart.io.ImportOptions`.

    Raises
    ------
    InputError
        If the code is unknown, the horizon lies outside 2016, or as
        :func:`~lempart.io.from_pandapower` does.
    """
    chosen = ImportOptions(**options)
    simbench = needed("simbench", "simbench", "from_simbench")
    known = simbench.collect_all_simbench_codes()
    if code not in known:
        near = ", ".join(get_close_matches(code, known, 3)) or known[0]
        raise InputError.of("code", f"SimBench has no grid {code!r}", f"Close to it: {near}.")
    net = simbench.get_simbench_net(code)
    profiles: PowerProfiles = Snapshot()
    if start is not None:
        absolute: dict[tuple[str, str], Any] = simbench.get_absolute_values(net, True)
        profiles = series_of(net, absolute, start, steps, step_hours, forecast, week_roll_seed)
    named: ImportKeywords = {**options, "name": chosen.name or code}
    return cases(network_of(NetTables(net), profiles, chosen.ignore_elements), ImportOptions(**named))
