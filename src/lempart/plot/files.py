"""Charts as files: PNG, SVG and PDF without a browser, or the specification as JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Protocol

from lempart.arguments import checks_arguments
from lempart.atomic import write_bytes
from lempart.errors import InputError, UsageError
from lempart.optional import needed
from lempart.plot.colours import ThemeName
from lempart.plot.themes import theme as theme_config


class Drawn(Protocol):
    """An Altair chart, of any of its several top-level classes."""

    description: Any

    def to_dict(self) -> dict[str, Any]:
        """Return its Vega-Lite specification."""
        ...


SUFFIXES = (".svg", ".png", ".pdf", ".json")
PNG_SCALE = 2.0
_CLIP = re.compile(r'(?<=id=")clip\d+(?=")|(?<=url\(#)clip\d+(?=\))')


@checks_arguments
def spec(chart: Drawn, theme: ThemeName = "light") -> dict[str, Any]:
    """Return the Vega-Lite specification of a chart, with its data, for a light or dark background.

    Parameters
    ----------
    chart
        A chart of this package, or any Altair chart.
    theme
        ``"light"`` or ``"dark"``: what background it is for.
    """
    found: dict[str, Any] = chart.to_dict()
    found["config"] = theme_config(theme)
    return found


@checks_arguments
def render(chart: Drawn, suffix: str, theme: ThemeName = "light") -> bytes:
    """Return a chart as the content of a file; the same chart gives the same SVG, byte by byte.

    Parameters
    ----------
    chart
        A chart of this package, or any Altair chart.
    suffix
        ``".svg"``, ``".png"`` (two pixels per unit), ``".pdf"`` or ``".json"``, the specification.
    theme
        ``"light"`` or ``"dark"``: what background it is for.

    Raises
    ------
    InputError
        When vl-convert isn't installed.
    UsageError
        When the suffix is none of the four.
    """
    if suffix not in SUFFIXES:
        raise UsageError(f"suffix {suffix!r:.60}: a picture is one of {', '.join(SUFFIXES)}")
    drawn = spec(chart, theme)
    if suffix == ".json":
        return (json.dumps(drawn, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()
    converter = _converter()
    if suffix == ".png":
        return bytes(converter.vegalite_to_png(drawn, scale=PNG_SCALE))
    if suffix == ".pdf":
        return bytes(converter.vegalite_to_pdf(drawn))
    return _renumbered(converter.vegalite_to_svg(drawn)).encode()


@checks_arguments
def save(chart: Drawn, path: str | Path, theme: ThemeName = "light") -> Path:
    """Write a chart as PNG, SVG, PDF or JSON (by the suffix), whole or not at all; return the path.

    Parameters
    ----------
    chart
        A chart of this package, or any Altair chart.
    path
        A file in a folder that exists; its suffix is the format.
    theme
        ``"light"`` or ``"dark"``: what background it is for.

    Raises
    ------
    InputError
        When vl-convert isn't installed, or the file can't be written.
    UsageError
        When the path has another suffix.
    """
    target = Path(path)
    data = render(chart, target.suffix.lower(), theme)
    try:
        write_bytes(target, data)
    except OSError as error:
        reason = error.strerror or str(error)
        remedy = "Name a file in a folder that exists."
        raise InputError.of(str(target), f"can't be written: {reason}", remedy) from error
    return target


def javascript_bundle() -> str:
    """Return the JavaScript that shows specifications in a page without a network: Vega, Vega-Lite, Vega-Embed.

    It defines ``vegaEmbed``, ``vega`` and ``vegaLite`` on ``window``; put it into a ``<script>`` element.

    Raises
    ------
    InputError
        When vl-convert isn't installed.
    """
    code: str = _converter().javascript_bundle()
    return code


def _converter() -> Any:
    return needed("vl_convert", "plot", "pictures")


def _renumbered(svg: str) -> str:
    """Return the SVG with clip paths counted from 0; the renderer counts on from picture to picture."""
    seen: dict[str, str] = {}
    return _CLIP.sub(lambda found: seen.setdefault(found[0], f"clip{len(seen)}"), svg)
