"""The answer for a case: search, costs and stability joined in one result."""

from lempart.result.solution import DeviationName, Solution, deviation_model, solve
from lempart.result.to_json import partition_json, solution_json

__all__ = ["DeviationName", "Solution", "deviation_model", "partition_json", "solution_json", "solve"]
