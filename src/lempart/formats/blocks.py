"""How files name coalitions and partitions: by their players' names."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from lempart.formats.typed import Least

Names: TypeAlias = Annotated[tuple[str, ...], Least(1)]
Blocks: TypeAlias = Annotated[tuple[Names, ...], Least(1)]
