"""Small companies drawn by a seed, with everything that real trackers get wrong.

Reopened items, skipped states, histories with gaps, moves before the creation and after the report, several moves at
one instant, statuses nobody can read, archived and vanished records, copies in a second tool, circles of parents.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, insert
from tests.report.building import SITE, STATUSES
from tests.report.roadmap.building import TWO, Board

from syncline.report import ReportSettings, whole_days
from syncline.store.tables import link, status, team_container

ZONES = ("Europe/Berlin", "Pacific/Auckland", "Asia/Kolkata", "America/New_York", "UTC")
DAYS = (date(2026, 11, 20), date(2026, 4, 7), date(2026, 11, 3), date(2027, 1, 4), date(2026, 3, 30))
"""Around the nights on which clocks change, and after week 53."""

READ = {**STATUSES, "10": ("Duplicate", "canceled", None)}
UNREAD = "99"
WALKS = (
    ("3", "4", "5", "7"),
    ("3", "4", "7", "8"),
    ("2", "3", "4", "6", "4", "5", "7"),
    ("3", "7"),
    ("3", "4", "7", "4", "7"),
    ("3", "4", "5", "3", "4"),
    ("3", "4", "6"),
    ("1", "9", "10"),
    ("3", "4", "9", "3", "7"),
    ("4", "7", "3"),
    ("4", "7"),
    ("6", "4"),
    ("6", "4", "6"),
    ("7", "4", "7"),
    ("3", UNREAD, "4", "7"),
    ("4",),
    ("3",),
    ("7",),
    ("9",),
)
TITLES = (
    "Export of large boards",
    "export of large boards ",
    "Undo",
    "undo",
    "Sign-in fails after a day",
    "",
    None,
)
POINTS = (None, 0, 1, 2, 3, 5, 8, 0.5)


class World(Board):
    """One company; ``items`` of them, ``roadmap`` with epics."""

    def __init__(self, seed: int, items: int | None = None) -> None:
        super().__init__()
        self.random = random.Random(seed)
        self.timezone = self.random.choice(ZONES)
        self.zone = ZoneInfo(self.timezone)
        noon = datetime.combine(self.random.choice(DAYS), time(self.random.randrange(24), 17), self.zone)
        self.as_of = noon.astimezone(UTC)
        self.week_start = self.random.choice(("mon", "sun", "thu"))
        self.flat = self.random.random() < 0.3
        self.epics = self.random.random() < 0.3
        self.remote: list[str] = []
        self.links: list[dict[str, Any]] = []
        self.marks: list[datetime] = []
        self.sprints = self._sprints()
        self._statuses()
        for number in range(items or self.random.choice((4, 12, 40))):
            self._piece(f"n{number}")
        if self.maybe(0.2):
            self._record("Issue", "bare", self._data(), status_category="in_progress")
        self._relate()

    def maybe(self, share: float) -> bool:
        return self.random.random() < share

    @cached_property
    def engine_written(self) -> Engine:
        engine = self.write()
        with engine.begin() as database:
            database.execute(insert(team_container), {"record_id": self.box, "team": "core"})
            if self.links:
                database.execute(insert(link), self.links)
        return engine

    def settings(self, **changes: Any) -> ReportSettings:
        start, end = whole_days(self.as_of, self.timezone, days=7)
        values: dict[str, Any] = {"period_start": start, "period_end": end, "week_start": self.week_start}
        values |= {"teams": {"core": ("eng:ENG",)}}
        return ReportSettings(timezone=self.timezone, as_of=self.as_of, **(values | changes))

    def moment(self, least: float, most: float) -> datetime:
        """So many days before the report; often a midnight of the zone, or a little beside it."""
        day = (self.as_of - timedelta(days=self.random.uniform(least, most))).astimezone(self.zone)
        if self.maybe(0.7):
            return _whole(day)
        beside = self.random.choice((0, 0, -1, 1))
        midnight = datetime.combine(day.date(), time(), self.zone).astimezone(UTC)
        return midnight + timedelta(milliseconds=beside)

    def _statuses(self) -> None:
        with self.engine.begin() as database:
            name, category, refinement = READ["10"]
            row = {"native_id": "10", "container": "", "name": name, "category": category}
            for site in (SITE, TWO["site"]):
                database.execute(insert(status), {"site": site, "refinement": refinement} | row)
        self.box = self._record("Container", "10", key="ENG", title="Engine")
        self._record("Container", "20", key="WEB", title="Web")
        self.person("ada", "Ada Example")

    # ---- sprints ---------------------------------------------------------------------------------------------------

    def _sprints(self) -> list[str]:
        numbers = [str(number) for number in range(1, 1 + self.random.choice((0, 2, 2, 10)))]
        for number in numbers:
            start = self.moment(-3, 150) if self.maybe(0.9) else self.moment(190, 300)
            ends = start + timedelta(days=self.random.choice((7, 14)))
            closed = self.maybe(0.6)
            self.marks += [start, ends]
            data = {
                "state": "closed" if closed else self.random.choice(("active", "active", "future")),
                "container": self.random.choice(("a", "a", "b", None)) if len(numbers) < 9 else "a",
                "start_at": None if self.maybe(0.1) else start.isoformat(),
                "end_at": None if self.maybe(0.1) else ends.isoformat(),
                "completed_at": (ends + timedelta(hours=5)).isoformat()
                if closed and self.maybe(0.6)
                else None,
            }
            absent = "gone" if self.maybe(0.05) else None
            self._record("Iteration", number, data=data, title=f"Sprint {number}", absent=absent)
        return numbers

    # ---- pieces of work --------------------------------------------------------------------------------------------

    def _piece(self, remote_id: str) -> None:
        pick = self.random.choice
        walk = list(pick(WALKS))
        times = sorted({self.moment(-4 if self.maybe(0.2) else 0, pick((20, 90, 260))) for _ in walk})
        walk = walk[: len(times)]
        created = None if self.maybe(0.04) else times[0]
        if self.maybe(0.12):
            created = self.moment(0, 100)  # brought in from another tool, with its history
        at_once = len(times) > 2 and self.maybe(0.15)
        if at_once:
            times[2] = times[1]
        columns = self._columns(walk[-1] if at_once or self.maybe(0.96) else pick(WALKS)[-1], times[-1])
        data = self._data()
        number = self._record("Issue", remote_id, data, created_at=created, **columns)
        self._moves(number, walk, times, gaps=not at_once)
        if created:
            self._fields(number, data, created)
        if columns["due_on"] and self.maybe(0.2):
            before = columns["due_on"] - timedelta(days=30)
            self.event(
                number, "due_on", before.isoformat(), columns["due_on"].isoformat(), self.moment(-4, 40)
            )
        if self.maybe(0.2):
            self._copy(number, remote_id)
        if self.maybe(0.15):
            self.comment(remote_id, self.moment(-2, 60))
        self.remote.append(remote_id)

    def _columns(self, native: str, moved: datetime) -> dict[str, Any]:
        pick = self.random.choice
        name, category, refinement = READ.get(native, ("Odd", None, None))
        ended = category in ("done", "canceled")
        absent = (
            pick(("gone", "missing", "out_of_scope", "archived", "forbidden")) if self.maybe(0.12) else None
        )
        due = (self.as_of + timedelta(days=pick((-200, -40, -2, -1, 0, 3)))).date()
        return {
            "title": pick(TITLES) if self.maybe(0.4) else f"Something else {self.random.random()}",
            "level": 1 if self.epics and self.maybe(0.15) else pick((0, 0, 0, 0, 0, None, -1)),
            "status_name": name,
            "status_category": category,
            "status_refinement": refinement,
            "updated_at": None if self.maybe(0.1) else self.moment(-3, 30) if self.maybe(0.3) else moved,
            "resolved_at": (self.moment(-3, 60) if self.maybe(0.4) else moved) if ended and self.maybe(0.7) else None,
            "due_on": (due if self.maybe(0.7) else moved.date()) if self.maybe(0.3) else None,
            "container": pick(("10", "10", "20", "30", None)),
            "archived": self.maybe(0.05),
            "absent": absent,
            "absent_at": self.moment(-4, 20) if absent and self.maybe(0.8) else None,
            "parent": pick(self.remote) if self.remote and self.maybe(0.2 if self.flat else 0.8) else None,
        }  # fmt: skip

    def _data(self) -> dict[str, Any]:
        pick = self.random.choice
        return {
            "assignees": pick(([], ["ada"])),
            "flagged": False,
            "resolution": pick((None, "Fixed")),
            "estimate": None,
            "iterations": [],
            "fields": {},
            "labels": [],
        }

    def _moves(self, number: int, walk: Sequence[str], times: Sequence[datetime], gaps: bool = True) -> None:
        """The first of a walk is where it began; a tool without history tells what was observed, if that."""
        if self.maybe(0.1):
            return
        native, lost = self.maybe(0.85), self.random.randrange(1, 20) if gaps else 0
        for place in range(1, len(walk)):
            if place != lost or len(walk) < 3:
                self.event(number, "status", walk[place - 1], walk[place], times[place], native)

    def _fields(self, number: int, data: dict[str, Any], created: datetime) -> None:
        """Sprints, estimates and flags, each changed some times; the last value is what the record says."""
        members: list[str] = []
        weights = (None,) if self.flat else POINTS
        walks: dict[str, list[Any]] = {
            "iterations": [[]],
            "estimate": [self.random.choice(weights)],
            "flagged": [""],
        }
        for _ in range(self.random.randrange(4)):
            members = self._resprinted(members)
            walks["iterations"].append(members)
            walks["estimate"].append(self.random.choice(weights))
        if self.sprints and self.maybe(0.5):
            walks["iterations"] = [self.random.sample(self.sprints, self.random.choice((1, 1, 2)))]
        if self.maybe(0.15):
            walks["flagged"] += self.random.choice((["1"], ["1", ""], ["1", "", '["Impediment"]']))
        span = (self.as_of - created) / timedelta(days=1)
        for name, values in walks.items():
            start = self.random.randrange(2)
            for at, old, new in self._steps(name, values[start:] or values, span):
                self.event(number, name, _told(old), _told(new), at)  # type: ignore[arg-type]
        data |= {"iterations": walks["iterations"][-1], "estimate": walks["estimate"][-1]}
        data["flagged"] = bool(walks["flagged"][-1])

    def _steps(self, name: str, values: Sequence[Any], span: float) -> list[tuple[datetime, Any, Any]]:
        """Who plans sprints often does so at the very instant at which one begins or ends."""
        steps = [(old, new) for old, new in pairwise(values) if old != new]
        since = self.as_of - timedelta(days=max(span, 1))
        marks = [at for at in self.marks if at > since] if name == "iterations" else []
        times = sorted(
            self.random.choice(marks)
            if marks and self.maybe(0.4)
            else _whole(self.as_of - timedelta(days=self.random.uniform(-2, max(span, 1))))
            for _ in steps
        )
        return [(at, old, new) for at, (old, new) in zip(times, steps, strict=True)]

    def _resprinted(self, members: list[str]) -> list[str]:
        kept = [one for one in members if self.maybe(0.5)]
        more = self.random.sample(self.sprints, min(len(self.sprints), self.random.choice((0, 1, 1, 2))))
        return list(dict.fromkeys([*kept, *more]))

    def _copy(self, number: int, remote_id: str) -> None:
        """The same piece of work in the second tool, which tells another story."""
        walk = list(self.random.choice(WALKS))
        times = sorted(self.moment(0, 60) for _ in walk)
        columns = self._columns(walk[-1], times[-1]) | {"parent": None, "level": 0, "container": None}
        copy = self._record(
            "Issue", f"m{remote_id}", self._data(), item_id=number, created_at=times[0], **(columns | TWO)
        )
        self._moves(copy, walk, times)

    # ---- what binds them -------------------------------------------------------------------------------------------

    def _relate(self) -> None:
        numbers = {row["remote_id"]: row["id"] for row in self._records if row["kind"] == "Issue"}
        names = list(self.remote)
        for place in range(self.random.choice((0, 4, 12))):
            source, target = self.random.choice(names), self.random.choice(names)
            self._record(
                "Relation", f"r{place}", subject=source, target=target, type="blocks",
                created_at=self.moment(-2, 60), absent="gone" if self.maybe(0.1) else None,
            )  # fmt: skip
            if source != target and self.maybe(0.8):
                self.links.append(self._link(numbers[source], numbers[target]))
        if len(names) > 2 and self.maybe(0.3):
            first = next(
                row for row in self._records if row["remote_id"] == names[0] and row["kind"] == "Issue"
            )
            first["parent"] = names[-1]

    def _link(self, source: int, target: int) -> dict[str, Any]:
        kind = self.random.choice(("part_of", "relates"))
        until = self.moment(-3, 30) if self.maybe(0.3) else None
        return {
            "type": kind, "source_id": source, "target_id": target, "block": None, "origin": "native",
            "evidence": None, "at": self.moment(-2, 60), "seq": 1, "until": until, "until_seq": 1 if until else None,
        }  # fmt: skip


def _whole(at: datetime) -> datetime:
    """As databases keep instants: in milliseconds."""
    return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)


def _told(value: Any) -> str | None:
    if isinstance(value, list):
        return ", ".join(value) if len(value) % 2 else json.dumps(value)
    return None if value is None else str(value)
