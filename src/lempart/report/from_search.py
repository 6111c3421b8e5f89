"""From a study that searched every draw to a page: who won how many draws, and what the winners cost."""

from __future__ import annotations

from collections.abc import Mapping

from lempart.display import half_width
from lempart.formats.statistics import Interval, OutcomeFile, SearchPenaltyFile, SearchPointFile, SearchStatisticsFile
from lempart.partition import Partition, members
from lempart.report.feeder import feeder_rows
from lempart.report.limit import within
from lempart.report.rows import MarketRow, Page, PartitionRow, Scene, SearchRow, WonRow
from lempart.report.study_source import StudySource, blocks_of, study_facts, told_of_draws
from lempart.study.statistics.moments import wilson
from lempart.telling.study import searched_reasons, searched_sentences, without_answer

WON_AS = ("optimal", "optimal_stable")
Won = Mapping[str, tuple[float, Interval]]
"""Of a partition: the share of draws that it won, with its interval, by outcome."""


def search_page(source: StudySource, data: SearchStatisticsFile) -> Page:
    """Return the page of a study that searched every draw, and its statistics."""
    scenes, left_out = within([_scene(source, point, told) for point in data.points for told in point.penalties])
    return Page(
        kind="search",
        title=data.study.name,
        currency=data.currency,
        players=source.prepared.player_names,
        nodes=feeder_rows(source.prepared),
        single_boundary=source.prepared.family.single_boundary,
        deviation="inertia" if source.prepared.case.market.externalities else "none",
        axes=source.axes,
        scenes=scenes,
        evaluated=len({row.blocks for scene in scenes for row in scene.partitions}),
        partition_count=source.prepared.family.count(),
        facts=(*study_facts(source), ("Search of each draw", str(data.study.search))),
        notes=tuple(filter(None, (left_out, *told_of_draws(data.points)))),
    )


def _scene(source: StudySource, point: SearchPointFile, told: SearchPenaltyFile) -> Scene:
    won = _won(source, told, point.draws)
    rows = tuple(_row(whole, found) for whole, found in won.items())
    first = [_most(rows, outcome) for outcome in WON_AS]
    return Scene(
        partitions=rows,
        optimal=first[0],
        optimal_stable=first[1],
        answer=searched_sentences(told, source.data.currency),
        why=searched_reasons(told, point.draws),
        draws=point.draws,
        search=SearchRow(
            optimal=_won_row(told.optimal),
            optimal_stable=_won_row(told.optimal_stable),
            price=told.price_of_stability.mean,
            price_error=half_width(told.price_of_stability.standard_error),
            proven=told.proven,
        ),
    )


def _won(source: StudySource, told: SearchPenaltyFile, draws: int) -> dict[Partition, Won]:
    """Return every partition that won a draw either way, those that won most as optimal stable ones first."""
    never: tuple[float, Interval] = (0.0, wilson(0.0, draws))
    found: dict[Partition, dict[str, tuple[float, Interval]]] = {}
    for outcome, winners in (("optimal_stable", told.optimal_stable.winners), ("optimal", told.optimal.winners)):
        for winner in winners:
            if winner.partition is not None:
                own = found.setdefault(source.as_partition(winner.partition), dict.fromkeys(WON_AS, never))
                own[outcome] = (winner.share, winner.interval)
    return dict(sorted(found.items(), key=lambda item: [-item[1][outcome][0] for outcome in reversed(WON_AS)]))


def _row(whole: Partition, won: Won) -> PartitionRow:
    return PartitionRow(
        blocks=blocks_of(whole),
        total=None,
        stable=None,
        parts=None,
        markets=tuple(MarketRow(members(mask), None, None, None, None, "", ()) for mask in whole),
        shares={outcome: share for outcome, (share, _) in won.items()},
        intervals={outcome: interval for outcome, (_, interval) in won.items()},
    )


def _won_row(told: OutcomeFile) -> WonRow:
    error = half_width(told.standard_error)
    return WonRow(total=told.mean, error=error, parts=told.parts, none=without_answer(told), tied=told.tied)


def _most(rows: tuple[PartitionRow, ...], outcome: str) -> tuple[int, ...]:
    """Return which partitions won most draws; none where no draw has a winner."""
    shares = [0.0 if row.shares is None else row.shares[outcome] for row in rows]
    most = max(shares, default=0.0)
    return tuple(index for index, share in enumerate(shares) if share == most and most > 0.0)
