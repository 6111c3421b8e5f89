"""Long studies: many cases, one record each, stoppable and resumable."""

from lempart.study.runner import Task, run_tasks
from lempart.study.store import RecordStore, read_records

__all__ = ["RecordStore", "Task", "read_records", "run_tasks"]
