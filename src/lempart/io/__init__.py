"""Files in and out.

``case_files`` has the case folder, ``tables`` the CSV and Parquet files beside it, ``networks`` what other programs
write (pandapower, SimBench, MATPOWER). Every input is opened by
``opening``, every JSON document checked by ``stored_json``.
"""

from lempart.io.case_files.reader import check_case, read_case
from lempart.io.case_files.writer import keep_copy, write_case
from lempart.io.networks.matpower.convert import from_matpower
from lempart.io.networks.network import DEFAULT_MARKET, Imported, ImportKeywords, ImportOptions
from lempart.io.networks.pandapower.convert import from_pandapower
from lempart.io.networks.simbench.convert import from_simbench

__all__ = [
    "DEFAULT_MARKET",
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
