"""The page as one file: template, style, scripts and data put together, and a policy that lets nothing out."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from importlib.resources import files
from string import Template

from lempart.arguments import checks_arguments
from lempart.plot import theme
from lempart.plot.colours import MARKETS, ThemeName
from lempart.report.embed import json_text, page_json
from lempart.report.figures_section import figures_section
from lempart.report.losses_section import losses_section
from lempart.report.pictures import charts_script
from lempart.report.rows import Page

SCRIPTS = (
    "format.js",
    "structure.js",
    "dom.js",
    "feeder.js",
    "markets.js",
    "outcome.js",
    "search.js",
    "table.js",
    "scenes.js",
    "pictures.js",
    "main.js",
)
"""In the order in which they need each other; together they are one script."""

THEMES: tuple[ThemeName, ...] = ("light", "dark")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"


@checks_arguments
def page_html(page: Page) -> str:
    """Return a self-contained HTML document: no address in it is ever fetched."""
    script, charts = _script(), charts_script() if page.pictures else ""
    allowed = " ".join(f"'sha256-{_digest(text)}'" for text in (script, charts) if text)
    first = page.scenes[0]
    return Template(_asset("page.html")).substitute(
        policy=f"{POLICY}; script-src {allowed}",
        title=escape(f"{page.title}: local energy markets"),
        heading=escape(page.title),
        answer=" ".join(f"<span>{escape(sentence)}</span>" for sentence in first.answer),
        why="".join(f"<li>{escape(text)}</li>" for text in first.why),
        evidence="Partitions that won a draw" if page.kind == "search" else "All evaluated partitions",
        losses="" if page.losses is None else losses_section(page.losses, page.currency),
        figures="" if page.figures is None else figures_section(page.figures),
        facts="".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in page.facts),
        notes="".join(f"<p>{escape(note)}</p>" for note in page.notes),
        style=_colours() + _asset("style.css"),
        data=page_json(page),
        themes=json_text({name: theme(name) for name in THEMES} if page.pictures else {}),
        script=script,
        charts=f"<script>{charts}</script>" if charts else "",
    )


def _colours() -> str:
    """Return the markets' colours as style rules: those of every other picture, by theme, and by the first member."""
    light, dark = (
        "".join(f"--m{at}:{colour};--t{at}:{_on(colour)};" for at, colour in enumerate(MARKETS[name]))
        for name in THEMES
    )
    uses = "".join(f".m{at}{{--m:var(--m{at});--t:var(--t{at})}}" for at in range(len(MARKETS["light"])))
    return f":root{{{light}}}[data-theme=dark]{{{dark}}}@media print{{:root,[data-theme=dark]{{{light}}}}}{uses}\n"


def _on(colour: str) -> str:
    """Return black or white, whichever is easier to read on a colour (WCAG relative luminance)."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#fff" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else "#000"


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _script() -> str:
    parts = "\n".join(f"// {name}\n{_asset(name)}" for name in SCRIPTS)
    return f'(() => {{\n"use strict";\n{parts}\n}})();'


def _asset(name: str) -> str:
    return (files("lempart.report") / "page" / name).read_text(encoding="utf-8")
