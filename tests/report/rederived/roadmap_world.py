"""Companies drawn by a seed with a roadmap in two tools: epics, projects, what both promise, and what holds them up."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from tests.report.roadmap.building import TWO
from tests.report.signal.world import World as Customers

from .world import World

NAMES = ("Bulk edit", "Single sign-on", "Offline mode", "Dark theme", "Audit log", "Guest access")
WORDS = ("on_track", "at_risk", "off_track", None)
STATES = ("To Do", "Backlog", "In Progress", "In Review", "Waiting", "Done", "Won't do")


class Planned(World, Customers):  # type: ignore[misc]
    """What `World` has, and a roadmap."""

    def __init__(self, seed: int, items: int | None = None) -> None:
        super().__init__(seed, items)
        self.names = self.random.sample(NAMES, self.random.choice((1, 3, 5)))
        self.stories: list[str] = []
        self.numbers: list[int] = []
        for number, name in enumerate(self.names):
            self._entry(number, name)
        self._hinder()

    def source(self, name: str = "eng", pulled: datetime | None = None, complete: bool = True) -> int:
        """Both parents make the first one."""
        with self.engine.connect() as database:
            known = [row.name for row in database.execute(text("SELECT name FROM connection ORDER BY id"))]
        if name in known:
            return known.index(name) + 1
        return super().source(name, complete=complete)

    # ---- the roadmap -------------------------------------------------------------------------------------------------

    def _entry(self, number: int, name: str) -> None:
        """An epic with its stories, a project of that name, or both."""
        here, there = self.random.choice(((True, True), (True, False), (False, True), (True, True)))
        if self.maybe(0.3) and not number:
            data = {"parents": [], "type": "initiative"}
            self._record("Project", "up", data, title="Growth", level=2, type="initiative", key="UP",
                         status_category="in_progress", created_at=self.moment(150, 160), **TWO)  # fmt: skip
        if here:
            self._epic(f"e{number}", name)
            if self.maybe(0.1):
                self._epic(f"e{number}b", name)
        if there:
            self._project(f"p{number}", name if self.maybe(0.6) else f"{name}, part two", f"e{number}")
        size = self.random.choice((0, 3, 12, 30))
        for story in range(size):
            self._story(f"s{number}-{story}", f"e{number}" if here else None, f"p{number}" if there else None)

    def _epic(self, remote_id: str, name: str) -> None:
        created = self.moment(60, 170)
        state = self.random.choice(("To Do", "To Do", "In Progress", "In Progress", "Done", "Won't do"))
        begun = self.moment(0, 60)
        moves = []
        if state == "In Progress" or (state != "To Do" and self.maybe(0.7)):
            moves.append((begun, "To Do", "In Progress"))
        if state in ("Done", "Won't do"):
            ended = begun + timedelta(days=self.random.uniform(0.1, 20))
            moves.append((ended, "In Progress" if moves else "To Do", state))
        item = self.issue(
            remote_id, state, moves, type="Epic", level=1, title=name, created_at=created,
            updated_at=moves[-1][0] if moves and self.maybe(0.8) else created, container="10",
            parent=f"e{len(self.stories)}-no" if self.maybe(0.05) else None,
            priority=self.random.choice((None, "high", "low")),
        )  # fmt: skip
        row = self._records[-1]
        row["data"] |= {"labels": self.random.choice(([], ["committed"])), "start_on": self._start()}
        self.numbers.append(int(item[1:]))
        row["due_on"] = self._targets(int(item[1:]), created)

    def _start(self) -> str | None:
        return (
            (self.as_of + timedelta(days=self.random.uniform(-90, 40))).date().isoformat()
            if self.maybe(0.3)
            else None
        )

    def _project(self, remote_id: str, name: str, epic: str) -> None:
        created = self.moment(60, 170)
        data = {
            "parents": ["up"] if self.maybe(0.4) else [], "assignees": [], "fields": {}, "labels": [],
            "health": self.random.choice(WORDS), "start_on": self._start(),
            "body": {"source": f"See https://example.atlassian.net/browse/ENG-{epic} for more"}
            if self.maybe(0.3) else None,
        }  # fmt: skip
        state = self.random.choice(("todo", "in_progress", "in_progress", "done", "canceled"))
        row = self._record(
            "Project", remote_id, data, title=name, level=1, status_category=state, created_at=created,
            updated_at=self.moment(0, 250) if self.maybe(0.9) else None, key=remote_id.upper(),
            url=f"https://linear.example/{remote_id}", **TWO,
        )  # fmt: skip
        self.numbers.append(row)
        record = self._records[-1]
        if state == "in_progress" and self.maybe(0.6):
            self.event(row, "status", "3", "4", self.moment(1, 50), native=self.maybe(0.6))
        record["due_on"] = self._targets(row, created, native=self.maybe(0.4))
        for note in range(self.random.choice((0, 0, 1, 2))):
            said = {"health": self.random.choice(WORDS), "health_name": "as they say"}
            self._record("Note", f"u{remote_id}-{note}", said, subject=remote_id, created_at=self.moment(-2, 40),
                         type="update", **TWO)  # fmt: skip

    def _targets(self, number: int, created: datetime, native: bool = True) -> date | None:
        """The last of the days that it was to be done by, each with the change to it."""
        days = [
            (self.as_of + timedelta(days=self.random.choice((-20, -3, 2, 9, 30, 55, 90, 200)))).date()
            if self.maybe(0.85) else None
            for _ in range(self.random.choice((1, 1, 2, 4)))
        ]  # fmt: skip
        age = (self.as_of - created) / timedelta(days=1)
        times = sorted({self.moment(-3, self.random.choice((6, age))) for _ in days})[: len(days)]
        told: date | None = days[0] if self.maybe(0.5) else None
        for when, day in zip(times, days, strict=False):
            if day != told:
                old, new = (one.isoformat() if one else "" for one in (told, day))
                self.event(number, "due_on", old, new, when, native)
                told = day
        return told

    def _story(self, remote_id: str, epic: str | None, project: str | None) -> None:
        pick, data = self.random.choice, self._data()
        state = pick((*STATES, "Done", "Done", "Done", "In Progress"))
        created = self.moment(40, 120) if self.maybe(0.8) else self.moment(0, 40)
        span = self.as_of - created
        times = sorted(created + span * self.random.uniform(0, 1.02) for _ in range(2))
        moves = (
            [(times[0], "To Do", "In Progress")]
            if state not in ("To Do", "Backlog", "Waiting") or self.maybe(0.3)
            else []
        )
        if state not in ("To Do", "Backlog", "In Progress"):
            moves.append((times[1], moves[-1][2] if moves else "To Do", state))
        parent = pick(self.stories) if self.stories and self.maybe(0.1) else epic
        columns: dict[str, Any] = {
            "container": pick(("10", "10", "20")),
            "priority": pick((None, None, "urgent")),
        }
        below = project if not epic or self.maybe(0.2) else None
        if below:
            columns |= TWO | {"container": None}
            parent = None
        item = self.issue(
            remote_id, state, moves, level=pick((0, 0, 0, -1)), created_at=created, title=f"Story {remote_id}",
            updated_at=moves[-1][0] if moves else created, parent=parent, archived=self.maybe(0.04),
            absent="gone" if self.maybe(0.03) else None, absent_at=self.moment(-2, 20),
            resolved_at=times[1] if state == "Done" and self.maybe(0.5) else None, **columns,
        )  # fmt: skip
        row = self._records[-1]
        row["data"] |= data | {"project": below, "estimate": pick((None, 1, 3)) if self.maybe(0.8) else None}
        if row["absent"] is None:
            row["absent_at"] = None
        if not below and self.maybe(0.15):
            self.event(int(item[1:]), "parent", "", epic or "", self.moment(-1, 50))
        if not below:
            self.stories.append(remote_id)
            if project and self.maybe(0.1):
                self.mirror(item, f"m{remote_id}", project=project, created_at=created)

    def _hinder(self) -> None:
        """What blocks what: stories of one entry those of another, and entries each other."""
        for place in range(self.random.choice((0, 3, 8)) if self.stories else 0):
            one, other = self.random.choice(self.stories), self.random.choice(self.stories)
            self._record(
                "Relation",
                f"b{place}",
                subject=one,
                target=other,
                type="blocks",
                created_at=self.moment(-2, 60),
            )
        if len(self.numbers) > 1 and self.maybe(0.4):
            source, other_ = self.random.sample(self.numbers, 2)
            self.links.append(self._link(source, other_) | {"type": "blocks"})
        for number in [row["id"] for row in self._records if row["kind"] == "Issue" and self.maybe(0.05)]:
            at = self.moment(-1, 40)
            self.event(number, "flagged", "", "1", at)
            if self.maybe(0.5):
                self.event(number, "flagged", "1", '["Impediment"]', at + timedelta(days=2))
            next(row for row in self._records if row["id"] == number)["data"]["flagged"] = True
