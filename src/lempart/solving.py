"""From a case to the optimal stable partition: one call, one result."""

from __future__ import annotations

from lempart._renamed import renamed_arguments
from lempart.arguments import Many, checks_arguments
from lempart.case import Case, case_hash
from lempart.conic import SolverSettings
from lempart.cost import CostsLike, cost_model, shared_over
from lempart.deviations import DeviationLike, belief_of
from lempart.errors import InfeasibleError
from lempart.result.nothing_viable import nothing_viable
from lempart.result.solution import Solution
from lempart.search import Progress, SearchMethod, StopRule, never, search_of, silent


@renamed_arguments({"method": "search", "settings": "solver"})
@checks_arguments
def solve(
    case: Case,
    search: SearchMethod | str = "auto",
    *,
    deviation: DeviationLike = "inertia",
    costs: CostsLike = "market",
    stop: StopRule = never,
    progress: Progress = silent,
    solver: SolverSettings | None = None,
    workers: Many = 1,
) -> Solution:
    """Find the optimal stable partition of a case (Problem II), with costs, bills and proof.

    Each of ``search``, ``deviation`` and ``costs`` is a name or an object, your own included (see the page on
    extending lempart).

    Parameters
    ----------
    case
        What is given: see :func:`~lempart.read_case`.
    search
        How to search: ``"auto"``, ``"exhaustive"``, ``"tree"``, ``"bounded"``, ``"local"``, or an object with
        ``search``, such as ``Exhaustive(all_cores=True)``.
    deviation
        What a deviating coalition expects of the others: ``"inertia"``, ``"dissolve"``, ``"optimistic"``,
        ``"pessimistic"``, an object with ``worth``, or a class that makes one of the costs and the family of
        partitions. Without externalities the named ones agree.
    costs
        What coalitions pay: ``"market"`` (as the case's market says), ``"with-externalities"`` (Eq 8),
        ``"without-externalities"`` (Eq 9), an object with ``cost`` or with ``total`` and ``coalition_cost``, or a
        class that makes one of the case.
    stop
        Asked between two steps: a text is the reason to stop, ``""`` means go on. See
        :func:`~lempart.search.after_seconds`.
    progress
        Told how far it is: ``progress(phase, done, total)``.
    solver
        Tolerances and choice of the solver of convex programs.
    workers
        Over how many processes dispatches of the whole grid are shared, where limits couple a case with externalities,
        and what bounds take; all other costs are found in this process. The result is the same, bit for bit. A script
        that asks for more than one begins with ``if __name__ == "__main__":``, as Python's own pools of processes ask
        for.

    Returns
    -------
    Solution
        The optimal and the optimal stable partition, total cost ``Phi`` in the case's currency over its horizon
        (positive: to be paid), coalition costs ``phi``, verdicts on cores with certificates, and what is proven.

    Raises
    ------
    UsageError
        An argument is of another type, or names what doesn't exist.
    InfeasibleError
        When the forecast can't be met by any partition.
    SolverError
        When a dispatch can't be solved to tolerance.

    Examples
    --------
    >>> from lempart import read_case, shipped_case_path, solve
    >>> solution = solve(read_case(shipped_case_path("example-2")))
    >>> solution
    <Solution of 'example-2': {{P1}, {P2, P3}} at 241.00 CHF (proven)>
    >>> solution.names()
    [['P1'], ['P2', 'P3']]
    >>> round(solution.cost().total, 2)
    241.0
    """
    model = cost_model(case, costs, solver)
    name, belief = belief_of(model, deviation)
    with shared_over(model, workers):
        found = search_of(search).search(model.prepared.family, model, belief, stop=stop, progress=progress)
        if workers > 1:  # who pays the answer is asked for next: there are processes for that here
            for best in (*found.optimal[:1], *found.optimal_stable[:1]):
                model.partition(best.partition)
    if not found.optimal and not found.stopped:
        raise InfeasibleError(nothing_viable(model, found.evaluated))
    meant = model.prepared.case  # with the market that the costs were asked for by name
    return Solution(meant, case_hash(meant), model, name, belief, found)
