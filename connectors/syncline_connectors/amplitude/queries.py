"""What is asked for a metric, and what it costs. Pure.

Source: Amplitude, "Dashboard REST API" (2026-01-20): event format, segment definition, endpoint costs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from syncline.jsontext import encode
from syncline_connectors.amplitude.config import OF_PROPERTIES, MetricConfig, Segment

GROUP_BY = 4
"""A group-by counts as four segments; on an event it adds four for each."""
GROUPS = 1000
"""Groups that Amplitude tells at most."""
CHART_COST = 30
"""A saved chart does not tell what it costs before it is asked: taken for a month of one event."""
LATE = timedelta(days=7)
"""How long after the end of an interval Amplitude may still restate it: events come late."""
_REVENUE = frozenset({"revenue_amount", "verified_revenue", "unverified_revenue"})
_UNITS = {"uniques": "users", "totals": "events", "pct_dau": "%"}

Params = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True)
class Query:
    """One series of questions: a metric for one segment, whatever the days. ``cost`` is that of a day."""

    metric: MetricConfig
    segment: Segment | None
    path: str
    params: Params = field(default_factory=dict)
    cost: int = 1

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from all other queries of the connection, and sorts it among them."""
        return self.metric.id, self.name

    @property
    def name(self) -> str:
        """The segment's name; empty for all users."""
        return self.segment.name if self.segment else ""


def queries_of(metric: MetricConfig) -> list[Query]:
    """A query for each segment.

    Amplitude would take several segments in one query, but does not say how it labels them; apart they cost the same.
    """
    return [_query(metric, segment) for segment in metric.segments or (None,)]


def events_of(metric: MetricConfig) -> list[str]:
    """The names of the project's own events that a metric counts; not those that Amplitude itself has."""
    named = [metric.event, metric.second, *(metric.funnel or ())]
    if metric.retention is not None:
        named += [metric.retention.start, metric.retention.back]
    return [name for name in named if name and not name.startswith(("_", "ce:")) and name not in _REVENUE]


def settling(metric: MetricConfig) -> timedelta:
    """How long after the end of an interval its value may change: late events, and users who are still on their way."""
    if metric.funnel is not None:
        return LATE + metric.window
    return LATE


def unit_of(metric: MetricConfig) -> str | None:
    """The unit of a metric's values, where it follows from what is measured."""
    if metric.unit is not None:
        return metric.unit
    if metric.funnel is not None or metric.retention is not None:
        return "%"
    if metric.users is not None:
        return "users"
    if metric.sessions is not None:
        return "s" if metric.sessions == "average" else None
    return _UNITS.get(metric.measure) if metric.event is not None else None


def definition(metric: MetricConfig) -> str:
    """How Amplitude computes a metric: the query itself, one line for each segment."""
    lines = []
    for query in queries_of(metric):
        said = "&".join(
            f"{name}={value}"
            for name, values in query.params.items()
            for value in ([values] if isinstance(values, str) else values)
        )
        lines.append(f"GET {query.path}?{said}" if said else f"GET {query.path}")
    return "\n".join(lines)


def _query(metric: MetricConfig, segment: Segment | None) -> Query:
    """Conditions of the formula: the segment, the conditions in it, and four for each group-by."""
    where = [] if segment is None else [_condition(one) for one in segment.where]
    users = [one for one in metric.group_by or () if not one.startswith("event:")]
    conditions = 1 + len(where) + GROUP_BY * len(users)
    path, params, weight = _asked(metric)
    shared: dict[str, str | Sequence[str]] = {"s": _json(where)} if where else {}
    shared |= dict(zip(("g", "g2"), users, strict=False))
    if metric.chart is None and metric.sessions is None:
        shared["i"] = str(metric.interval)
    return Query(metric, segment, path, {**params, **shared}, conditions * weight)


def _asked(metric: MetricConfig) -> tuple[str, dict[str, str | Sequence[str]], int]:
    """Path, parameters and weight of what is measured."""
    if metric.funnel is not None:
        return _funnel(metric, metric.funnel)
    if metric.retention is not None:
        asked = metric.retention
        params: dict[str, str | Sequence[str]] = {
            "se": _event(asked.start),
            "re": _event(asked.back),
            "rm": asked.mode,
        }
        return "/api/2/retention", params, 8
    if metric.users is not None:
        return "/api/2/users", {"m": metric.users}, 1
    if metric.sessions is not None:
        return f"/api/2/sessions/{metric.sessions}", {}, 4
    if metric.chart is not None:
        return f"/api/3/chart/{metric.chart}/csv", {}, CHART_COST
    return _segmentation(metric, metric.event or "")


def _funnel(metric: MetricConfig, events: Sequence[str]) -> tuple[str, dict[str, str | Sequence[str]], int]:
    params: dict[str, str | Sequence[str]] = {
        "e": [_event(name) for name in events],
        "mode": metric.order,
        "cs": str(int(metric.window.total_seconds())),
    }
    return "/api/2/funnels", params, 2 * len(events)


def _segmentation(metric: MetricConfig, name: str) -> tuple[str, dict[str, str | Sequence[str]], int]:
    """The number of events, and four for each group-by of an event; a measured property counts as one."""
    grouping = [one.removeprefix("event:") for one in metric.group_by or () if one.startswith("event:")]
    if metric.of is not None and metric.measure in OF_PROPERTIES:
        grouping = [metric.of, *grouping]
    params: dict[str, str | Sequence[str]] = {"e": _event(name, metric, grouping), "m": metric.measure}
    events = 1
    if metric.formula is not None:
        params["formula"] = metric.formula
        if metric.second is not None:
            params["e2"] = _event(metric.second)
            events = 2
    if metric.group_by:
        params["limit"] = str(GROUPS)
    return "/api/2/events/segmentation", params, events + GROUP_BY * len(grouping)


def _event(name: str, metric: MetricConfig | None = None, grouping: Sequence[str] = ()) -> str:
    made: dict[str, Any] = {"event_type": name}
    if metric and metric.filters:
        made["filters"] = [
            {
                "subprop_type": one.on,
                "subprop_key": one.property,
                "subprop_op": one.op,
                "subprop_value": list(one.values),
            }
            for one in metric.filters
        ]
    if grouping:
        made["group_by"] = [{"type": "event", "value": one} for one in grouping]
    return _json(made)


def _condition(one: Any) -> dict[str, Any]:
    return {"prop": one.property, "op": one.op, "values": list(one.values)}


def _json(value: Any) -> str:
    return encode(value).decode()
