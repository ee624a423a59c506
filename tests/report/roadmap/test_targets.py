"""The date that counts, and its history, where tools know different parts of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from syncline.report.formulas.slips import TargetChange
from syncline.report.roadmap.targets import Told, day, trail

READ = datetime(2026, 11, 1, tzinfo=UTC)
BORN = datetime(2026, 9, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 20, tzinfo=UTC)
ONE, TWO, THREE = date(2026, 11, 11), date(2026, 12, 2), date(2026, 12, 21)


def change(at: datetime, old: date | None, new: date | None) -> TargetChange:
    return TargetChange(at, old, new, "eng")


JIRA = (change(BORN, None, ONE), change(BORN + timedelta(days=30), ONE, TWO))


def test_the_first_date_that_is_set_counts() -> None:
    found = trail([Told("product", None, READ), Told("eng", TWO, BORN, JIRA)], NOW)
    assert (found.target, found.connection, found.changes) == (TWO, "eng", JIRA)


def test_a_tool_without_history_takes_that_of_one_that_showed_the_same() -> None:
    found = trail([Told("product", TWO, READ), Told("eng", TWO, BORN, JIRA)], NOW)
    assert (found.target, found.connection) == (TWO, "product")
    assert found.changes == JIRA
    assert found.known_from == BORN


def test_what_was_seen_since_is_added_to_what_another_tool_tells_of_before() -> None:
    seen = (change(READ + timedelta(days=3), TWO, THREE),)
    later = (*JIRA, change(READ + timedelta(days=4), TWO, THREE))
    found = trail([Told("product", THREE, READ, seen), Told("eng", THREE, BORN, later)], NOW)
    assert found.changes == (*JIRA, *seen)


def test_where_they_disagreed_the_past_is_not_known() -> None:
    found = trail([Told("product", THREE, READ), Told("eng", TWO, BORN, JIRA)], NOW)
    assert (found.target, found.changes, found.known_from) == (THREE, (), READ)


def test_before_it_was_read_first_a_tool_without_history_says_nothing() -> None:
    told = [Told("product", THREE, READ), Told("eng", TWO, BORN, JIRA)]
    found = trail(told, READ - timedelta(days=1))
    assert (found.target, found.connection, found.changes) == (TWO, "eng", JIRA)


def test_where_no_tool_knew_anything_yet_what_is_known_now_is_taken() -> None:
    found = trail([Told("product", THREE, READ)], READ - timedelta(days=1))
    assert (found.target, found.connection) == (THREE, "product")


def test_a_date_that_was_taken_away_everywhere_keeps_its_history() -> None:
    gone = (*JIRA, change(READ, TWO, None))
    found = trail([Told("product", None, READ), Told("eng", None, BORN, gone)], NOW)
    assert (found.target, found.changes) == (None, gone)


def test_days() -> None:
    assert day("2026-12-02T10:00:00Z") == TWO
    assert [day(text) for text in (None, "", "soon", "2026-13-01")] == [None] * 4
