"""Draw all pictures of the documentation: run the code of docs/gallery.md, which names each picture it makes.

Run from anywhere, with the extra "plot" installed:  python scripts/draw_gallery.py [FOLDER]
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"
README_PICTURE = "rural-feeder-5.svg"


def blocks(page: Path) -> list[str]:
    """Return the Python code on a page, block by block."""
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def draw(folder: Path) -> None:
    """Run the gallery's code in a folder, which the pictures are written to."""
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    names: dict[str, object] = {}
    for number, code in enumerate(blocks(DOCS / "gallery.md"), 1):
        exec(compile(code, f"gallery.md, block {number}", "exec"), names)


def main() -> None:
    """Draw into the documentation, or into the folder named on the command line."""
    if len(sys.argv) > 1:
        draw(Path(sys.argv[1]).resolve())
        return
    draw(DOCS / "images" / "gallery")
    Path(README_PICTURE).replace(DOCS / "images" / README_PICTURE)


if __name__ == "__main__":
    main()
