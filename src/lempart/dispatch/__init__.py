"""The two stages of the dispatch: ex-ante optimal power flow, ex-post evaluation."""

from lempart._renamed import renamed
from lempart.dispatch.batch import DispatchBatch
from lempart.dispatch.batch_result import BatchCounts, DispatchedBatch
from lempart.dispatch.devices import DeviceBlock, DeviceContext
from lempart.dispatch.exante import ExAnteModel, build_ex_ante
from lempart.dispatch.exclusive import dispatch
from lempart.dispatch.lazy import LazyDispatcher
from lempart.dispatch.network import voltage_nodes
from lempart.dispatch.problem import DispatchProblem, Exchanges, Exclusive, Losses, LossShift, Tariffs, Territory
from lempart.dispatch.series import DispatchSeries
from lempart.dispatch.solution import Dispatch, PriceMap
from lempart.dispatch.storage import Burning, Storage
from lempart.dispatch.taxed_flows import FlowBook, TaxedFlows
from lempart.dispatch.together import DispatchTogether

__getattr__ = renamed(
    __name__,
    {"RealizedState": "lempart.grid.RealizedState", "realized_state": "lempart.grid.realized_state"},
)

__all__ = [
    "BatchCounts",
    "Burning",
    "DeviceBlock",
    "DeviceContext",
    "Dispatch",
    "DispatchBatch",
    "DispatchProblem",
    "DispatchSeries",
    "DispatchTogether",
    "DispatchedBatch",
    "ExAnteModel",
    "Exchanges",
    "Exclusive",
    "FlowBook",
    "LazyDispatcher",
    "LossShift",
    "Losses",
    "PriceMap",
    "Storage",
    "Tariffs",
    "TaxedFlows",
    "Territory",
    "build_ex_ante",
    "dispatch",
    "voltage_nodes",
]
