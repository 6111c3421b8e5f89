"""Long studies: many random scenarios of a case, or many cases; stoppable, resumable, the same on any machine."""

from lempart._renamed import renamed
from lempart.study.phase.crossings import Crossings, crossings
from lempart.study.phase.diagram import PhaseDiagram, Winners, phase_diagram
from lempart.study.phase.phase_json import phase_json
from lempart.study.phase.sign_changes import Crossing
from lempart.study.phase.source import StudyTotals, read_totals
from lempart.study.plan.search_plan import SearchPlan, plan_of
from lempart.study.plan.study_plan import StudyPlan
from lempart.study.run.cluster import DaskCluster
from lempart.study.run.run import StudyRun, run_study
from lempart.study.spec.scenario_options import ScenarioOptions
from lempart.study.spec.spec import Axis, StudySpec
from lempart.study.spec.spec_file import read_study
from lempart.study.statistics.search_statistics import SearchStatistics, Winner, search_statistics
from lempart.study.statistics.statistics import PointStatistics, study_statistics
from lempart.study.statistics.statistics_json import (
    read_statistics,
    search_statistics_json,
    statistics_json,
    write_statistics,
)
from lempart.study.store.zarr_store import open_results

__all__ = [
    "Axis",
    "Crossing",
    "Crossings",
    "DaskCluster",
    "PhaseDiagram",
    "PointStatistics",
    "ScenarioOptions",
    "SearchPlan",
    "SearchStatistics",
    "StudyPlan",
    "StudyRun",
    "StudySpec",
    "StudyTotals",
    "Winner",
    "Winners",
    "crossings",
    "open_results",
    "phase_diagram",
    "phase_json",
    "plan_of",
    "read_statistics",
    "read_study",
    "read_totals",
    "run_study",
    "search_statistics",
    "search_statistics_json",
    "statistics_json",
    "study_statistics",
    "write_statistics",
]

__getattr__ = renamed(
    __name__,
    {
        "Cluster": "DaskCluster",
        "Frame": "StudyPlan",
        "SearchFrame": "SearchPlan",
        "branches": "lempart.study.draw.branches",
        "frame_of": "plan_of",
    },
)
