"""Long studies: many random scenarios of a case, or many cases; stoppable, resumable, the same on any machine."""

from lempart.study.frame import Frame
from lempart.study.run import StudyRun, run_study
from lempart.study.runner import Task, run_tasks
from lempart.study.spec import Axis, StudySpec
from lempart.study.spec_file import read_study
from lempart.study.statistics import PointStatistics, study_statistics
from lempart.study.statistics_json import statistics_json, write_statistics
from lempart.study.store import RecordStore, read_records
from lempart.study.zarr_store import open_results

__all__ = [
    "Axis",
    "Frame",
    "PointStatistics",
    "RecordStore",
    "StudyRun",
    "StudySpec",
    "Task",
    "open_results",
    "read_records",
    "read_study",
    "run_study",
    "run_tasks",
    "statistics_json",
    "study_statistics",
    "write_statistics",
]
