"""The program behind the command line: one sub-command per file, loaded when it is called."""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Callable

import click

from lempart._version import __version__
from lempart.cli.exit_codes import INTERRUPTED
from lempart.cli.streams import discard_output, show_what_encodings_lack, tell
from lempart.errors import InputError, LempartError

COMMANDS = {
    "solve": "lempart.cli.solve:solve",
    "check": "lempart.cli.check:check",
    "cost": "lempart.cli.cost:cost",
    "study": "lempart.cli.study:study",
    "phase": "lempart.cli.phase:phase",
    "report": "lempart.cli.report:report",
    "bill": "lempart.cli.bill:bill",
    "plot": "lempart.cli.plot:plot",
    "check-ac": "lempart.cli.check_ac:check_ac_command",
    "import": "lempart.cli.importing:importing",
    "cases": "lempart.cli.cases:cases",
    "reproduce": "lempart.cli.reproduce:reproduce",
}

HELP = {
    "solve": "Find the optimal stable partition of a case.",
    "check": "Report every problem of a case.",
    "cost": "Show what one partition costs, part by part.",
    "study": "Run a Monte Carlo study: costs and stability over random scenarios.",
    "phase": "Show which partition is optimal over two axes of a study, and where they cross.",
    "report": "Write one HTML file of a result or a study.",
    "bill": "Show what every player pays, why, and whether anyone would leave.",
    "plot": "Draw the feeder, costs, partitions, bills, profiles, or a study's phases.",
    "check-ac": "Replay a dispatch through an exact AC power flow.",
    "import": "Make a case from a pandapower, SimBench or MATPOWER grid.",
    "cases": "List the cases that ship with lempart.",
    "reproduce": "Recompute the paper's examples and theorem.",
}


class _LazyGroup(click.Group):
    """A group whose commands are imported only when they are needed, so that ``--help`` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        if ctx.resilient_parsing or (ctx.invoked_subcommand is None and _asks_for_help()):
            return click.Command(cmd_name, help=HELP[cmd_name], short_help=HELP[cmd_name])
        module, name = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


def _asks_for_help() -> bool:
    return len(sys.argv) < 2 or sys.argv[1] in {"-h", "--help"}


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="lempart")
def group() -> None:
    """Tell which local energy markets should form on a distribution grid, what each costs, and whether they hold.

    CASE is a folder with a case.toml, such a file, or the name of a shipped case (see: lempart cases).
    Results go to standard output, progress to standard error.
    """


def run(interrupted: Callable[[], object]) -> int:
    """Run the command line and return its exit code; every error a user can meet becomes a message, not a traceback.

    Parameters
    ----------
    interrupted
        Whether an interruption has come. It decides what the exit code is, whatever became of it: an interrupted
        import may end as an ``ImportError``, and libraries may swallow it.
    """
    show_what_encodings_lack()
    try:
        code = int(group.main(prog_name="lempart", standalone_mode=False) or 0)
        if sys.stdout is not None:  # it is None where the shell closed it
            sys.stdout.flush()
    except BaseException as error:
        code = INTERRUPTED if interrupted() else _code_of(error)
    discard_output()
    return INTERRUPTED if interrupted() else code


def _code_of(error: BaseException) -> int:
    """Return the exit code of what ended the command, and say what a user has to know of it."""
    match error:
        case click.exceptions.Exit():
            return error.exit_code
        case click.ClickException():
            text = io.StringIO()
            error.show(text)
            tell(text.getvalue().removesuffix("\n"))
            return error.exit_code
        case click.Abort() | KeyboardInterrupt():
            return INTERRUPTED
        case LempartError():
            tell(f"lempart: {_told(error)}")
            return error.exit_code
        case BrokenPipeError() | SystemExit():
            # The reader of our output went away (click and rich turn that into an exit); nothing is wrong here.
            return 0
        case OSError():
            name = f" {error.filename}" if error.filename else ""
            tell(f"lempart: the file system refused:{name} {error.strerror or error}")
            return 1
    if os.environ.get("LEMPART_DEBUG"):
        raise error
    name = type(error).__name__
    tell(f"lempart: internal error, please report it: {name}: {error} (LEMPART_DEBUG=1 shows where)")
    return 3


def _told(error: LempartError) -> str:
    if not isinstance(error, InputError) or len(error.problems) == 1:
        return str(error)
    return "\n  ".join([f"{len(error.problems)} problems:", *(str(problem) for problem in error.problems)])
