"""What a project knows: series of numbers, annotations, cohorts, uploaded events. Tests and demos fill it in."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from syncline.seams import Clock

Json = dict[str, Any]
Where = Mapping[str, str]
"""Which users a series is of: property to value; empty: all users."""
Series = dict[date, float | None]
Key = tuple[str, str, int, frozenset[tuple[str, str]]]


def dated(start: date, values: Iterable[float | None], step: int = 1) -> Series:
    """Values of consecutive intervals as a series; a step of 30 means calendar months."""
    found: Series = {}
    day = start
    for value in values:
        found[day] = value
        day = next_month(day) if step == 30 else day + timedelta(days=step)
    return found


def next_month(day: date) -> date:
    """The first of the month after."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


@dataclass
class Annotation:
    """A mark on the charts. Times are ISO texts as they were sent."""

    id: int
    label: str
    start: str
    end: str | None = None
    details: str | None = None
    category: int = 1
    chart_id: str | None = None
    made: datetime | None = None
    """When it was made over the API; None: by a person."""


@dataclass
class Cohort:
    id: str
    name: str
    size: int | None
    created: datetime
    modified: datetime
    computed: datetime | None
    description: str | None = None
    archived: bool = False
    hidden: bool = False


@dataclass
class Release:
    id: str
    given: Json
    created: datetime


@dataclass
class Chart:
    """A saved chart: its rows by label, all of one interval."""

    id: str
    title: str
    rows: Mapping[str, Series]


@dataclass(frozen=True)
class Funnel:
    """How many users came through each step, by the day on which they entered."""

    events: tuple[str, ...]
    where: frozenset[tuple[str, str]]
    days: Mapping[date, Sequence[int]]


@dataclass(frozen=True)
class Retention:
    """By the day of the start event: the cohort's size, then how many of it came back after 0, 1, 2 … intervals."""

    where: frozenset[tuple[str, str]]
    days: Mapping[date, Sequence[int]]


@dataclass
class Uploaded:
    """An event as the export holds it."""

    event_type: str
    uploaded: datetime
    uuid: str
    properties: Json = field(default_factory=dict)


class Project:
    """One Amplitude project, and the ways to fill it. ``zone`` is the project's own: it decides what a day is."""

    def __init__(self, clock: Clock, *, zone: str = "UTC", app_id: int = 829528) -> None:
        self.clock = clock
        self.zone = ZoneInfo(zone)
        self.app_id = app_id
        self.lock = threading.RLock()
        self.series: dict[Key, Series] = {}
        self.funnels: list[Funnel] = []
        self.retentions: dict[tuple[str, str, int], list[Retention]] = {}
        self.charts: dict[str, Chart] = {}
        self.annotations: dict[int, Annotation] = {}
        self.categories: dict[int, str] = {1: "Uncategorized"}
        self.cohorts: dict[str, Cohort] = {}
        self.releases: list[Release] = []
        self.uploads: list[Uploaded] = []
        self._last_id = 1000

    # ---- time ----

    def today(self) -> date:
        """The running day of the project."""
        return self.clock.now().astimezone(self.zone).date()

    def day_done(self) -> float:
        """How much of the running day has passed, 0 to 1; a day may have 23 or 25 hours."""
        now = self.clock.now().astimezone(UTC)
        today = self.today()
        begin = datetime(today.year, today.month, today.day, tzinfo=self.zone).astimezone(UTC)
        after = today + timedelta(days=1)
        end = datetime(after.year, after.month, after.day, tzinfo=self.zone).astimezone(UTC)
        return (now - begin) / (end - begin)

    def next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    # ---- numbers ----

    def set_series(
        self,
        event: str,
        start: date,
        values: Iterable[float | None],
        *,
        measure: str = "uniques",
        where: Where | None = None,
        interval: int = 1,
    ) -> None:
        """What an event counts from ``start`` on, for each day (or week, or month) one value; None: no value.

        ``where`` narrows it to users of one property value: what segments and group-bys show. A formula is the measure
        ``formula:UNIQUES(A)/UNIQUES(B)`` of its first event. Setting it again adds to what there is.
        """
        key = (event, measure, interval, frozenset((where or {}).items()))
        with self.lock:
            self.series.setdefault(key, {}).update(dated(start, values, interval))

    def set_users(self, start: date, values: Iterable[float | None], *, kind: str = "active") -> None:
        """Active or new users by day: what ``/users`` answers."""
        self.set_series(f"/users/{kind}", start, values)

    def set_sessions(self, start: date, values: Iterable[float | None], *, kind: str = "average") -> None:
        """Seconds of an average session, or sessions per user (``peruser``), by day."""
        self.set_series(f"/sessions/{kind}", start, values, measure="average")

    def set_funnel(
        self, events: Sequence[str], start: date, days: Iterable[Sequence[int]], *, where: Where | None = None
    ) -> None:
        """For each day from ``start`` on, how many users came through each step."""
        rows = {start + timedelta(days=number): tuple(row) for number, row in enumerate(days)}
        made = Funnel(tuple(events), frozenset((where or {}).items()), rows)
        with self.lock:
            kept = [f for f in self.funnels if (f.events, f.where) != (made.events, made.where)]
            self.funnels = [*kept, made]

    def set_retention(
        self,
        start_event: str,
        return_event: str,
        start: date,
        cohorts: Iterable[Sequence[int]],
        *,
        where: Where | None = None,
        interval: int = 1,
    ) -> None:
        """For each interval from ``start`` on: the cohort's size, then how many came back after 0, 1, 2 … of them."""
        step = timedelta(days=interval)
        made = Retention(
            frozenset((where or {}).items()), {start + n * step: row for n, row in enumerate(cohorts)}
        )
        with self.lock:
            known = self.retentions.setdefault((start_event, return_event, interval), [])
            known[:] = [*(r for r in known if r.where != made.where), made]

    def add_chart(
        self,
        chart_id: str,
        title: str,
        start: date,
        rows: Mapping[str, Iterable[float | None]],
        interval: int = 1,
    ) -> Chart:
        """A saved chart with one row for each label."""
        made = Chart(
            chart_id, title, {label: dated(start, values, interval) for label, values in rows.items()}
        )
        with self.lock:
            self.charts[chart_id] = made
        return made

    # ---- marks ----

    def add_category(self, name: str) -> int:
        """The id of an annotation category, made where there is none."""
        with self.lock:
            known = next((number for number, known in self.categories.items() if known == name), None)
            if known is None:
                known = self.next_id()
                self.categories[known] = name
            return known

    def annotate(
        self,
        label: str,
        start: datetime,
        *,
        end: datetime | None = None,
        details: str | None = None,
        category: str | None = None,
        chart_id: str | None = None,
    ) -> Annotation:
        """A mark on all charts of the project, or on one."""
        with self.lock:
            number = self.add_category(category) if category else 1
            made = Annotation(
                self.next_id(),
                label,
                start.isoformat(),
                end.isoformat() if end else None,
                details,
                number,
                chart_id,
            )
            self.annotations[made.id] = made
            return made

    def remove_annotation(self, annotation: Annotation) -> None:
        with self.lock:
            self.annotations.pop(annotation.id, None)

    def add_release(self, version: str, title: str, start: datetime, *, description: str = "") -> Release:
        """A release as a deployment sends it. Amplitude shows it on charts, but lists it nowhere."""
        given = {
            "version": version,
            "title": title,
            "description": description,
            "release_start": f"{start.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        }
        with self.lock:
            made = Release(f"rel{self.next_id()}", given, self.clock.now())
            self.releases.append(made)
            return made

    def add_cohort(self, name: str, size: int, *, computed: bool = True, **more: Any) -> Cohort:
        """A cohort that was just computed, or never (``computed`` False)."""
        now = self.clock.now()
        with self.lock:
            known = (size, now) if computed else (None, None)
            made = Cohort(f"coh{self.next_id()}", name, known[0], now, now, known[1], **more)
            self.cohorts[made.id] = made
            return made

    def recompute(self, cohort: Cohort, size: int) -> None:
        with self.lock:
            cohort.size, cohort.computed = size, self.clock.now()

    def upload(
        self, event_type: str, *, times: int = 1, at: datetime | None = None, **properties: Any
    ) -> None:
        """Events that reach the vendor's servers at ``at`` (aware; now where it is left out)."""
        with self.lock:
            for _ in range(times):
                number = self.next_id()
                uuid = f"00000000-0000-4000-8000-{number:012d}"
                self.uploads.append(Uploaded(event_type, at or self.clock.now(), uuid, properties))
