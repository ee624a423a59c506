"""A Linear workspace in memory, written from the vendor's documents and recorded answers, never from our client."""

from syncline_connectors.linear.simulator.limits import Allowance
from syncline_connectors.linear.simulator.quirks import CALM, Quirks
from syncline_connectors.linear.simulator.service import LinearSimulator

__all__ = ["CALM", "Allowance", "LinearSimulator", "Quirks"]
