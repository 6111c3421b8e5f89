"""Time Algorithm 1 on eight players: the last eight homes of rural-feeder-5, 610 partitions, all cores.

Run from the repository's root:  python benchmarks/exhaustive_eight.py
"""

from __future__ import annotations

import resource
import time
from dataclasses import replace

from lempart import Case, read_case, shipped_case_path, solve
from lempart.search import Exhaustive

PLAYERS = 8


def main() -> None:
    """Solve and print time, memory and answer."""
    case = read_case(shipped_case_path("rural-feeder-5"))
    last = next(prosumer.node for prosumer in reversed(case.prosumers) if prosumer.player)
    path = path_to_pcc(case, last)
    on_path = [prosumer for prosumer in case.prosumers if prosumer.node in path]
    chosen = {p.name for p in sorted(on_path, key=lambda p: (not p.player, path.index(p.node)))[:PLAYERS]}
    people = tuple(replace(prosumer, player=prosumer.name in chosen) for prosumer in case.prosumers)
    started = time.perf_counter()
    solution = solve(replace(case, prosumers=people), Exhaustive(all_cores=True))
    seconds = time.perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(solution)
    print(f"{solution.search.partition_count} partitions with all cores: {seconds:.1f} s, peak memory {memory:.0f} MB")


def path_to_pcc(case: Case, node: str) -> list[str]:
    """Return the buses from a bus up to the PCC."""
    up = {line.to_node: line.from_node for line in case.grid.lines}
    path = [node]
    while path[-1] in up:
        path.append(up[path[-1]])
    return path


if __name__ == "__main__":
    main()
