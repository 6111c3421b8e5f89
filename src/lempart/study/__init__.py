"""Long studies: many random scenarios of a case, or many cases; stoppable, resumable, the same on any machine."""

from lempart.study.cluster import Cluster
from lempart.study.frame import Frame
from lempart.study.phase import PhaseDiagram, Winners, phase_diagram
from lempart.study.phase_crossings import Crossings, crossings
from lempart.study.phase_json import phase_json
from lempart.study.phase_source import StudyTotals, read_totals
from lempart.study.run import StudyRun, run_study
from lempart.study.runner import Task, run_tasks
from lempart.study.search_frame import SearchFrame, frame_of
from lempart.study.search_statistics import SearchStatistics, Winner, search_statistics, search_statistics_json
from lempart.study.sign_changes import Crossing
from lempart.study.spec import Axis, StudySpec
from lempart.study.spec_file import read_study
from lempart.study.statistics import PointStatistics, study_statistics
from lempart.study.statistics_json import read_statistics, statistics_json, write_statistics
from lempart.study.store import RecordStore, read_records
from lempart.study.zarr_store import open_results

__all__ = [
    "Axis",
    "Cluster",
    "Crossing",
    "Crossings",
    "Frame",
    "PhaseDiagram",
    "PointStatistics",
    "RecordStore",
    "SearchFrame",
    "SearchStatistics",
    "StudyRun",
    "StudySpec",
    "StudyTotals",
    "Task",
    "Winner",
    "Winners",
    "crossings",
    "frame_of",
    "open_results",
    "phase_diagram",
    "phase_json",
    "read_records",
    "read_statistics",
    "read_study",
    "read_totals",
    "run_study",
    "run_tasks",
    "search_statistics",
    "search_statistics_json",
    "statistics_json",
    "study_statistics",
    "write_statistics",
]
