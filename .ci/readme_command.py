"""Print one of the README's commands for a fresh machine: the code block that follows ``<!-- run: NAME -->``."""

from __future__ import annotations

import re
import sys
from pathlib import Path

readme = Path(__file__).parent.parent.joinpath("README.md").read_text(encoding="utf-8")
found = re.search(rf"<!-- run: {re.escape(sys.argv[1])} -->\s*```\w*\n(.*?)```", readme, re.DOTALL)
if found is None:
    sys.exit(f"README.md has no block marked 'run: {sys.argv[1]}'")
print(found.group(1))
