"""What answers say, and that what makes no sense is never a shorter answer."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline_connectors.amplitude.answers import Cell, day_of, group_of, read, read_csv, table_of
from syncline_connectors.amplitude.config import MetricConfig

FIRST, LAST = date(2026, 2, 1), date(2026, 2, 2)
X = ["2026-02-01", "2026-02-02"]
VISITS = MetricConfig(name="visits", event="visit")
GROUPED = MetricConfig(name="visits", event="visit", group_by=("platform",))
FUNNEL = MetricConfig(name="paying", funnel=("a", "b"))
RETAINED = MetricConfig.model_validate({"name": "day 1", "retention": {"after": 1}})


def answer(series: Any, labels: Any = (0,), x: Any = X, **more: Any) -> dict[str, Any]:
    return {"data": {"series": series, "seriesLabels": list(labels), "xValues": x, **more}}


def told(metric: MetricConfig, given: Any) -> dict[str, list[float | None]]:
    return {row.group: [cell.value for cell in row.cells] for row in read(metric, given, FIRST, LAST)}


# ---- segmentation --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([10, 12], [10, 12]),
        ([0, 0.0], [0, 0]),
        ([None, 12], [None, 12]),
        ([math.nan, math.inf], [None, None]),
        ([{"setId": "", "value": 10}, {"value": None}], [10, None]),
        ([-3, 1e15], [-3, 1e15]),
    ],
)
def test_a18_values_are_numbers_or_none_and_zero_is_a_number(values: list[Any], expected: list[Any]) -> None:
    assert told(VISITS, answer([values])) == {"": expected}


@pytest.mark.parametrize(
    ("label", "group"),
    [
        ("United States", "United States"),
        ([0, "iOS"], "iOS"),
        ([0, "iOS", "Germany"], "iOS, Germany"),
        (["iOS", "Germany"], "iOS, Germany"),
        ("iOS; Germany", "iOS; Germany"),
        ("", "(none)"),
        (None, "(none)"),
        ("(none)", "(none)"),
        ([0, 3], "3"),
        ([0, True], "true"),
        (17, "17"),
        ([], "(empty)"),
    ],
)
def test_a02_labels_become_words(label: Any, group: str) -> None:
    assert group_of(label) == group


def test_a02_groups_come_each_under_its_label() -> None:
    given = answer([[1, 2], [3, 4]], [[0, "iOS"], [0, "Web"]])
    assert told(GROUPED, given) == {"iOS": [1, 2], "Web": [3, 4]}


def test_no_groups_are_no_rows_but_all_users_are_one() -> None:
    assert told(GROUPED, answer([], [])) == {}
    for metric, series, labels in ((VISITS, [], []), (GROUPED, [[1, 2]], []), (GROUPED, [], ["iOS"])):
        with pytest.raises(ValueError, match=r"\d series, but \d labels"):
            told(metric, answer(series, labels))
    assert told(VISITS, answer([[1, 2]], [])) == {"": [1, 2]}, "one row needs no label"


def test_a18_a_day_that_is_not_told_is_not_zero() -> None:
    rows = read(VISITS, answer([[7]], x=["2026-02-02"]), FIRST, LAST)
    assert list(rows[0].cells) == [Cell(LAST, 7.0)]


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        {},
        {"data": None},
        {"data": {}},
        answer([[1]]),
        answer([[1, 2, 3]]),
        answer([[1, 2], [3, 4]], labels=(0, 1)),
        answer([[1, "2"]]),
        answer([[1, True]]),
        answer([{"a": 1}]),
        answer("12"),
        answer([[1, 2]], x=None),
        answer([[1, 2]], x=["Feb 1", "Feb 2"]),
        answer([[1, 2]], x=[1, 2]),
    ],
)
def test_a15_what_makes_no_sense_is_an_error(given: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        told(VISITS, given)


# ---- funnels -------------------------------------------------------------------------------------------------------


def funnel(series: Any, x: Any = X) -> dict[str, Any]:
    return {"data": [{"meta": {"segmentIndex": 0}, "dayFunnels": {"series": series, "xValues": x}}]}


def test_a04_a_funnel_is_the_share_of_those_who_entered_in_percent() -> None:
    (row,) = read(FUNNEL, funnel([[200, 50], [3, 1]]), FIRST, LAST)
    assert list(row.cells) == [Cell(FIRST, 25.0, 200), Cell(LAST, 100 / 3, 3)]


def test_a18_of_nobody_there_is_no_share() -> None:
    (row,) = read(FUNNEL, funnel([[0, 0], [None, 0]]), FIRST, LAST)
    assert list(row.cells) == [Cell(FIRST, None, 0), Cell(LAST, None, None)]


@pytest.mark.parametrize(
    "given",
    [
        funnel([[200, 50]]),
        funnel([[200, 50, 7], [3, 1, 1]]),
        funnel([[200, "50"], [3, 1]]),
        {"data": []},
        {"data": [funnel([])["data"][0]] * 2},
        {"data": [{}]},
        {"data": {}},
    ],
)
def test_a_funnel_that_makes_no_sense_is_an_error(given: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read(FUNNEL, given, FIRST, LAST)


# ---- retention -----------------------------------------------------------------------------------------------------


def cell(count: int, of: int = 100, *, incomplete: bool = False) -> dict[str, Any]:
    return {"count": count, "outof": of, "incomplete": incomplete}


def retention(values: Any) -> dict[str, Any]:
    series = {"dates": list(values), "values": values, "combined": []}
    return {"data": {"series": [series], "seriesMeta": [{"segmentIndex": 0, "eventIndex": 0}]}}


def test_a05_retention_after_n_intervals_is_element_n_plus_one() -> None:
    values = {"Feb 02": [cell(100), cell(90), cell(41)], "Feb 01": [cell(80, 80), cell(70, 80), cell(20, 80)]}
    (row,) = read(RETAINED, retention(values), FIRST, LAST)
    assert list(row.cells) == [Cell(FIRST, 25.0, 80), Cell(LAST, 41.0, 100)]


def test_a05_what_is_incomplete_or_not_told_yet_is_left_out() -> None:
    values = {"Feb 02": [cell(100), cell(90)], "Feb 01": [cell(100), cell(90), cell(5, incomplete=True)]}
    (row,) = read(RETAINED, retention(values), FIRST, LAST)
    assert not row.cells


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(0, 364), st.data())
def test_a14_a_day_without_a_year_is_the_one_in_the_range(
    first: date, length: int, data: st.DataObject
) -> None:
    last = first + timedelta(days=length)
    day = first + timedelta(days=data.draw(st.integers(0, length)))
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    label = f"{months[day.month - 1]} {day.day:02d}"
    assert day_of(label, first, last) == day
    assert day_of(f"{label} - Xyz 99", first, last) == day
    assert day_of(day.isoformat(), first, last) == day


@pytest.mark.parametrize("label", ["Mar 01", "Feb 30", "Total", "", "02/01", "Fév 01"])
def test_a_label_that_is_no_day_of_the_range_is_an_error(label: str) -> None:
    with pytest.raises(ValueError, match="is not a day between"):
        day_of(label, FIRST, LAST)


# ---- saved charts --------------------------------------------------------------------------------------------------


def test_a03_a_chart_is_the_rows_below_the_line_of_days() -> None:
    told = '"\tVisits by platform"\r\n\r\n,"","2026-02-01T00:00:00","2026-02-02T00:00:00"\r\n'
    told += '"\tVisit","\tiOS","1,234",""\r\n"\tVisit","\tWeb",12.5%,0\r\n\r\n'
    rows = {row.group: [cell.value for cell in row.cells] for row in read_csv(told)}
    assert rows == {"Visit, iOS": [1234.0, None], "Visit, Web": [12.5, 0.0]}


@pytest.mark.parametrize(
    "told",
    [
        "",
        "a,b\n1,2\n",
        ",2026-02-01,2026-02-02\nVisit,1\n",
        ",2026-02-01\nVisit,lots\n",
        "<html>2026</html>",
    ],
)
def test_a_chart_that_makes_no_sense_is_an_error(told: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_csv(told)


def test_the_table_inside_json_is_data() -> None:
    assert table_of({"data": "a,b"}) == "a,b"
    odds: tuple[Any, ...] = ({}, {"data": None}, {"data": 3}, [], None)
    for odd in odds:
        with pytest.raises(ValueError, match=r"\w"):
            table_of(odd)
