"""Other people's formats: the case folder, pandapower, SimBench, MATPOWER."""

from lempart.io.case_file import check_case, read_case
from lempart.io.case_writer import keep_copy, write_case
from lempart.io.matpower import from_matpower
from lempart.io.network import Imported, ImportKeywords, ImportOptions
from lempart.io.pandapower import from_pandapower
from lempart.io.simbench import from_simbench

__all__ = [
    "ImportKeywords",
    "ImportOptions",
    "Imported",
    "check_case",
    "from_matpower",
    "from_pandapower",
    "from_simbench",
    "keep_copy",
    "read_case",
    "write_case",
]
