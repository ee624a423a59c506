"""Payloads into records. Pure: the same payload always gives the same record; raises ValueError.

Metrics and their points have payloads of our own making: what was asked, and the one value of an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from syncline.jsonvalues import Json, day, identity, instant, number, required, text
from syncline.model import (
    Annotation,
    Direction,
    Kind,
    Metric,
    MetricPoint,
    Record,
    Sourced,
    Text,
    TextFormat,
)
from syncline_connectors.amplitude.answers import Cell
from syncline_connectors.amplitude.config import MetricConfig
from syncline_connectors.amplitude.queries import definition, unit_of

COHORT = "cohort/"
"""Before the id of a cohort, so that it is not taken for a metric of the configuration."""

EVENT_TYPE = "event/"
"""Before the name of an exported event type, likewise."""


class Reader:
    """Reads payloads of every kind. ``charts`` tells which metric reads a saved chart."""

    def __init__(self, charts: Mapping[str, str]) -> None:
        self._charts = charts

    def read(self, kind: Kind, payload: Json) -> Record:
        match kind:
            case Kind.ANNOTATION:
                return self._annotation(payload)
            case Kind.METRIC:
                return _cohort(payload) if "lastMod" in payload else _metric(payload)
            case Kind.METRIC_POINT:
                return _point(payload)
        raise ValueError(f"Amplitude has no {kind}")

    def _annotation(self, payload: Json) -> Annotation:
        at = instant(payload.get("start"), "start")
        if at is None:
            raise ValueError("start: an annotation without a time")
        details, chart = text(payload.get("details"), "details"), text(payload.get("chart_id"), "chart_id")
        return Annotation(
            remote_id=identity(payload.get("id"), "id"),
            title=text(payload.get("label"), "label"),
            type=_category(payload.get("category")),
            at=at,
            until=instant(payload.get("end"), "end"),
            body=Text(format=TextFormat.PLAIN, source=details) if details else None,
            metric=self._charts.get(chart, chart) if chart else None,
        )


def _category(value: Any) -> str | None:
    """The documents call a category's name ``name``, recorded answers call it ``category``."""
    if value is None:
        return None
    found = required(value, "category")
    return text(found.get("category", found.get("name")), "category.name")


# ---- metrics and their points ----


def metric_of(metric: MetricConfig) -> Sourced:
    """A metric of the configuration; its payload holds the query that is its definition."""
    payload = {
        "id": metric.id,
        "name": metric.name,
        "unit": unit_of(metric),
        "direction": metric.direction.value if metric.direction else None,
        "interval": metric.interval,
        "target": metric.target,
        "definition": definition(metric),
    }
    return Sourced(_metric(payload), payload)


def event_type_of(name: str) -> Sourced:
    """An event type as a metric: how many events of it reached Amplitude on a day."""
    payload = {
        "id": EVENT_TYPE + name,
        "name": name,
        "unit": "events",
        "interval": 1,
        "definition": "raw events by the day (UTC) on which they reached Amplitude",
    }
    return Sourced(_metric(payload), payload)


def _metric(payload: Json) -> Metric:
    direction = text(payload.get("direction"), "direction")
    return Metric(
        remote_id=identity(payload.get("id"), "id"),
        title=text(payload.get("name"), "name"),
        unit=text(payload.get("unit"), "unit"),
        direction=Direction(direction) if direction else None,
        interval=int(number(payload.get("interval"), "interval") or 1),
        target=number(payload.get("target"), "target"),
        definition=text(payload.get("definition"), "definition"),
    )


def point_of(metric: str, segment: str, cell: Cell, *, complete: bool) -> Sourced:
    """A value as a record; ``metric`` is the remote id of its metric."""
    payload = {
        "metric": metric,
        "day": cell.day.isoformat(),
        "segment": segment,
        "value": cell.value,
        "count": cell.count,
        "complete": complete,
    }
    return Sourced(_point(payload), payload)


def point_id(metric: str, on: date, segment: str) -> str:
    """What a point is known by: it stays when its value is restated."""
    return f"{metric}/{on}/{segment}" if segment else f"{metric}/{on}"


def _point(payload: Json) -> MetricPoint:
    metric, on = identity(payload.get("metric"), "metric"), day(payload.get("day"), "day")
    segment, count = text(payload.get("segment"), "segment") or "", number(payload.get("count"), "count")
    if on is None:
        raise ValueError("day: a point without a day")
    return MetricPoint(
        remote_id=point_id(metric, on, segment),
        metric=metric,
        day=on,
        segment=segment,
        value=number(payload.get("value"), "value"),
        count=None if count is None else int(count),
        complete=payload.get("complete") is True,
    )


# ---- cohorts ----


def _cohort(payload: Json) -> Metric:
    """A cohort is measured by its size."""
    return Metric(
        remote_id=COHORT + identity(payload.get("id"), "id"),
        title=text(payload.get("name"), "name"),
        unit="users",
        definition=text(payload.get("description"), "description"),
        created_at=instant(payload.get("createdAt"), "createdAt"),
        updated_at=instant(payload.get("lastMod"), "lastMod"),
        archived=payload.get("archived") is True,
    )


def size_of(payload: Json, today: date) -> Sourced | None:
    """How many users were in a cohort on the day on which it was last computed (UTC); None where it never was."""
    computed = instant(payload.get("lastComputed"), "lastComputed")
    size = number(payload.get("size"), "size")
    if computed is None or size is None:
        return None
    on = computed.astimezone(UTC).date()
    cell = Cell(on, size, int(size))
    return point_of(COHORT + identity(payload.get("id"), "id"), "", cell, complete=on < today)


def utc_day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
