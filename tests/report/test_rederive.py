"""Every fact again, twice: by its printed SQL on the database itself, and by a second implementation in Python."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from syncline.report import Fact, Report
from syncline.report.facts import digest, full_sql
from syncline.store.instants import to_text

from .building import AS_OF, IDS, STATUSES, Database, ids, report_of, value


def rows_of(database: Database, report: Report, fact: Fact) -> list[Any]:
    sql = full_sql(fact, dict(report.relations))
    asked = {"as_of": to_text(report.as_of), **dict(fact.parameters)}
    wanted = {name: asked[name] for name in asked if f":{name}" in sql}
    with database.engine.connect() as connected:
        return list(connected.execute(text(sql), wanted))


def test_the_printed_sql_gives_the_rows_of_every_fact_on_the_database(
    full_company: Database, company_report: Report
) -> None:
    assert len(company_report.facts) > 40
    for fact in company_report.facts:
        rows = rows_of(full_company, company_report, fact)
        assert len(rows) == fact.n, fact.name
        assert digest({str(row[0]) for row in rows}) == fact.digest, fact.name
        if fact.unit in ("items", "sub-tasks") and isinstance(fact.value, int):
            assert fact.value == len(rows), fact.name
        if fact.name.startswith(("container_", "person_")):
            assert fact.value == tuple(sorted(Counter(row[1] for row in rows).items())), fact.name


def test_the_company_exercises_the_facts(company_report: Report) -> None:
    silent = {fact.name for fact in company_report.facts if not fact.n}
    assert not silent & {
        "done",
        "in_progress",
        "stuck",
        "blocked",
        "overdue",
        "throughput",
        "cycles",
        "no_owner",
    }


# ---- the second implementation ---------------------------------------------------------------------------------------

names = st.sampled_from(sorted(IDS))
steps = st.integers(-20, 130 * 24)  # hours before the report; below nought: after it


@dataclass
class Course:
    """One issue: when it was created, what it was at first, and when it became what."""

    created: int
    first: str
    moves: list[tuple[int, str]]
    comment: int | None
    archived: bool
    level: int
    at: list[tuple[datetime, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        status = self.first
        for hours, to in sorted(((h, s) for h, s in self.moves if h < self.created), reverse=True):
            self.at.append((AS_OF - timedelta(hours=hours), status, to))
            status = to


courses = st.builds(
    Course,
    created=steps,
    first=names,
    moves=st.lists(st.tuples(steps, names), max_size=6, unique_by=lambda move: move[0]),
    comment=st.none() | steps,
    archived=st.booleans(),
    level=st.sampled_from([-1, 0, 0, 1]),
)


def category(status: str) -> str:
    return STATUSES[IDS[status]][1]


def judge(course: Course, start: datetime, end: datetime) -> set[str]:
    """The facts that must name this issue, thought out without SQL."""
    created = AS_OF - timedelta(hours=course.created)
    if created > AS_OF or course.level < 0:
        return set()
    past = [move for move in course.at if move[0] <= AS_OF]
    status = past[-1][2] if past else course.first
    now = category(status)
    facts = {"created"} if start <= created < end else set()
    entered = [at for at, old, new in past if category(new) == "done" != category(old)]
    finished = entered[-1] if entered else None
    if now == "done":
        return facts | ({"done"} if finished and start <= finished < end else set())
    if now == "canceled" or course.archived:
        return facts
    if now == "waiting":
        facts.add("blocked")
    if now in ("in_progress", "waiting"):
        facts.add("in_progress")
        said = AS_OF - timedelta(hours=course.comment) if course.comment is not None else created
        last = max([created, *(at for at, _, _ in past), *([said] if said <= AS_OF else [])])
        if last < AS_OF - timedelta(days=7):
            facts.add("stuck")
    return facts


@settings(max_examples=60, deadline=None)
@given(st.lists(courses, min_size=1, max_size=8))
def test_facts_equal_a_second_implementation(issues: list[Course]) -> None:
    database = Database()
    database.source()
    named = {}
    for number, course in enumerate(issues):
        status = course.at[-1][2] if course.at else course.first
        created = AS_OF - timedelta(hours=course.created)
        item = database.issue(
            str(number),
            status,
            course.at,
            created_at=created,
            updated_at=created,
            archived=course.archived,
            level=course.level,
            resolved_at=None,
        )
        named[item] = course
        if course.comment is not None:
            database.comment(str(number), AS_OF - timedelta(hours=course.comment))
    report = report_of(database)
    database.close()
    assert value(report, "stuck_after") == 7  # fewer than eleven, so the second implementation may assume it
    start, end = report.period_start, report.period_end
    for name in ("created", "done", "blocked", "in_progress", "stuck"):
        expected = {item for item, course in named.items() if name in judge(course, start, end)}
        # An issue that never moved has no entry into done: its last change dates it, here its creation.
        if name == "done":
            expected |= {item for item, course in named.items() if _born_done(course, start, end)}
        assert ids(report, name) == expected, name


def _born_done(course: Course, start: datetime, end: datetime) -> bool:
    created = AS_OF - timedelta(hours=course.created)
    past = [move for move in course.at if move[0] <= AS_OF]
    always = category(course.first) == "done" and all(category(new) == "done" for _, _, new in past)
    return always and course.level >= 0 and start <= created < end
