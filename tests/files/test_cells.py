"""Cells are read strictly: what can be meant in two ways is refused in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline_connectors.files import cells
from syncline_connectors.files.cells import Dialect

PLAIN = Dialect()
COMMA = Dialect(decimal=",")
BERLIN = Dialect(zone=ZoneInfo("Europe/Berlin"))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_that_python_writes_is_read_back(value: float) -> None:
    assert cells.number(repr(value), PLAIN) == value
    assert cells.number(repr(value).replace(".", ","), COMMA) == value


@given(st.integers(0, 2**53))
def test_whole_numbers_are_read_back(value: int) -> None:
    assert cells.whole(str(value), PLAIN) == value


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("3,5", 'has a ","; write 3.5, or set `decimal`'),
        ("1,234.5", 'has a ","'),
        ("abc", "is not a number"),
        ("", "is not a number"),
        ("nan", "is not a number"),
        ("1 000", "is not a number"),
        ("٣", "is not a number"),
        ("0x10", "is not a number"),
        ("1_000", "is not a number"),
        ("9e999", "is too large"),
        ("9" * 5000, "is too large"),
    ],
)
def test_what_is_no_plain_number_is_refused(cell: str, says: str) -> None:
    with pytest.raises(ValueError, match=says.replace("(", r"\(")):
        cells.number(cell, PLAIN)


def test_with_a_decimal_comma_points_are_refused() -> None:
    with pytest.raises(ValueError, match=r'has a "\."'):
        cells.number("1.234", COMMA)


@pytest.mark.parametrize("cell", ["-1", "1.5", "1e300"])
def test_a_count_is_whole_and_not_negative(cell: str) -> None:
    with pytest.raises(ValueError, match="is not a whole number of zero or more"):
        cells.whole(cell, PLAIN)


@pytest.mark.parametrize(
    ("cell", "value"), [("31 %", 31), ("31%", 31), ("31\u00a0%", 31), ("31", 31), ("0.5", 0.5)]
)
def test_a_percent_sign_says_the_unit(cell: str, value: float) -> None:
    assert cells.measure(cell, PLAIN) == value
    assert cells.percent(cell, PLAIN) == value


@pytest.mark.parametrize("cell", ["101", "-1", "100.1 %"])
def test_percentages_end_at_a_hundred(cell: str) -> None:
    with pytest.raises(ValueError, match="is not between 0 and 100"):
        cells.percent(cell, PLAIN)


def test_a_share_is_a_part_of_one() -> None:
    assert cells.share("0.25", PLAIN) == 0.25
    assert cells.share("25 %", PLAIN) == 0.25
    with pytest.raises(ValueError, match="a percentage needs its sign"):
        cells.share("25", PLAIN)


# ---- days and times ----


@given(st.dates())
def test_days_are_read_back(value: date) -> None:
    assert cells.day(value.isoformat()) == value


@given(
    st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29)),  # noqa: DTZ001 - the zone is added
    st.integers(-14 * 60, 14 * 60),
    st.sampled_from("T "),
)
def test_times_with_a_zone_are_read_back(value: datetime, minutes: int, sign: str) -> None:
    zoned = value.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert cells.instant(zoned.isoformat(sep=sign), PLAIN) == zoned
    assert cells.instant(value.isoformat() + "Z", BERLIN) == value.replace(tzinfo=UTC)


def test_a_time_without_a_zone_is_meant_in_the_connections() -> None:
    assert cells.instant("2026-07-01 10:30", BERLIN) == datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
    assert cells.instant("2026-01-01", BERLIN) == datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert cells.instant("2026-01-01", PLAIN) == datetime(2026, 1, 1, tzinfo=UTC)
    assert cells.instant("2026-01-01", PLAIN).tzinfo is UTC


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("03/04/2026", '"03/04/2026" can be read in two ways; write the date as YYYY-MM-DD'),
        ("3.4.2026", "can be read in two ways"),
        ("03-04-26", "can be read in two ways"),
        ("2026-02-30", "is a day that there is not"),
        ("2026-13-01", "is a day that there is not"),
        ("20260401", "is not a date; write it as YYYY-MM-DD"),
        ("2026-W14-1", "is not a date"),
        ("yesterday", "is not a date"),
        ("45000", "is not a date"),
        ("２０２６-01-01", "is not a date"),
        ("2026-01-01 25:00", "has a time of day that there is not"),
    ],
)
def test_other_dates_are_refused(cell: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        cells.instant(cell, PLAIN)


@pytest.mark.parametrize("cell", ["0001-01-01", "9999-12-31T23:59-12:00", "2026-01-01 10:00+99:00"])
def test_the_ends_of_the_calendar_are_refused_not_crashed(cell: str) -> None:
    with pytest.raises(ValueError, match="is not a time that there is"):
        cells.instant(cell, BERLIN)


@given(st.text())
def test_nothing_but_a_refusal_comes_of_any_text(cell: str) -> None:
    for read in (
        lambda: cells.number(cell, PLAIN),
        lambda: cells.instant(cell, BERLIN),
        lambda: cells.day(cell),
        lambda: cells.share(cell, COMMA),
        lambda: cells.flag(cell),
        lambda: cells.word_of(cell, {"a": "b"}),
    ):
        said = ""
        try:
            read()
        except ValueError as error:
            said = str(error)
        assert len(said) < 200


# ---- lists and words ----


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("ENG-1", ("ENG-1",)),
        ("ENG-1, ENG-2;ENG-3\nENG-1", ("ENG-1", "ENG-2", "ENG-3")),
        ("ENG-1,ENG-2", ("ENG-1", "ENG-2")),
        (
            "https://x.example/a,b;c, jira:Issue:10001",
            ("https://x.example/a,b;c", "jira:Issue:10001"),
        ),
        (" ,; ", ()),
    ],
)
def test_references_are_told_apart(cell: str, found: tuple[str, ...]) -> None:
    assert cells.references(cell) == found


def test_labels_keep_their_blanks() -> None:
    assert cells.names("pricing, first run ;pricing") == ("pricing", "first run")


def test_an_unknown_word_is_answered_with_the_nearest() -> None:
    with pytest.raises(ValueError, match='"dwon" is not known here; did you mean "down"'):
        cells.word_of("dwon", {"up": "up", "down": "down"})


@pytest.mark.parametrize(
    ("cell", "value"),
    [("80 %", 80), ("2.5", 2.5), ("s1", "s1"), ("=1+1", "=1+1"), ("2026-01-01", "2026-01-01"), ("1e3", 1000)],
)
def test_a_companys_value_is_a_number_where_it_is_one(cell: str, value: object) -> None:
    assert cells.company_value("reach", cell, PLAIN) == value


@pytest.mark.parametrize("cell", ["3,5", "1.234.567", "1,000"])
def test_a_companys_value_that_could_be_two_numbers_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match=r"number|has a"):
        cells.company_value("reach", cell, PLAIN)


def test_choices_are_read_by_any_of_their_names() -> None:
    dialect = Dialect(choices={"severity": {"1 - critical": "s1", "s1": "s1"}})
    assert cells.company_value("severity", "1 - Critical", dialect) == "s1"
    with pytest.raises(ValueError, match="is not known here"):
        cells.company_value("severity", "whatever", dialect)
