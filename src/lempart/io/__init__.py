"""Other people's formats: the case folder, pandapower, SimBench, MATPOWER."""

from lempart.io.case_file import check_case, read_case
from lempart.io.case_writer import write_case

__all__ = ["check_case", "read_case", "write_case"]
