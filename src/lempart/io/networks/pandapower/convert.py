"""Cases from pandapower networks (a net object, or the JSON file that ``pandapower.to_json`` writes)."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any, Unpack

from lempart.arguments import checks_arguments
from lempart.io.networks.case import cases
from lempart.io.networks.network import Imported, ImportKeywords, ImportOptions
from lempart.io.networks.pandapower.json_file import read_tables
from lempart.io.networks.pandapower.rows import NetTables, Tables
from lempart.io.networks.pandapower.tables import Snapshot, network_of


@checks_arguments
def from_pandapower(net: Any, **options: Unpack[ImportKeywords]) -> list[Imported]:
    """Return a case of one step per external grid of a pandapower network.

    What LinDistFlow doesn't have is left out: line charging, magnetising currents, tap positions, phase shifts
    and the voltage dependence of loads; the PCC is at 1.0 p.u. whatever the external grid's set point (notes
    say where that matters). Loads draw ``p_mw x scaling``, forecast and realisation alike. Ratings are
    ``sqrt(3) V max_i_ka df parallel`` and ``sn_mva df parallel``; a ``max_i_ka`` of 100 kA or more is a
    placeholder and counts as absent.

    Parameters
    ----------
    net
        A pandapower net, or the path of its JSON file, which is read as plain data: nothing that it names is
        imported, run or opened, and pandapower isn't needed.
    **options
        The fields of :class:`~lempart.io.ImportOptions`.

    Raises
    ------
    InputError
        Naming every loop, customer without supply, line without rating, bus without voltage band, value that can't
        be used, and every kind of element that has no counterpart here; and files that are no pandapower network, or
        hold objects of other packages.
    """
    chosen = ImportOptions(**options)
    tables: Tables = read_tables(Path(net)) if isinstance(net, str | PathLike) else NetTables(net)
    return cases(network_of(tables, Snapshot(), chosen.ignore_elements), chosen)
