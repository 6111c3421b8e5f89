"""``lempart report``."""

from __future__ import annotations

from pathlib import Path

import click
from click.core import ParameterSource

from lempart.atomic import write_text
from lempart.cli.streams import write_utf8_document
from lempart.cli.tables import console, say
from lempart.cli.targets import must_be_writable
from lempart.errors import InputError
from lempart.io.opening import read_bytes
from lempart.report import page_html, read_page

_MADE_BY, _HEAD = b'<meta name="generator" content="lempart report">', 2_000


@click.command(help="Write one HTML file, to be opened from a mail, of the results in FOLDER.")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("report.html"),
    show_default=True,
    help="The file to write ('-': stdout).",
)
@click.option("--pictures/--no-pictures", default=True, show_default=True, help="Draw pictures; they add about 1 MB.")
def report(folder: Path, out: Path, pictures: bool) -> None:
    """Write the report of a result or a study."""
    must_be_writable(out, folder)
    if click.get_current_context().get_parameter_source("out") is ParameterSource.DEFAULT:
        _require_ours(out)
    page = read_page(folder, pictures=pictures)
    if str(out) == "-":
        write_utf8_document(page_html(page))
        return
    try:
        write_text(out, page_html(page))
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError.of(str(out), f"can't be written: {reason}", "What was there before is unchanged.") from error
    shown = console()
    say(shown, " ".join(page.scenes[0].answer), "bold")
    for note in page.notes:
        say(shown, note)
    say(shown, f"Written to {out}.")


def _require_ours(out: Path) -> None:
    """Raise InputError where a file of the name that nobody asked for isn't a report."""
    if out.exists() and _MADE_BY not in read_bytes(out)[:_HEAD]:
        raise InputError.of(str(out), "wasn't written by lempart report", "Name the file to write with --out.")
