"""Companies drawn by a seed that roll features out behind flags: steps up and down, gaps in metrics, late efforts."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.report.signal.world import World, stamp

from syncline.config.reporting import Roadmap
from syncline.report import ReportSettings, whole_days

from .world import DAYS, ZONES

PROJECTS = Roadmap.model_validate({"items": [{"from": "eng", "kind": "project"}]})
WALKS = (
    ("1", "10", "50", "100"),
    ("0", "0.5", "5", "100"),
    ("100",),
    ("10", "50", "20", "100", "0"),
    ("1", "100", "100", "0", "100"),
    ("0.9", "oops", "120", "100"),
    ("5", "50"),
    ("0", "100"),
    ("0", "100", "50"),
    ("0.9", "0.5", "100"),
)


class Launches(World):
    """Rollouts, metrics, projects with scores, tickets."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.random = random.Random(seed)
        self.timezone = self.random.choice(ZONES)
        self.zone = ZoneInfo(self.timezone)
        local = datetime.combine(self.random.choice(DAYS), time(self.random.randrange(24), 5), self.zone)
        self.as_of = local.astimezone(UTC)
        self.names = [f"Feature {number}" for number in range(self.random.choice((1, 3, 6)))]
        for number, name in enumerate(self.names):
            self._project(number, name)
            self._flag(number, name)
        for number in range(2):
            self._metric(f"m{number}")
        for number in range(self.random.choice((0, 30))):
            labels = self.random.choice(((), (), (), ("spam",), ("closed_by_merge",)))
            self.ticket(str(number), self.moment(-2, 120), labels=labels)

    def settings(self) -> ReportSettings:
        start, end = whole_days(self.as_of, self.timezone)
        return ReportSettings(
            timezone=self.timezone, as_of=self.as_of, period_start=start, period_end=end, roadmap=PROJECTS
        )

    def maybe(self, share: float) -> bool:
        return self.random.random() < share

    def moment(self, least: float, most: float) -> datetime:
        """So many days before the report, every now and then at a midnight of the zone."""
        at = (self.as_of - timedelta(days=self.random.uniform(least, most))).astimezone(self.zone)
        if self.maybe(0.3):
            at = datetime.combine(at.date(), time(), self.zone) - timedelta(
                milliseconds=self.random.choice((0, 1))
            )
        at = at.astimezone(UTC)
        return at.replace(microsecond=at.microsecond // 1000 * 1000)

    def _project(self, number: int, name: str) -> None:
        status = self.random.choice(("todo", "in_progress", "in_progress", "done"))
        created = self.moment(130, 180)
        row = self._record(
            "Project", f"p{number}", {"parents": [], "fields": {}, "health": None}, title=name, level=1,
            status_category=status, created_at=created, updated_at=self.moment(0, 20), key=f"P-{number}",
            due_on=(created + timedelta(days=150)).date() if number % 3 else None,
        )  # fmt: skip
        if self.maybe(0.3):
            self.event(row, "status", "3", "4", self.moment(100, 128), native=self.maybe(0.7))
        if self.maybe(0.3):
            self.issue(f"s{number}", "In Progress", [(self.moment(90, 125), "To Do", "In Progress")])
            self._records[-1]["data"]["project"] = f"p{number}"
        for note in range(self.random.choice((0, 1, 1, 2))):
            effort = self.random.choice((1, 2, 0.5, 0, "much", 3))
            data = {"about": [f"P-{number}"], "fields": {"effort": effort}}
            self._record("Note", f"n{number}-{note}", data, type="score", created_at=self.moment(-5, 130))

    def _flag(self, number: int, name: str) -> None:
        walk = list(self.random.choice(WALKS))
        times = sorted(self.moment(-3, self.random.choice((20, 90))) for _ in walk)
        if len(times) > 2 and self.maybe(0.2):
            times[-1] = times[-2]
        told = self.maybe(0.85)
        data: dict[str, Any] = {
            "flag": name.upper().replace(" ", "_"),
            "environment": self.random.choice(("prod", "Production", "", None, "live", "staging")),
            "about": [f"P-{number}"] if self.maybe(0.5) else [],
            "percent": walk[-1],
            "changed_at": None if self.maybe(0.5) else stamp(times[-1]),
        }
        row = self._record("Rollout", f"f{number}", data, title=name, created_at=times[0])
        for place, (at, percent) in enumerate(zip(times, walk, strict=True)):
            if told:
                self.event(row, "percent", walk[place - 1] if place else "", percent, at)

    def _metric(self, name: str) -> None:
        today = self.as_of.astimezone(self.zone).date()
        days = [today - timedelta(days=back) for back in range(140, -2, -1)]
        gaps = self.random.choice((0.0, 0.0, 0.01, 0.05))
        values: dict[date, float | None] = {
            day: self.random.choice((None, round(self.random.uniform(0, 90), 1)))
            if self.maybe(gaps)
            else round(self.random.uniform(0, 90), 1)
            for day in days
            if not self.maybe(gaps)
        }
        self.metric(
            name, values, target=self.random.choice((40, 40, None)), interval=self.random.choice((1, 1, 1, 7)),
            provisional=[day for day in days if self.maybe(gaps)], users=self.random.choice((None, 100)),
        )  # fmt: skip
