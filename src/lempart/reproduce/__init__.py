"""The paper's examples, tables and theorem, recomputed."""

from lempart.reproduce.comparison import Comparison, Row
from lempart.reproduce.examples import example_1, example_2
from lempart.reproduce.theorem import theorem_1

__all__ = ["Comparison", "Row", "example_1", "example_2", "theorem_1"]
