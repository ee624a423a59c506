"""Little data, poor data, odd settings: a report that says so, never a crash."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from syncline.errors import ConfigError
from syncline.report import FORMATS, Report, ReportSettings, render, whole_days
from syncline.report.draft import LONGEST_LIST
from syncline.report.settings import Calendar
from syncline.store.instants import to_text

from .building import AS_OF, Database, ids, report_of, value
from .reading import Page


def rendered(report: Report) -> dict[str, str]:
    return {format: render(report, format) for format in FORMATS}


def test_an_empty_database_says_that_it_is_empty() -> None:
    database = Database()
    texts = rendered(report_of(database))
    database.close()
    for format in ("html", "markdown", "json", "text"):
        text = texts[format]
        assert "The database holds no issue or ticket of this time" in text
        assert "No source was ever pulled." in text
    assert Page(texts["html"]).all("svg") == []
    assert "No issue was read." in texts["html"]


def test_one_bare_item(database: Database) -> None:
    bare: dict[str, Any] = dict.fromkeys(
        ("key", "url", "title", "level", "status_name", "created_at", "updated_at")
    )
    database.issue("1", None, **bare)
    database.issue("2", "In Progress", **bare)
    database.issue("3", "Done", **bare)
    report = report_of(database)
    texts = rendered(report)
    for format in ("html", "markdown", "json"):
        assert "(no title)" in texts[format]
    assert ids(report, "no_created") == {"i1", "i2", "i3"}
    assert ids(report, "unread_status") == {"i1"}
    assert ids(report, "no_change") == {"i2"}
    assert ids(report, "done_undated") == {"i3"}
    assert ids(report, "no_container") == {"i1", "i2", "i3"}


def test_a_person_or_container_that_was_never_pulled_shows_by_id(database: Database) -> None:
    database.issue("1", "In Progress", assignees=["ghost-7"], container="box-9")
    text = render(report_of(database), "text")
    assert "box-9" in text
    assert "ghost-7" in render(report_of(database), "markdown")


def test_history_into_a_status_that_no_longer_exists(database: Database) -> None:
    number = int(database.issue("1", "In Progress")[1:])
    database.event(number, "status", "3", "777", AS_OF - timedelta(days=3))
    database.event(number, "status", "777", "4", AS_OF - timedelta(days=2))
    report = report_of(database)
    assert value(report, "unread_events") == 1
    assert ids(report, "in_progress") == {"i1"}


def test_done_before_it_started_is_left_out_of_cycle_times(database: Database) -> None:
    late, early = AS_OF - timedelta(days=2), AS_OF - timedelta(days=5)
    database.issue("1", "Done", [(early, "To Do", "Done"), (late, "Done", "Done")])
    database.event(1, "status", "3", "4", late)
    report = report_of(database)
    assert value(report, "cycles") == 0


def test_long_lists_are_cut_and_say_so(database: Database) -> None:
    for number in range(105):
        database.issue(str(number), "In Progress")
    report = report_of(database)
    table = next(section.blocks[0] for section in report.sections if section.id == "in-progress")
    assert len(table.rows) == LONGEST_LIST  # type: ignore[union-attr]
    assert value(report, "in_progress") == 105
    assert "There are more rows than are shown here" in render(report, "html")
    assert "more than are shown here" in render(report, "markdown")


def test_quarantined_records_are_listed(database: Database) -> None:
    database.set_aside("10099", "fields.status is missing")
    report = report_of(database)
    assert value(report, "quarantined") == 1
    assert "eng:Issue:10099" in render(report, "html")


# ---- settings ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"timezone": "Mars/Olympus"}, "unknown time zone"),
        ({"timezone": "../../etc/passwd"}, "unknown time zone"),
        ({"timezone": ""}, "unknown time zone"),
        ({"week_start": "monday"}, "no such weekday"),
        ({"workdays": ("mon", "xyz")}, "no such weekday"),
        ({"workdays": ()}, "workdays is empty"),
        ({"period_start": AS_OF}, "the period is empty"),
        ({"period_end": AS_OF + timedelta(days=1)}, "the period ends after"),
        ({"as_of": AS_OF.replace(tzinfo=None)}, "as_of has no time zone"),
    ],
)
def test_settings_that_make_no_sense(change: dict[str, object], words: str) -> None:
    start, end = whole_days(AS_OF, "UTC")
    values = {"timezone": "UTC", "as_of": AS_OF, "period_start": start, "period_end": end} | change
    with pytest.raises(ConfigError, match=words):
        ReportSettings(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("zone", "as_of", "start", "end"),
    [
        ("UTC", "2026-11-22T00:00", "2026-11-15T00:00", "2026-11-22T00:00"),
        ("Europe/Berlin", "2026-11-22T23:30", "2026-11-15T23:00", "2026-11-22T23:00"),
        (
            "Europe/Berlin",
            "2026-03-30T10:00",
            "2026-03-22T23:00",
            "2026-03-29T22:00",
        ),  # summer time begins: 167 h
        ("Europe/Berlin", "2026-10-26T10:00", "2026-10-18T22:00", "2026-10-25T23:00"),  # and ends: 169 h
        ("Asia/Kolkata", "2026-01-03T00:00", "2025-12-26T18:30", "2026-01-02T18:30"),
        ("Pacific/Auckland", "2026-09-28T00:00", "2026-09-20T12:00", "2026-09-27T11:00"),
        ("America/New_York", "2027-01-01T04:59", "2026-12-24T05:00", "2026-12-31T05:00"),
    ],
)
def test_seven_whole_days(zone: str, as_of: str, start: str, end: str) -> None:
    found = whole_days(datetime.fromisoformat(as_of).replace(tzinfo=UTC), zone)
    assert [to_text(at)[:16] for at in found] == [start, end]


def test_since_a_day() -> None:
    start, end = whole_days(AS_OF, "UTC", since=date(2026, 11, 1))
    assert (start.date(), end.date()) == (date(2026, 11, 1), date(2026, 11, 20))


def test_weeks_begin_where_they_are_told_to() -> None:
    calendar = Calendar("UTC", AS_OF)
    assert calendar.week_of(date(2026, 11, 20), "mon") == date(2026, 11, 16)
    assert calendar.week_of(date(2026, 11, 20), "sun") == date(2026, 11, 15)
    assert calendar.week_of(date(2026, 11, 20), "fri") == date(2026, 11, 20)


def test_workdays_after_today() -> None:
    calendar = Calendar("UTC", AS_OF)  # a Friday
    assert calendar.workday_after(5, ("mon", "tue", "wed", "thu", "fri")) == date(2026, 11, 27)
    assert calendar.workday_after(2, ("sun",)) == date(2026, 11, 29)


def test_instants_are_cut_to_milliseconds() -> None:
    odd = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    assert to_text(odd) == "2026-01-02T03:04:05.678Z"


def test_weekly_throughput_counts_by_the_zones_days(database: Database) -> None:
    database.issue(
        "1", "Done", [(datetime(2026, 11, 8, 22, 59, tzinfo=UTC), "To Do", "Done")]
    )  # Sunday in Berlin
    database.issue("2", "Done", [(datetime(2026, 11, 8, 23, 0, tzinfo=UTC), "To Do", "Done")])  # Monday
    report = report_of(database)
    weeks = dict(value(report, "throughput"))  # type: ignore[arg-type]
    assert (weeks["2026-11-02"], weeks["2026-11-09"], len(weeks)) == (1, 1, 12)
    sunday = dict(value(report_of(database, week_start="sun"), "throughput"))  # type: ignore[arg-type]
    assert sunday["2026-11-08"] == 2


def test_the_title_of_the_settings_is_cleaned(database: Database) -> None:
    report = report_of(database, title="Week\u202e 47\x1b[2J")
    assert report.title == "Week 47"
