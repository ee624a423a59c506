"""What a chart request asks: days, interval, events, segments, group-bys; and what that costs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from syncline.sim import SimRequest
from syncline_connectors.amplitude.simulator.errors import Refusal
from syncline_connectors.amplitude.simulator.limits import GROUP_BY
from syncline_connectors.amplitude.simulator.project import next_month

INTERVALS = {"1": 1, "7": 7, "30": 30}
MOST_DAYS = 365
OPERATORS = (
    "is",
    "is not",
    "contains",
    "does not contain",
    "less",
    "less or equal",
    "greater",
    "greater or equal",
    "set is",
    "set is not",
)


@dataclass(frozen=True)
class Event:
    """An event of a query. ``group_by`` are properties, as (type, name)."""

    type: str
    group_by: tuple[tuple[str, str], ...] = ()
    filters: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Asked:
    """A chart request, read as the vendor documents it. ``segments`` are lists of conditions."""

    start: date
    end: date
    interval: int
    segments: tuple[tuple[Mapping[str, Any], ...], ...]
    group_by: tuple[str, ...]

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    @property
    def conditions(self) -> int:
        """Segments and the conditions in them; a group-by counts as four segments. All users are one segment."""
        segments = self.segments or ((),)
        return len(segments) + sum(len(segment) for segment in segments) + GROUP_BY * len(self.group_by)

    def cost(self, weight: int) -> int:
        return self.days * self.conditions * weight

    def wheres(self) -> list[frozenset[tuple[str, str]]]:
        """Which users each segment is about; several values of one property are joined by a comma."""
        return [
            frozenset((one["prop"], ",".join(map(str, one["values"]))) for one in segment)
            for segment in self.segments or ((),)
        ]

    def buckets(self) -> Iterator[tuple[date, list[date]]]:
        """Intervals that the range touches: where each begins, and its days within the range.

        Weeks begin on Monday, months on the first: the first and the last may lie outside the range in part.
        """
        day = self.start
        while day <= self.end:
            begin, after = bucket_of(day, self.interval)
            last = min(after - timedelta(days=1), self.end)
            yield begin, [day + timedelta(days=n) for n in range((last - day).days + 1)]
            day = after


def bucket_of(day: date, interval: int) -> tuple[date, date]:
    """The interval a day is in: where it begins, and where the next one does."""
    if interval == 7:
        begin = day - timedelta(days=day.weekday())
        return begin, begin + timedelta(days=7)
    if interval == 30:
        return day.replace(day=1), next_month(day)
    return day, day + timedelta(days=1)


def read(request: SimRequest, *, segments: bool = True) -> Asked:
    """The request's query; raises Refusal for what the vendor would refuse."""
    start, end = _day(request, "start"), _day(request, "end")
    if start > end:
        raise Refusal(400, "start date must be before end date")
    interval = INTERVALS.get(request.param("i") or "1")
    if interval is None:
        raise Refusal(400, "Invalid interval")
    asked = Asked(
        start,
        end,
        interval,
        tuple(_segment(text) for text in request.params("s")) if segments else (),
        tuple(value for name in ("g", "g2") for value in request.params(name)),
    )
    if asked.days > MOST_DAYS:
        raise Refusal(400, f"Date range must not exceed {MOST_DAYS} days")
    if asked.group_by and len(asked.segments) > 1:
        raise Refusal(400, "Group by is available only when there is a single segment")
    return asked


def event(request: SimRequest, name: str) -> Event | None:
    """The event under a name that stands once; None where it does not."""
    texts = request.params(name)
    if len(texts) > 1:
        raise Refusal(400, f"{name} is given {len(texts)} times")
    return parse_event(texts[0]) if texts else None


def parse_event(text: str) -> Event:
    given = _json(text)
    if not isinstance(given, dict) or not isinstance(given.get("event_type"), str):
        raise Refusal(400, "Invalid event: event_type is required")
    if set(given) - {"event_type", "filters", "group_by"}:
        raise Refusal(400, "Invalid event: unknown key")
    group_by = tuple((one["type"], one["value"]) for one in given.get("group_by", ()))
    if len(group_by) > 2 or any(kind not in ("event", "user") for kind, _ in group_by):
        raise Refusal(400, "Invalid event: group_by")
    filters = tuple(given.get("filters", ()))
    for one in filters:
        if set(one) != {"subprop_type", "subprop_key", "subprop_op", "subprop_value"}:
            raise Refusal(400, "Invalid event: filter")
        if one["subprop_op"] not in OPERATORS or not isinstance(one["subprop_value"], list):
            raise Refusal(400, "Invalid event: filter")
    return Event(given["event_type"], group_by, filters)


def _day(request: SimRequest, name: str) -> date:
    text = request.param(name) or ""
    try:
        if len(text) != 8 or not text.isdigit():
            raise ValueError(text)
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a day of the project's own zone
    except ValueError:
        raise Refusal(400, f"Invalid {name} date") from None


def _segment(text: str) -> tuple[Mapping[str, Any], ...]:
    given = _json(text)
    if not isinstance(given, list):
        raise Refusal(400, "Invalid segment")
    for condition in given:
        if not {"prop", "op", "values"} <= set(condition) or condition["op"] not in OPERATORS:
            raise Refusal(400, "Invalid segment")
        if not isinstance(condition["values"], list):
            raise Refusal(400, "Invalid segment")
    return tuple(given)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise Refusal(400, "Invalid JSON") from None
