"""What changed since the last report: targets, scope, blockers, what was learned late; and quiet weeks."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from sqlalchemy import Connection, insert, text

from syncline.config.reporting import Roadmap
from syncline.report import Report, build_status, render
from syncline.report.changes import CROWDS, HEADINGS, MOST, VALUES
from syncline.report.facts import full_sql
from syncline.report.kept.make import make
from syncline.report.kept.saved import Kept, save
from syncline.report.plain import line_text
from syncline.report.settings import ReportSettings, whole_days
from syncline.report.status import watched
from syncline.store import tables
from syncline.store.instants import to_text

from .building import AS_OF, IDS, Database, company, settings

ROADMAP = Roadmap.model_validate({"items": [{"from": "eng", "type": ["Epic"]}]})
WEEK = timedelta(days=7)
LAST = AS_OF - WEEK


def weekly(at: datetime, **changes: Any) -> ReportSettings:
    start, end = whole_days(at, "Europe/Berlin")
    return settings(as_of=at, period_start=start, period_end=end, **({"roadmap": ROADMAP} | changes))


def epic() -> Database:
    """An epic of three issues that began a month ago, with a target in three weeks."""
    built = Database()
    built.source()
    long_ago = AS_OF - timedelta(days=30)
    begun = [(long_ago, "To Do", "In Progress")]
    built.issue("1", "In Progress", begun, type="Epic", level=1, title="Bulk edit", due_on=date(2026, 12, 18))
    built._records[-1]["data"] |= {"type": "Epic"}
    for number in (2, 3, 4):
        built.issue(str(number), "In Progress", begun, parent="1", title=f"Part {number}")
    return built


def keep(connection: Connection, made: ReportSettings, seq: int = 1) -> int:
    report = make(connection, "status", made)
    return save(connection, report, Kept(made, seq, "text", render(report, "text"), made.as_of))


def lines(report: Report) -> list[str]:
    section = next(one for one in report.sections if one.id == "changes")
    return [line_text(line, report) for line in section.lines]


def event(
    connection: Connection, record: int, field: str, old: str, new: str, at: datetime, seq: int = 1
) -> None:
    row = {
        "record_id": record,
        "field": field,
        "old": old,
        "new": new,
        "at": at,
        "seen_at": AS_OF,
        "seq": seq,
    }
    number = connection.execute(text("SELECT count(*) FROM event")).scalar_one()
    connection.execute(insert(tables.event).values(row | {"native_id": f"x{number}", "ordinal": 0}))


def test_a_quiet_week_is_one_line() -> None:
    built = epic()
    with built.write().connect() as connection:
        number = keep(connection, weekly(LAST))
        report = make(connection, "status", weekly(AS_OF), number)
    built.close()
    assert lines(report) == [
        "Compared with the report as of 13 Nov 2026, 15:00.",
        "Nothing changed beyond noise.",
    ]


def test_what_happened_in_the_week() -> None:
    built = epic()
    with built.write().connect() as connection:
        number = keep(connection, weekly(LAST))
        day = AS_OF - timedelta(days=2)
        event(connection, 1, "due_on", "2026-12-18", "2027-01-15", day)
        connection.execute(text("UPDATE record SET due_on = '2027-01-15' WHERE id = 1"))
        event(connection, 2, "status", IDS["In Progress"], IDS["Waiting"], day)
        connection.execute(text("UPDATE record SET status_category = 'waiting' WHERE id = 2"))
        report = make(connection, "status", weekly(AS_OF), number)
        derived(connection, report)
    built.close()
    told = lines(report)
    assert told[1] == "Targets: ENG-1 Bulk edit: slip 0 → +28 days."
    assert "Blockers: 1 item is blocked or waiting now: ENG-2 Part 2." in told
    assert not any(line.startswith("Restated") for line in told)


def test_what_was_learned_late_is_restated_and_did_not_happen_now() -> None:
    """The move lies before the last report, which did not know of it."""
    built = epic()
    with built.write().connect() as connection:
        number = keep(connection, weekly(LAST))
        before = LAST - timedelta(days=3)
        connection.execute(
            text("INSERT INTO ingest (seq, run_id, at) VALUES (2, 1, '2026-11-18T00:00:00.000Z')")
        )
        event(connection, 1, "due_on", "2026-12-18", "2027-01-15", before, seq=2)
        connection.execute(text("UPDATE record SET due_on = '2027-01-15', seq = 2 WHERE id = 1"))
        report = make(connection, "status", weekly(AS_OF), number)
        derived(connection, report)
    built.close()
    told = lines(report)
    assert "Restated: ENG-1 Bulk edit: slip 0 → +28 days." in told
    assert not any(line.startswith("Targets") for line in told)


def test_a_changed_configuration_is_told_apart() -> None:
    built = epic()
    with built.write().connect() as connection:
        number = keep(connection, weekly(LAST))
        connection.execute(text("UPDATE report_fact SET value = '{\"i1\": 5}' WHERE name = 'roadmap_slip'"))
        other = Roadmap.model_validate(
            {"items": [{"from": "eng", "type": ["Epic"]}], "committed": {"labels": ["x"]}}
        )
        report = make(connection, "status", weekly(AS_OF, roadmap=other), number)
    built.close()
    assert not any(line.startswith("Restated") for line in lines(report))
    assert lines(report)[-1].endswith(" defined otherwise than before, and are not compared.")


def test_without_an_earlier_report_it_is_history_that_is_compared_with() -> None:
    built = epic()
    with built.write().connect() as connection:
        event(connection, 1, "due_on", "2026-12-18", "2027-01-15", AS_OF - timedelta(days=2))
        connection.execute(text("UPDATE record SET due_on = '2027-01-15' WHERE id = 1"))
        report = make(connection, "status", weekly(AS_OF))
        derived(connection, report)
    built.close()
    assert lines(report)[:2] == [
        "No earlier report is kept: compared with 13 Nov 2026, 00:00, from history.",
        "Targets: ENG-1 Bulk edit: slip 0 → +28 days.",
    ]


def test_many_changes_are_folded() -> None:
    built = Database()
    built.source()
    for number in range(1, 21):
        built.issue(str(number), type="Epic", level=1, due_on=date(2026, 12, 18))
        built._records[-1]["data"] |= {"type": "Epic"}
    with built.write().connect() as connection:
        number = keep(connection, weekly(LAST))
        for one in range(1, 21):
            event(connection, one, "due_on", "2026-12-18", f"2027-01-{one:02d}", AS_OF - timedelta(days=1))
            connection.execute(text(f"UPDATE record SET due_on = '2027-01-{one:02d}' WHERE id = {one}"))
        report = make(connection, "status", weekly(AS_OF), number)
    built.close()
    section = next(one for one in report.sections if one.id == "changes")
    (table,) = section.blocks
    assert len(section.lines) == 1 + MOST
    assert getattr(table, "folded", False) is True
    assert len(getattr(table, "rows", ())) == 20 - MOST
    assert (
        line_text(section.lines[1], report) == "Targets: ENG-20 Issue 20: slip 0 → +33 days."
    )  # the worst first


def derived(connection: Connection, report: Report) -> None:
    """What the section says is re-derived on the database by the printed queries."""
    mine = [
        fact
        for fact in report.facts
        if fact.name.startswith(("before_", "restated_")) or "_came" in fact.name
    ]
    assert mine
    for fact in mine:
        sql = full_sql(fact, dict(report.relations))
        asked = {"as_of": to_text(report.as_of), **dict(fact.parameters)}
        wanted = {name: value for name, value in asked.items() if f":{name}" in sql}
        assert len(connection.execute(text(sql), wanted).all()) == fact.n, fact.name


def test_what_is_watched_is_there() -> None:
    """A name that no fact bears would be watched in vain."""
    built = epic()
    with built.write().connect() as connection:
        report = make(connection, "status", weekly(AS_OF))
    built.close()
    names = {fact.name for fact in report.facts}
    elsewhere = {
        "rollout_percent",
        "demand_tickets",
        "score_of_metric_*",
    }  # facts of tools that this company has not
    assert {watched.fact for watched in VALUES} - elsewhere <= names
    assert {crowd.fact for crowd in CROWDS} <= names
    assert {one.heading for one in (*VALUES, *CROWDS)} <= set(HEADINGS)


def test_what_is_compared_is_made_alike_with_and_without_the_rest() -> None:
    built = company()
    with built.engine.connect() as connection:
        whole = {fact.name: fact.value for fact in build_status(connection, settings()).facts}
        part = {fact.name: fact.value for fact in watched(connection, settings())}
    built.close()
    names = {one.fact for one in (*VALUES, *CROWDS)}
    told = {name for name in whole if any(fnmatchcase(name, one) for one in names)}
    assert told
    assert {name: part.get(name) for name in told} == {name: whole[name] for name in told}
