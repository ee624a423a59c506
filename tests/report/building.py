"""Builds databases for report tests: the tables and views as the store makes them, filled row by row."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, insert, text
from tests.databases import sharing_engine

from syncline.report import Report, ReportSettings, build_status, whole_days
from syncline.report.facts import Value
from syncline.store.tables import connection, event, ingest, metadata, quarantine, record, run, status, stream
from syncline.store.views import definitions

AS_OF = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
SITE = "a1b2"

STATUSES = {
    "1": ("Triage", "triage", None),
    "2": ("Backlog", "backlog", None),
    "3": ("To Do", "todo", None),
    "4": ("In Progress", "in_progress", None),
    "5": ("In Review", "in_progress", "review"),
    "6": ("Waiting", "waiting", "blocked"),
    "7": ("Done", "done", None),
    "8": ("Released", "done", None),
    "9": ("Won't do", "canceled", None),
}
IDS = {name: native for native, (name, _, _) in STATUSES.items()}


def settings(*, as_of: datetime = AS_OF, timezone: str = "Europe/Berlin", **changes: Any) -> ReportSettings:
    """The settings of most tests: Berlin, the seven whole days before AS_OF."""
    start, end = whole_days(as_of, timezone)
    values: dict[str, Any] = {"period_start": start, "period_end": end, "title": "Weekly status"}
    return ReportSettings(timezone=timezone, as_of=as_of, **(values | changes))


def report_of(database: Database, **changes: Any) -> Report:
    """The report of what is in a database, with `settings`."""
    with database.write().connect() as connected:
        return build_status(connected, settings(**changes))


def value(report: Report, name: str) -> Value:
    """The value of a fact."""
    return next(fact.value for fact in report.facts if fact.name == name)


def ids(report: Report, name: str) -> set[str]:
    """The rows behind a fact."""
    return set(next(fact.ids for fact in report.facts if fact.name == name))


@cache
def schema() -> str:
    """What makes the tables and views; SQLAlchemy takes longer to write it than SQLite to carry it out."""
    engine = create_engine("sqlite://")
    with engine.begin() as database:
        metadata.create_all(database)
        for name, select in definitions("sqlite").items():
            database.execute(text(f"CREATE VIEW {name} AS {select}"))
        written = database.execute(text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"))
        script = "".join(f"{statement};\n" for (statement,) in written)
    engine.dispose()
    return script


class Database:
    """A database in the making. Times are aware datetimes; moves are (when, old status, new status)."""

    def __init__(self, path: Path | None = None) -> None:
        self.engine: Engine = sharing_engine(f"sqlite:///{path}" if path else "sqlite://")
        self._events: list[dict[str, Any]] = []
        self._records: list[dict[str, Any]] = []
        self._next = 1
        with closing(self.engine.raw_connection()) as raw:
            own: Any = raw.driver_connection
            own.executescript(schema())
        with self.engine.begin() as database:
            database.execute(
                insert(run),
                {"id": 1, "command": "pull", "started_at": AS_OF, "ended_at": AS_OF, "state": "done"},
            )
            database.execute(insert(ingest), {"seq": 1, "run_id": 1, "at": AS_OF})

    def close(self) -> None:
        self.engine.dispose()

    def source(self, name: str = "eng", pulled: datetime | None = AS_OF, complete: bool = True) -> int:
        with self.engine.begin() as database:
            number = len(database.execute(text("SELECT id FROM connection")).all()) + 1
            database.execute(
                insert(connection),
                {
                    "id": number,
                    "name": name,
                    "connector": "jira",
                    "site": SITE if number == 1 else f"{SITE}{number}",
                    "site_name": "Example",
                    "account": {"url": "https://example.atlassian.net"},
                    "fingerprint": "",
                    "checked_at": AS_OF,
                },
            )
            database.execute(
                insert(stream),
                {"connection_id": number, "name": "issues", "pulled_at": pulled, "complete": complete},
            )
            if number == 1:
                rows: list[dict[str, Any]] = [
                    {"site": SITE, "native_id": native, "container": "", "name": name, "category": category}
                    | {"refinement": refinement}
                    for native, (name, category, refinement) in STATUSES.items()
                ]
                database.execute(insert(status), rows)
        return number

    def container(self, remote_id: str, key: str, title: str) -> None:
        self._record("Container", remote_id, key=key, title=title)

    def person(self, remote_id: str, name: str) -> None:
        self._record("Person", remote_id, title=name)

    def skip(self) -> None:
        """Leave out a record number, so that two databases number the same things alike."""
        self._next += 1

    def comment(self, subject: str, at: datetime) -> None:
        self._record("Comment", f"c{self._next}", subject=subject, created_at=at)

    def issue(
        self,
        remote_id: str,
        status: str | None = "To Do",
        moves: Sequence[tuple[datetime, str, str]] = (),
        *,
        assignees: Sequence[str] = (),
        flagged: bool = False,
        resolution: str | None = None,
        **columns: Any,
    ) -> str:
        """An issue; its item id is returned."""
        name, category, refinement = STATUSES[IDS[status]] if status else ("Odd", None, None)
        data = {"assignees": list(assignees), "flagged": flagged, "resolution": resolution, "fields": {}}
        values = {
            "key": f"ENG-{remote_id}",
            "url": f"https://example.atlassian.net/browse/ENG-{remote_id}",
            "title": f"Issue {remote_id}",
            "level": 0,
            "status_name": name,
            "status_category": category,
            "status_refinement": refinement,
            "created_at": AS_OF - timedelta(days=60),
            "updated_at": AS_OF - timedelta(days=1),
        } | columns
        number = self._record("Issue", remote_id, data=data, **values)
        for at, old, new in moves:
            self.event(number, "status", IDS[old], IDS[new], at)
        return f"i{number}"

    def event(
        self, record_id: int, field: str, old: str, new: str, at: datetime, native: bool = True
    ) -> None:
        number = len(self._events) + 1
        self._events.append(
            {
                "record_id": record_id,
                "native_id": str(number) if native else f"observed:{number}",
                "ordinal": 0,
                "field": field,
                "old": old,
                "new": new,
                "at": at,
                "seen_at": at,
                "seq": 1,
            }
        )

    def run(self, number: int, state: str, at: datetime) -> None:
        with self.engine.begin() as database:
            values = {"id": number, "command": "pull", "started_at": at, "ended_at": at, "state": state}
            database.execute(insert(run), values)

    def set_aside(self, remote_id: str, reason: str) -> None:
        with self.engine.begin() as database:
            database.execute(
                insert(quarantine),
                {
                    "connection_id": 1,
                    "stream": "issues",
                    "kind": "Issue",
                    "remote_id": remote_id,
                    "reason": reason,
                    "payload": "{}",
                    "tries": 1,
                    "first_seen_at": AS_OF,
                    "last_seen_at": AS_OF,
                },
            )

    def reverse(self) -> None:
        """Turn round the order in which rows will be stored."""
        self._records.reverse()
        self._events.reverse()

    def write(self) -> Engine:
        """Store what was gathered."""
        with self.engine.begin() as database:
            if self._records:
                database.execute(insert(record), self._records)
            if self._events:
                database.execute(insert(event), self._events)
        self._records, self._events = [], []
        return self.engine

    def _record(self, kind: str, remote_id: str, data: Any = None, **columns: Any) -> int:
        number = self._next
        self._next += 1
        names = (
            "item_id key url title type level status_category status_refinement status_name priority container parent"
            " subject target created_at updated_at resolved_at due_on archived absent absent_at"
        )
        values = dict.fromkeys(names.split()) | {"archived": False, "item_id": number} | columns
        self._records.append(
            {
                "id": number,
                "site": SITE,
                "kind": kind,
                "remote_id": remote_id,
                "connection_id": 1,
                "data": data or {},
                "hash": b"",
                "first_seen_at": AS_OF,
                "seen_at": AS_OF,
                "first_seq": 1,
                "seq": 1,
                "speaks": values["item_id"] == number,
                **values,
            }
        )
        return number


TITLES = (
    "Sign-in fails when the session cookie is older than a day",
    "Export of large boards times out",
    "Move billing e-mails to the new templates",
    "Search results ignore archived projects",
    "Speed up the first paint of the dashboard",
    "Let owners hand over a workspace",
    "Import from CSV drops the last column",
    "Write the runbook for the message queue",
    "Keyboard shortcuts in the card editor",
    "Show who is looking at a document",
    "Rate limit the public API per token",
    "Undo for bulk edits",
)
PEOPLE = ("Ada Fiktiva", "Bo Beispiel", "Chen Muster", "Dana Ejemplo", "Eli Esempio", "Fay Voorbeeld")
BOXES = (
    ("10", "ENG", "Engine"),
    ("20", "WEB", "Web and mobile"),
    ("30", "OPS", "Operations"),
    ("40", "DOC", "Docs"),
)


def company(
    path: Path | None = None, items: int = 150, until: datetime = AS_OF, write: bool = True
) -> Database:
    """A plausible company as it stood at ``until``: four projects, six people, three months of history."""
    database = Database(path)
    database.source()
    for box in BOXES:
        database.container(*box)
    for number, name in enumerate(PEOPLE):
        database.person(f"p{number}", name)
    for number in range(1, items + 1):
        _plausible(database, number, until)
    database.set_aside("99", "fields.status is missing")
    if write:
        database.write()
    return database


def _plausible(database: Database, number: int, until: datetime) -> None:
    """One issue whose course follows from its number."""
    step = number * 7919 % 997
    box, key, _ = BOXES[(0, 0, 0, 1, 1, 2, 2, 3)[step % 8]]
    created = AS_OF - timedelta(days=5 + step % 120, hours=step % 24)
    started = created + timedelta(days=1 + step % 9, hours=3)
    finished = started + timedelta(days=step % 13, hours=5)
    course = (
        "Done",
        "Done",
        "Done",
        "Done",
        "In Progress",
        "In Review",
        "To Do",
        "Backlog",
        "Waiting",
        "Won't do",
    )[step % 10]
    moves = [(started, "To Do", "In Progress")]
    if course == "Done" and finished < AS_OF:
        moves += [
            (finished - timedelta(hours=2), "In Progress", "In Review"),
            (finished, "In Review", "Done"),
        ]
    elif course == "Done":
        course = "In Progress"
    elif course in ("In Review", "Waiting", "Won't do"):
        moves.append((started + timedelta(days=2), "In Progress", course))
    elif course in ("To Do", "Backlog"):
        moves = []
    moves = [move for move in moves if move[0] < until]
    if created > until:
        database.skip()
        if step % 5 == 0:
            database.skip()
        return
    course = moves[-1][2] if moves else course if course in ("To Do", "Backlog") else "To Do"
    database.issue(
        str(number),
        course,
        moves,
        key=f"{key}-{number}",
        url=f"https://example.atlassian.net/browse/{key}-{number}",
        title=TITLES[step % len(TITLES)],
        container=box,
        created_at=created,
        updated_at=moves[-1][0] if moves else created,
        assignees=() if step % 11 == 0 else (f"p{step % len(PEOPLE)}",),
        flagged=step % 37 == 0,
        resolution="Done" if course == "Done" else None,
        resolved_at=moves[-1][0] if course == "Done" else None,
        due_on=date(2026, 11, 20) + timedelta(days=step % 40 - 10) if step % 6 == 0 else None,
        level=-1 if step % 9 == 0 else 0,
    )
    if step % 5 == 0:
        said = AS_OF - timedelta(days=step % 30)
        if said < until:
            database.comment(str(number), said)
        else:
            database.skip()
