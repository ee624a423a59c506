"""What the answer to a chart query says: rows of values by day. Pure; raises ValueError where it makes no sense.

A row whose length differs from the list of days cannot be laid on it, and is an error: never a shorter row.
Source of the shapes: Amplitude, "Dashboard REST API" (2026-01-20), and recorded labels.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from syncline.jsonvalues import required, rows, text, wrong
from syncline_connectors.amplitude.config import MetricConfig

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), start=1
    )
}
NOT_GROUPED = ""
"""The group of a row that stands for all."""


@dataclass(frozen=True)
class Cell:
    """One value, of the interval that begins on ``day``. ``count``: how many it was computed from."""

    day: date
    value: float | None
    count: int | None = None


@dataclass(frozen=True)
class Row:
    """The values of one group, in the order in which they were told."""

    group: str
    cells: Sequence[Cell]


def read(metric: MetricConfig, answer: Any, first: date, last: date) -> list[Row]:
    """The rows of an answer to a query over ``first`` to ``last``; of a saved chart, see `read_csv`."""
    if metric.funnel is not None:
        return [_funnel(answer, len(metric.funnel))]
    if metric.retention is not None:
        return [_retention(answer, metric.retention.after, first, last)]
    return list(_series(answer, grouped=metric.group_by is not None))


# ---- segmentation, users, sessions ----


def _series(answer: Any, *, grouped: bool) -> Iterator[Row]:
    data = required(required(answer, "answer").get("data"), "data")
    days = [_day(value, f"data.xValues[{n}]") for n, value in enumerate(_listed(data, "xValues"))]
    series = _listed(data, "series")
    labels = _labels(data) if grouped else [NOT_GROUPED]
    if len(labels) != len(series):
        raise ValueError(f"data: {len(series)} series, but {len(labels)} labels")
    for number, (label, values) in enumerate(zip(labels, series, strict=True)):
        where = f"data.series[{number}]"
        found = _row(values, len(days), where)
        cells = [Cell(day, _number(value, where)) for day, value in zip(days, found, strict=True)]
        yield Row(group_of(label) if grouped else NOT_GROUPED, cells)


def _labels(data: Mapping[str, Any]) -> list[Any]:
    """Users call them ``seriesMeta``."""
    return rows(data.get("seriesLabels") or data.get("seriesMeta"), "data.seriesLabels")


def group_of(label: Any) -> str:
    """The words of a label: a text, or a list of an index and the values of the properties grouped by."""
    parts = label if isinstance(label, list) else [label]
    if len(parts) > 1 and isinstance(parts[0], int) and not isinstance(parts[0], bool):
        parts = parts[1:]
    words = [_word(part) for part in parts]
    return ", ".join(words) or "(empty)"


def _word(part: Any) -> str:
    if part is None or part == "":
        return "(none)"
    if isinstance(part, str):
        return part.strip() or "(none)"
    if isinstance(part, int | float):
        return str(part).lower() if isinstance(part, bool) else f"{part}"
    raise wrong("data.seriesLabels", "words", part)


# ---- funnels ----


def _funnel(answer: Any, steps: int) -> Row:
    """The share of those who entered on a day who came to the end, in percent."""
    (data,) = _exactly_one(required(answer, "answer").get("data"), "data")
    by_day = required(required(data, "data[0]").get("dayFunnels"), "data[0].dayFunnels")
    days = [_day(value, f"dayFunnels.xValues[{n}]") for n, value in enumerate(_listed(by_day, "xValues"))]
    found = _row(by_day.get("series"), len(days), "dayFunnels.series")
    cells = []
    for number, (day, row) in enumerate(zip(days, found, strict=True)):
        where = f"dayFunnels.series[{number}]"
        through = [_number(one, where) for one in _row(row, steps, where)]
        cells.append(_share(day, through[-1], through[0]))
    return Row(NOT_GROUPED, cells)


# ---- retention ----


def _retention(answer: Any, after: int, first: date, last: date) -> Row:
    """The share of each cohort that was there after so many intervals, in percent.

    Element 0 of a cohort is its size, element N+1 what happened after N intervals; what is not over is left out.
    """
    data = required(required(answer, "answer").get("data"), "data")
    (series,) = _exactly_one(data.get("series"), "data.series")
    values = required(required(series, "data.series[0]").get("values"), "values")
    cells = []
    for label, row in values.items():
        cohort = rows(row, f"values.{label}")
        if len(cohort) <= after + 1:
            continue
        cell = required(cohort[after + 1], f"values.{label}[{after + 1}]")
        if cell.get("incomplete") is not True:
            count, of = _number(cell.get("count"), "count"), _number(cell.get("outof"), "outof")
            cells.append(_share(day_of(label, first, last), count, of))
    return Row(NOT_GROUPED, sorted(cells, key=lambda cell: cell.day))


def day_of(label: str, first: date, last: date) -> date:
    """The day of a label such as ``Aug 15``: the year is the one that puts it into the range asked for.

    A range covers a year at most, so that one year at most fits. A label such as ``Aug 15 - Aug 21`` is its first day.
    """
    begin = label.split(" - ")[0].strip()
    if begin[:4].isdigit():
        return _day(begin, "values")
    month, _, number = begin.partition(" ")
    if month[:3] in _MONTHS and number.strip().isdigit():
        for year in range(first.year, last.year + 1):
            try:
                found = date(year, _MONTHS[month[:3]], int(number))
            except ValueError:
                continue
            if first <= found <= last:
                return found
    raise ValueError(f"values: {label!r:.40} is not a day between {first} and {last}")


# ---- saved charts ----


def read_csv(told: str) -> list[Row]:
    """The rows of a saved chart: those below the line that holds days, by the words before the first of them.

    The form is not documented; this is the one that charts over time have been seen in.
    """
    lines = [[cell.strip() for cell in line] for line in csv.reader(io.StringIO(told))]
    for number, line in enumerate(lines):
        columns = [column for column, cell in enumerate(line) if _is_day(cell)]
        if columns:
            return list(_below(lines[number + 1 :], line, columns))
    raise ValueError("no line of the chart holds days: only charts over time can be read")


def _below(lines: Sequence[Sequence[str]], header: Sequence[str], columns: Sequence[int]) -> Iterator[Row]:
    days = [_day(header[column], "header") for column in columns]
    for line in lines:
        if not any(line):
            continue
        if len(line) != len(header):
            raise ValueError(f"a row of {len(line)} columns below {len(header)} of the header")
        label = ", ".join(cell for cell in line[: columns[0]] if cell)
        cells = [Cell(day, _figure(line[column])) for day, column in zip(days, columns, strict=True)]
        yield Row(label, cells)


def table_of(answer: Any) -> str:
    """The CSV of a saved chart where it comes as ``data`` inside JSON."""
    found = text(required(answer, "chart").get("data"), "data")
    if found is None:
        raise ValueError("data: a chart without its table")
    return found


def _is_day(cell: str) -> bool:
    try:
        return len(cell) >= 10 and date.fromisoformat(cell[:10]) is not None
    except ValueError:
        return False


def _figure(cell: str) -> float | None:
    """A number as a spreadsheet writes it: ``1,234``, ``12.5%``, or nothing."""
    plain = cell.replace(",", "").removesuffix("%").strip()
    if not plain:
        return None
    try:
        found = float(plain)
    except ValueError:
        raise ValueError("a cell of the chart that is not a number") from None
    return found if math.isfinite(found) else None


# ---- single values ----


def _listed(data: Mapping[str, Any], name: str) -> list[Any]:
    """A list that must be there: its absence is nonsense, never an empty answer."""
    found = data.get(name)
    if not isinstance(found, list):
        raise wrong(f"data.{name}", "a list", found)
    return found


def _exactly_one(value: Any, path: str) -> list[Any]:
    if not isinstance(value, list) or len(value) != 1:
        raise ValueError(f"{path}: expected one series")
    return value


def _row(values: Any, length: int, path: str) -> list[Any]:
    if not isinstance(values, list):
        raise wrong(path, "a list", values)
    if len(values) != length:
        raise ValueError(f"{path}: {len(values)} values instead of {length}")
    return values


def _day(value: Any, path: str) -> date:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value[:10])
        except ValueError:
            pass
    raise wrong(path, "a day", value)


def _number(value: Any, path: str) -> float | None:
    """A number; None for null and for what is no number (a share of nothing). Saved queries wrap it in an object."""
    if isinstance(value, dict):
        value = value.get("value")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong(path, "a number", value)
    return float(value) if math.isfinite(value) else None


def _share(day: date, part: float | None, whole: float | None) -> Cell:
    """A share in percent; of nobody there is none."""
    value = None if part is None or not whole else 100 * part / whole
    return Cell(day, value, None if whole is None else int(whole))


def days_between(first: date, last: date) -> int:
    """How many days from the first to the last, both included."""
    return (last - first) // timedelta(days=1) + 1
