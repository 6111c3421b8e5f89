"""Dispatches in which no battery charges and discharges in one step, by branch and bound over convex dispatches.

The convex dispatch comes first. If no battery burns energy in it, it solves the full problem. Else the search branches
on one battery and step that burns, charging alone or discharging alone, and opens the cheaper branch first; what is
left of a step that isn't decided is the hull of both. Each branch is a convex dispatch, tax cones, quadratic costs and
limits included, and bounds all that it holds. So the end is the cheapest dispatch, tie-break included: of equally cheap
ones that of least norm. Where that is the same, too, the branch that was opened first decides: steps that burn more
come before others, and charging before discharging.

The answer is the convex dispatch with all directions decided as they were found (charging, where a battery rests); its
duals are the prices.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from lempart._renamed import renamed_arguments
from lempart.arguments import checks_arguments
from lempart.conic import SolverSettings
from lempart.dispatch.devices import Directions
from lempart.dispatch.passes import in_passes
from lempart.dispatch.problem import DispatchProblem, Exclusive
from lempart.dispatch.solution import Dispatch, convex_dispatch
from lempart.dispatch.storage import Storage
from lempart.errors import GaveUpError, InfeasibleError
from lempart.text import some_of

WORTH_BRANCHING = 1e-9
"""Branches that are cheaper by less than this, relative to the cost, aren't opened."""

RESTS = 1e-7
"""A battery that moves less than this share of its power rests."""

Solve = Callable[[DispatchProblem], Dispatch]


@renamed_arguments({"settings": "solver"})
@checks_arguments
def dispatch(problem: DispatchProblem, solver: SolverSettings | None = None) -> Dispatch:
    """Solve the ex-ante problem (Eq 4, or Eq 9e under strict self-consumption).

    Parameters
    ----------
    problem
        The ex-ante problem (Eq 4 or Eq 9e, 9f): powers in MW and Mvar, positive into the grid.
    solver
        Tolerances and choice of the solver; None: the defaults.

    Raises
    ------
    InfeasibleError
        As :func:`lempart.dispatch.solution.convex_dispatch`, or when only burning energy in batteries would do.
    SolverError
        When no solver meets the tolerances; a :class:`lempart.errors.GaveUpError` when it takes too many dispatches to
        keep batteries from burning energy.
    """

    def one_pass(held: DispatchProblem) -> Dispatch:
        convex = convex_dispatch(held, solver)
        return without_burning(held, convex, lambda branch: convex_dispatch(branch, solver))

    return in_passes(problem, one_pass)


def without_burning(problem: DispatchProblem, convex: Dispatch, solve: Solve) -> Dispatch:
    """Return a dispatch in which no battery burns energy, if its problem asks for that; else the dispatch itself.

    Parameters
    ----------
    problem, convex
        What is asked, with all limits, and its convex dispatch, which may be one of fewer limits.
    solve
        Solves branches; raises :class:`InfeasibleError` for those without a dispatch.

    Raises
    ------
    InfeasibleError
        When the problem can only be met by charging and discharging at once.
    SolverError
        When a branch isn't solved; a :class:`lempart.errors.GaveUpError` when the cheapest dispatch wasn't proven after
        as many as are allowed.
    """
    asked = problem.exclusive
    if asked is None or convex.problem.directions is not None or not convex.burning:
        return convex
    return _Search(problem, convex, solve, asked).answer()


@dataclass(order=True)
class _Branch:
    """A dispatch with some directions decided; no dispatch that keeps to them costs less than ``cost``."""

    cost: float
    number: int
    solved: Dispatch = field(compare=False)


@dataclass
class _Search:
    problem: DispatchProblem
    convex: Dispatch
    solve: Solve
    asked: Exclusive
    solves: int = 0
    numbered: int = 0
    best: _Branch | None = None

    def answer(self) -> Dispatch:
        open_branches = [root] if (root := self._branch(_undecided(self.problem))) else []
        while open_branches and self._cheaper(open_branches[0]) and self.solves < self.asked.max_solves:
            self._dive(heapq.heappop(open_branches), open_branches)
        left = [branch for branch in open_branches if self._cheaper(branch)]
        gap = self._gap(left)
        if self.best is None:
            raise InfeasibleError(_ONLY_BY_BURNING.format(_names(self.convex)))
        try:
            found = self.solve(replace(self.problem, directions=_decided(self.best.solved)))
        except InfeasibleError:  # by less than what counts as burning
            found = self.best.solved
        return replace(found, convex=self.convex, gap=gap)

    def _dive(self, branch: _Branch, open_branches: list[_Branch]) -> None:
        """Follow the cheaper branch until nothing burns or nothing is gained any more; keep the others for later."""
        following: _Branch | None = branch
        while following is not None:
            if not following.solved.burning:
                self.best = following
                return
            pair = [made for directions in _split(following.solved) if (made := self._branch(directions)) is not None]
            worth = sorted(made for made in pair if self._cheaper(made))
            following = worth[0] if worth else None
            for other in worth[1:]:
                heapq.heappush(open_branches, other)

    def _branch(self, directions: Directions) -> _Branch | None:
        """Return a branch, None where it has no dispatch."""
        self.solves += 1
        self.numbered += 1
        try:
            solved = self.solve(replace(self.problem, directions=directions))
        except InfeasibleError:
            return None
        return _Branch(solved.solution.cost, self.numbered, solved)

    def _cheaper(self, branch: _Branch) -> bool:
        """Return whether a branch may hold a cheaper dispatch than the best found."""
        if self.best is None:
            return True
        program = self.convex.solution.program
        size = program.cost_scale + abs(self.best.cost - program.constant)
        return branch.cost < self.best.cost - WORTH_BRANCHING * size

    def _gap(self, left: list[_Branch]) -> float:
        """Return what of a cheaper dispatch wasn't ruled out; raises where it has to be."""
        if not left:
            return 0.0
        lowest = min(branch.cost for branch in left)
        gap = np.inf if self.best is None else self.best.cost - lowest
        if self.best is None or self.asked.proven:
            known = "none was found" if self.best is None else f"the cheapest found may cost {gap:.3g} too much"
            raise GaveUpError(_TOO_MANY.format(_names(self.convex), self.solves, known))
        return float(gap)


_TOO_MANY = (
    "batteries of {} would charge and discharge at once, and after {:,} dispatches without that {}: give them a cost "
    'for wear, fewer steps, or battery = "convex" in [dispatch], where results say how much they burn'
)
_ONLY_BY_BURNING = (
    "the forecast can only be met where batteries of {} charge and discharge at once to burn energy, which none can: "
    'add flexibility, or set battery = "convex" in [dispatch]'
)


def _names(solved: Dispatch) -> str:
    owners = dict.fromkeys(solved.problem.prosumers[one.prosumer].name for one in solved.burning)
    return some_of(list(owners), 5)


def _undecided(problem: DispatchProblem) -> Directions:
    storage = Storage.of(problem.prosumers, problem.steps, problem.step_hours)
    return {own.kind: np.zeros((len(own.prosumer), problem.steps), dtype=np.int64) for own in storage}


def _split(solved: Dispatch) -> Iterator[Directions]:
    """Yield both directions of the battery and step that burns most."""
    directions = solved.problem.directions
    assert directions is not None
    own, burnt = max(solved.burnt_mwh, key=lambda pair: float(pair[1].max()))
    kind = own.kind
    device, step = (int(at) for at in np.unravel_index(int(burnt.argmax()), burnt.shape))
    for way in (-1, 1):
        decided = directions[kind].copy()
        decided[device, step] = way
        yield {**directions, kind: decided}


def _decided(solved: Dispatch) -> Directions:
    """Return the directions that devices with losses take."""
    directions = solved.problem.directions
    assert directions is not None
    found = dict(directions)
    for own, _ in solved.burnt_mwh:
        (block,) = (block for block in solved.model.devices if block.kind == own.kind)
        injection = solved.solution.evaluate(block.active_mw).reshape(found[own.kind].shape)
        ways = np.where(injection > RESTS * own.power_mw, 1, -1)
        found[own.kind] = np.where(own.lossy[:, None], ways, 0)
    return found
