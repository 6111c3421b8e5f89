"""Cases from pandapower networks (a net object, or the JSON file that ``pandapower.to_json`` writes)."""

from __future__ import annotations

from io import StringIO
from os import PathLike
from pathlib import Path
from typing import Any, Unpack

from lempart.errors import InputError
from lempart.io.network import Imported, ImportKeywords, ImportOptions
from lempart.io.network_case import cases
from lempart.io.opening import read_text
from lempart.io.pandapower_tables import Snapshot, network_of


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
        A pandapower net, or the path of its JSON file.
    **options
        The fields of :class:`~lempart.io.network.ImportOptions`.

    Raises
    ------
    InputError
        Naming every loop, customer without supply, line without rating, bus without voltage band, and every kind of
        element that has no counterpart here.
    """
    chosen = ImportOptions(**options)
    if isinstance(net, str | PathLike):
        net = read_json(Path(net))
    return cases(network_of(net, Snapshot(net), chosen.ignore_elements), chosen)


def read_json(path: Path) -> Any:
    """Return the pandapower net stored at ``path``.

    Raises
    ------
    InputError
        If there is no such file, it isn't a pandapower network, or pandapower isn't installed.
    """
    pandapower = require("pandapower", "import")
    try:
        text = read_text(path)
    except FileNotFoundError:
        raise InputError.of(str(path), "no such file", "Give the JSON file that pandapower.to_json wrote.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        remedy = "Give the JSON file that pandapower.to_json wrote."
        raise InputError.of(str(path), f"can't be opened: {reason}", remedy) from None
    try:
        net = pandapower.from_json(StringIO(text))
    except Exception as error:  # pandapower lets through whatever its JSON hooks happen to raise
        message = f"can't be read as a pandapower network ({type(error).__name__}: {error})"
        raise InputError.of(str(path), message, "Write it with pandapower.to_json.") from error
    if not hasattr(net, "bus") or not hasattr(net, "ext_grid"):
        raise InputError.of(str(path), "holds no pandapower network", "Write it with pandapower.to_json.")
    return net


def require(module: str, extra: str) -> Any:
    """Return an optional package, or say which extra brings it."""
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError as error:
        message = f"this import needs the package {module}, which isn't installed ({error})"
        raise InputError.of(module, message, f"pip install 'lempart[{extra}]'.") from error
