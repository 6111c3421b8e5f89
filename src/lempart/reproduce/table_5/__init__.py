"""Table V and the neighbourhood study behind it (Section VII-B), on public data."""

from lempart.reproduce.table_5.day import Day, Evaluation, SolvedDay, braces, kind_of, near_ties, solve_day
from lempart.reproduce.table_5.plan import SEEDS, VARIATIONS, all_days, coldest_day, fortnights, options_of, study_of
from lempart.reproduce.table_5.study import run_days, stored_days
from lempart.reproduce.table_5.tables import SEASONS, day_tables, month_of, study_tables

__all__ = [
    "SEASONS",
    "SEEDS",
    "VARIATIONS",
    "Day",
    "Evaluation",
    "SolvedDay",
    "all_days",
    "braces",
    "coldest_day",
    "day_tables",
    "fortnights",
    "kind_of",
    "month_of",
    "near_ties",
    "options_of",
    "run_days",
    "solve_day",
    "stored_days",
    "study_of",
    "study_tables",
]
