"""An Amplitude project in memory, written from the vendor's documents and recorded answers, never from our client."""

from syncline_connectors.amplitude.simulator.charts import CALM, Quirks
from syncline_connectors.amplitude.simulator.errors import Refusal
from syncline_connectors.amplitude.simulator.service import HOSTS, AmplitudeSimulator

__all__ = ["CALM", "HOSTS", "AmplitudeSimulator", "Quirks", "Refusal"]
