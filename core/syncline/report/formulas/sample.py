"""M13: the sample a forecast goes by: what each step of the window finished."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from syncline.report.formulas.days import EVERY_DAY, ONE_DAY, WorkingDays, days_of
from syncline.report.formulas.refusal import Reason, Refusal

WEEK = 7


class Unit(StrEnum):
    """What is taken as independent of the next: days, or weeks, where one busy week makes the next more likely."""

    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True)
class Settings:
    """Printed with the forecast. ``window`` in days, cut to whole weeks, so that weekends weigh what they should.

    ``enough`` distinct days with a completion are needed. ``net`` takes done − added as the step. Days that
    ``working`` does not hold are left out of sample and horizon; a week then has as many days as are worked.
    """

    window: int = 84
    unit: Unit = Unit.DAY
    working: WorkingDays = EVERY_DAY
    net: bool = False
    enough: int = 5
    horizon_years: int = 2

    @property
    def days_per_step(self) -> int:
        """Worked days that make a step."""
        return max(1, len(self.working.weekdays)) if self.unit is Unit.WEEK else 1


@dataclass(frozen=True)
class Step:
    """Items done and added in one step."""

    done: int
    added: int = 0


@dataclass(frozen=True)
class Sample:
    """Steps from ``first`` to ``last``, oldest first. ``left_out`` counts what was done on days that are not worked.

    ``days_with_done`` are distinct days of the sample with a completion.
    """

    first: date
    last: date
    steps: tuple[Step, ...]
    days_with_done: int
    done: int
    left_out: int
    net: bool = False


def sample(
    done: Iterable[date],
    as_of: date,
    settings: Settings,
    added: Iterable[date] = (),
    known_from: date | None = None,
) -> Sample:
    """M13: the window's steps, from the days on which items were done and added (one entry for each item).

    The window ends with the day before ``as_of``, because today is not over. Where the history begins later, on
    ``known_from``, the window is shortened to whole weeks: days of which nothing is known are not days of nothing.
    """
    length = settings.window
    if known_from is not None:
        length = min(length, max(0, (as_of - known_from).days))
    length -= length % WEEK
    first, last = as_of - timedelta(days=length), as_of - ONE_DAY
    finished, arrived = Counter(done), Counter(added)
    every = list(days_of(first, last))
    worked = [day for day in every if settings.working.works(day)]
    size = settings.days_per_step
    worked = worked[len(worked) % size :]
    steps = tuple(
        Step(sum(finished[day] for day in block), sum(arrived[day] for day in block))
        for block in (worked[at : at + size] for at in range(0, len(worked), size))
    )
    total = sum(step.done for step in steps)
    left_out = sum(finished[day] for day in every) - total
    return Sample(first, last, steps, sum(finished[day] > 0 for day in worked), total, left_out, settings.net)


def guard(sample: Sample, settings: Settings) -> Refusal | None:
    """M13: why a sample is no ground for a forecast: nothing done, or done on too few days (the rule of Lighthouse)."""
    if not sample.done:
        return Refusal(Reason.NO_THROUGHPUT, n=0, needed=settings.enough)
    if sample.days_with_done < settings.enough:
        return Refusal(
            Reason.TOO_FEW, "days with a completion", n=sample.days_with_done, needed=settings.enough
        )
    return None
