"""Ctrl-C while the program is being loaded, when libraries turn it into errors of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from support.command_line import env

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

INTERRUPTED_AT_AN_IMPORT = """
import os, signal, sys
from lempart.cli import main

module, swallowed = sys.argv.pop(1), sys.argv.pop(1)

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == module:
            sys.meta_path.remove(self)
            try:
                os.kill(os.getpid(), signal.SIGINT)
            except KeyboardInterrupt:
                if swallowed == "turned":
                    raise ImportError("an interruption that became something else") from None
                if swallowed == "raised":
                    raise

signal.signal(signal.SIGINT, signal.default_int_handler)  # background jobs of a shell inherit that it is ignored
sys.meta_path.insert(0, Interrupting())
main()
"""


@pytest.mark.parametrize(
    ("module", "how"), [("click", "raised"), ("numpy", "raised"), ("numpy", "turned"), ("numpy", "lost")]
)
def test_the_code_is_130_whatever_became_of_it(module: str, how: str) -> None:
    """An interruption that is raised, becomes an ImportError, or is swallowed: code 130, no traceback, no excuse."""
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_AT_AN_IMPORT, module, how, "check", "example-1"],
        capture_output=True,
        text=True,
        env=env({}),
        timeout=120,
        check=False,
    )
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr
