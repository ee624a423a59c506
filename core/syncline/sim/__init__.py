"""Simulated vendors: one exchange type, a loopback server, an in-process transport, faults, a clock, kills.

A simulated vendor is an `App`: a function from `SimRequest` to `SimResponse`. The same function is served over
HTTP (`syncline.sim.server.serve`) or called inside the process (`syncline.sim.transport.SimTransport`), and is
wrapped to misbehave (`syncline.sim.faults`).
"""

from syncline.sim.app import App, SimRequest, SimResponse, Traffic, Wire, WireFault
from syncline.sim.clock import SimClock

__all__ = ["App", "SimClock", "SimRequest", "SimResponse", "Traffic", "Wire", "WireFault"]
