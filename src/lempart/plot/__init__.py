"""Pictures: one chart definition for the report, notebooks and papers."""

from lempart.plot.colours import look
from lempart.plot.costs import costs
from lempart.plot.feeder import feeder
from lempart.plot.save import javascript_bundle, render, save, spec
from lempart.plot.themes import theme

__all__ = ["costs", "feeder", "javascript_bundle", "look", "render", "save", "spec", "theme"]
