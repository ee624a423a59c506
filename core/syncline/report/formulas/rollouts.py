"""M21: how far a feature is rolled out, and since when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from fractions import Fraction
from itertools import pairwise

from syncline.report.formulas.days import day_of
from syncline.report.formulas.exact import Number, exact

LAUNCHED = Fraction(1)
FULL = Fraction(100)
STALE_DAYS = 30


@dataclass(frozen=True)
class Exposure:
    """From an aware instant on, ``percent`` of the users it is meant for, 0 to 100; None: the tool does not say."""

    at: datetime
    percent: Number | None


@dataclass(frozen=True)
class Step:
    """The exposure became ``percent`` at an instant."""

    at: datetime
    percent: Fraction


@dataclass(frozen=True)
class Rollout:
    """One flag in one environment. ``launch``: first day with 1 % or more; ``full``: first day with 100 %.

    ``rollbacks`` are the steps down after the launch; ``stale``: at 100 % for 30 days or longer, so the flag can go.
    """

    steps: tuple[Step, ...]
    launch: date | None
    full: date | None
    rollbacks: tuple[Step, ...]
    stale: bool

    @property
    def percent(self) -> Fraction | None:
        """M21: the exposure as of the report, 0 to 100."""
        return self.steps[-1].percent if self.steps else None

    @property
    def since(self) -> datetime | None:
        return self.steps[-1].at if self.steps else None


def rollout(exposures: Iterable[Exposure], as_of: datetime, zone: tzinfo) -> Rollout:
    """M21: the steps of a flag in one environment as of ``as_of``; days in the zone (our definitions).

    The launch is that of the production environment where its exposures are given. What a tool does not say, and
    what is outside 0 to 100, is passed over; a step to the same percentage is none.
    """
    steps: list[Step] = []
    for exposure in sorted(exposures, key=lambda one: one.at):
        percent = exact(exposure.percent)
        if exposure.at > as_of or percent is None or not 0 <= percent <= FULL:
            continue
        if not steps or steps[-1].percent != percent:
            steps.append(Step(exposure.at, percent))
    launch, full = _first(steps, LAUNCHED), _first(steps, FULL)
    seen = steps[steps.index(launch) :] if launch is not None else []
    rollbacks = tuple(after for before, after in pairwise(seen) if after.percent < before.percent)
    days = (day_of(as_of, zone) - day_of(steps[-1].at, zone)).days if steps else 0
    stale = bool(steps) and steps[-1].percent == FULL and days >= STALE_DAYS
    return Rollout(tuple(steps), _day(launch, zone), _day(full, zone), rollbacks, stale)


def _first(steps: Iterable[Step], percent: Fraction) -> Step | None:
    return next((step for step in steps if step.percent >= percent), None)


def _day(step: Step | None, zone: tzinfo) -> date | None:
    return None if step is None else day_of(step.at, zone)
