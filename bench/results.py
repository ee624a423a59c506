"""What was measured, and its medians."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench.contestants import Arrived
from bench.measure import Usage


@dataclass(frozen=True)
class Settings:
    """``changed`` issues are changed before the last step; ``latency`` is milliseconds a request."""

    issues: int = 20_000
    changed: int = 200
    latency: int = 0
    rounds: int = 3
    seed: int = 1


@dataclass(frozen=True)
class Step:
    """One step of one program in one round. ``in_flight`` is how many requests the server saw at once."""

    program: str
    step: str
    usage: Usage
    requests: int
    in_flight: int
    arrived: Arrived


@dataclass(frozen=True)
class Result:
    """Medians over the rounds in seconds and bytes; ``requests`` and ``in_flight`` are the largest seen."""

    wall: float
    cpu: float
    peak: float
    together: float
    requests: int
    in_flight: int


Results = dict[tuple[str, str], Result]
"""By program and step."""


def medians(steps: Sequence[Step]) -> Results:
    grouped: dict[tuple[str, str], list[Step]] = {}
    for step in steps:
        grouped.setdefault((step.program, step.step), []).append(step)
    return {key: _median(group) for key, group in grouped.items()}


def _median(group: Sequence[Step]) -> Result:
    return Result(
        wall=median(step.usage.wall for step in group),
        cpu=median(step.usage.cpu for step in group),
        peak=median(step.usage.peak for step in group),
        together=median(step.usage.together for step in group),
        requests=max(step.requests for step in group),
        in_flight=max(step.in_flight for step in group),
    )
