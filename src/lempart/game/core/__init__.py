"""The core of one coalition: an allocation that no group would leave, or a proof that there is none."""

from lempart.game.core.verdicts import DEFAULT_TOLERANCE, Method, Players, core_verdict, has_core, priced_rows

__all__ = ["DEFAULT_TOLERANCE", "Method", "Players", "core_verdict", "has_core", "priced_rows"]
