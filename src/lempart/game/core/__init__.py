"""The core of one coalition: an allocation that no group would leave, or a proof that there is none."""

from lempart.game.core.options import DEFAULT_TOLERANCE, CoreOptions, Method, Players
from lempart.game.core.verdicts import core_verdict, has_core, priced_rows

__all__ = ["DEFAULT_TOLERANCE", "CoreOptions", "Method", "Players", "core_verdict", "has_core", "priced_rows"]
