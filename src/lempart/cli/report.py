"""``lempart report``."""

from __future__ import annotations

from pathlib import Path

import click

from lempart.atomic import write_text
from lempart.cli.common import must_be_writable
from lempart.cli.tables import console, say
from lempart.errors import InputError
from lempart.report import page_html, read_page


@click.command(help="Write one HTML file, to be opened from a mail, of the results in FOLDER.")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("report.html"),
    show_default=True,
    help="The file to write.",
)
@click.option("--pictures/--no-pictures", default=True, show_default=True, help="Draw pictures; they add about 1 MB.")
def report(folder: Path, out: Path, pictures: bool) -> None:
    """Write the report of a result or a study."""
    must_be_writable(out)
    page = read_page(folder, pictures=pictures)
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
