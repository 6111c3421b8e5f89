"""How wrong the linear model is: a dispatch replayed through the exact AC power flow."""

from lempart._renamed import renamed
from lempart.ac.check import AcCheck, Margins, check_ac
from lempart.ac.comparison import PowerFlowComparison, Violations
from lempart.ac.power_flow import AcState, ac_power_flow
from lempart.ac.to_json import ac_json

__all__ = [
    "AcCheck",
    "AcState",
    "Margins",
    "PowerFlowComparison",
    "Violations",
    "ac_json",
    "ac_power_flow",
    "check_ac",
]

__getattr__ = renamed(__name__, {"Comparison": "PowerFlowComparison"})
