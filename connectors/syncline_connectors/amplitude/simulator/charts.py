"""The charts: segmentation, users, sessions, funnels, retention, and saved ones as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from zlib import crc32

from syncline.sim import SimRequest, SimResponse
from syncline_connectors.amplitude.simulator.asked import Asked, Event, bucket_of, event, parse_event, read
from syncline_connectors.amplitude.simulator.errors import Refusal
from syncline_connectors.amplitude.simulator.limits import GROUP_BY, Limits
from syncline_connectors.amplitude.simulator.project import Project, Series

COUNTS = frozenset({"uniques", "totals", "sums"})
"""Measures that grow while a day runs; averages and shares do not."""
MEASURES = COUNTS | {"pct_dau", "average", "value_avg", "histogram", "formula"}
LATE_DAYS = 7
"""Days after which no event comes late any more."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Quirks:
    """What the vendor may do and a client must bear.

    ``late``: the share of a day's events that is still missing when the day has just ended, and comes within a week.
    ``indexed_labels``: labels are pairs with an index instead of texts. ``json_csv``: a saved chart's CSV stands inside
    JSON. ``category_name``: what an annotation's category calls its name. ``shuffled``: lists come in any order.
    ``repeated_uploads``: the share of exported events that stand in two files. ``counted``: answers bear the headers of
    another limit, as recorded answers do, which says nothing of the cost that is left. ``listed_after``: seconds until
    an annotation that was made over the API stands in the list. ``whole_hours``: its start is cut to the hour.
    """

    late: float = 0.05
    indexed_labels: bool = True
    json_csv: bool = True
    category_name: str = "category"
    shuffled: bool = True
    repeated_uploads: float = 0.2
    counted: bool = True
    listed_after: float = 30.0
    whole_hours: bool = True


CALM = Quirks(
    late=0.0,
    indexed_labels=False,
    shuffled=False,
    repeated_uploads=0.0,
    counted=False,
    listed_after=0.0,
    whole_hours=False,
)
"""A service on its best behaviour."""


class Charts:
    """Answers chart requests of one project."""

    def __init__(self, project: Project, limits: Limits, quirks: Quirks) -> None:
        self._project, self._limits, self.quirks = project, limits, quirks

    # ---- segmentation and its kin ----

    def segmentation(self, request: SimRequest) -> SimResponse:
        asked, first = read(request), event(request, "e")
        if first is None:
            raise Refusal(400, "e is required")
        second, measure = event(request, "e2"), request.param("m") or "uniques"
        if measure not in MEASURES:
            raise Refusal(400, "Invalid metric")
        events = [one for one in (first, second) if one]
        grouped = sum(len(one.group_by) for one in events)
        self._limits.charge(asked.cost(len(events) + GROUP_BY * grouped))
        if measure == "formula":
            formula = request.param("formula")
            if not formula:
                raise Refusal(400, "formula is required")
            measure, events = f"formula:{formula}", events[:1]
        if measure in ("sums", "value_avg", "histogram") and not first.group_by:
            raise Refusal(400, f"{measure} requires a group by in e")
        rows = [row for one in events for row in self._rows(one, measure, asked)]
        most = min(int(request.param("limit") or 100), 1000)
        return self._series(asked, rows[:most] if asked.group_by or grouped else rows)

    def users(self, request: SimRequest) -> SimResponse:
        asked, kind = read(request), request.param("m") or "active"
        if kind not in ("active", "new"):
            raise Refusal(400, "Invalid metric")
        self._limits.charge(asked.cost(1))
        rows = self._rows(Event(f"/users/{kind}"), "uniques", asked)
        days = [begin for begin, _ in asked.buckets()]
        return _answer(
            {
                "series": [values for _, values in rows],
                "seriesMeta": [label or {"segmentIndex": number} for number, (label, _) in enumerate(rows)],
                "xValues": [f"{day:%Y-%m-%d}" for day in days],
            }
        )

    def sessions(self, request: SimRequest, kind: str) -> SimResponse:
        """Sessions take neither segments nor an interval."""
        asked = read(request, segments=False)
        self._limits.charge(asked.cost(4))
        (_, values), *_ = self._rows(Event(f"/sessions/{kind}"), "average", asked)
        return _answer(
            {
                "series": [values],
                "seriesMeta": [{"segmentIndex": 0}],
                "xValues": [f"{begin:%Y-%m-%d}" for begin, _ in asked.buckets()],
            }
        )

    def _rows(self, one: Event, measure: str, asked: Asked) -> list[tuple[str, list[float | None]]]:
        """Label and values of every group of every segment, the largest group first."""
        grouping = asked.group_by or tuple(name for _, name in one.group_by)
        if measure in ("sums", "value_avg", "histogram"):
            grouping = asked.group_by  # the property that is measured, not one to tell apart by
        found: list[tuple[str, list[float | None]]] = []
        for where in asked.wheres():
            groups = self._groups(one.type, measure, where, grouping) if grouping else [("", where)]
            rows = [(label, self._values(one.type, measure, key, asked)) for label, key in groups]
            found += sorted(rows, key=lambda row: -sum(value or 0 for value in row[1])) if grouping else rows
        return found

    def _groups(
        self, event_type: str, measure: str, where: frozenset[tuple[str, str]], grouping: Sequence[str]
    ) -> list[tuple[str, frozenset[tuple[str, str]]]]:
        wanted = {name for name, _ in where} | set(grouping)
        found: dict[frozenset[tuple[str, str]], str] = {}
        for known_event, known_measure, _, known in self._project.series:
            if known_event == event_type and measure in (known_measure, "totals") and where <= known:
                values = dict(known)
                if set(values) == wanted:
                    found[known] = "; ".join(values[name] for name in grouping)
        return [(label, key) for key, label in sorted(found.items(), key=lambda item: item[1])]

    def _values(
        self, event_type: str, measure: str, where: frozenset[tuple[str, str]], asked: Asked
    ) -> list[float | None]:
        own = self._known(event_type, measure, asked.interval, where)
        daily = own if asked.interval == 1 else self._known(event_type, measure, 1, where)
        found = []
        for begin, days in asked.buckets():
            whole = len(days)
            if own:  # set for the interval as a whole
                value, whole = own.get(begin, 0), (bucket_of(begin, asked.interval)[1] - begin).days
            else:
                value = joined([daily.get(day, 0) for day in days], measure)
            found.append(self._as_seen(value, measure, days, whole))
        return found

    def _known(
        self, event_type: str, measure: str, interval: int, where: frozenset[tuple[str, str]]
    ) -> Series:
        series = self._project.series
        if (found := series.get((event_type, measure, interval, where))) is not None:
            return found
        # totals that nobody set: as many events as users
        return series.get((event_type, "uniques", interval, where), {}) if measure == "totals" else {}

    def _as_seen(self, value: float | None, measure: str, days: Sequence[date], whole: int) -> float | None:
        """What of a value has arrived by now: the running day is not over, and events come late."""
        counts = measure in COUNTS
        if value is None or not counts:
            return value if days and days[0] <= self._project.today() else (0 if counts else None)
        arrived = value * sum(self.arrived(day) for day in days) / whole
        return round(arrived) if isinstance(value, int) else arrived

    def arrived(self, day: date) -> float:
        """The share of a day's events that is there, 0 to 1."""
        age = (self._project.today() - day).days
        if age < 0:
            return 0.0
        if age == 0:
            return self._project.day_done() * (1 - self.quirks.late)
        return 1 - self.quirks.late * max(0, LATE_DAYS + 1 - age) / LATE_DAYS

    def _series(self, asked: Asked, rows: Sequence[tuple[str, list[float | None]]]) -> SimResponse:
        grouped = any(label for label, _ in rows)
        labels: list[Any] = [label or number for number, (label, _) in enumerate(rows)]
        if self.quirks.indexed_labels and grouped:
            labels = [[0, label] for label, _ in rows]
        return _answer(
            {
                "series": [values for _, values in rows],
                "seriesLabels": labels,
                "seriesCollapsed": [
                    [{"setId": "", "value": sum(value or 0 for value in values)}] for _, values in rows
                ],
                "xValues": [f"{begin:%Y-%m-%d}" for begin, _ in asked.buckets()],
            }
        )

    # ---- funnels ----

    def funnels(self, request: SimRequest) -> SimResponse:
        asked = read(request)
        events = [parse_event(text) for text in request.params("e")]
        if len(events) < 2:
            raise Refusal(400, "a funnel needs two events")
        if request.param("mode") not in (None, "ordered", "unordered", "sequential"):
            raise Refusal(400, "Invalid mode")
        if request.param("n") not in (None, "new", "active"):
            raise Refusal(400, "Invalid user type")
        grouped = sum(len(one.group_by) for one in events)
        self._limits.charge(asked.cost(2 * len(events) + GROUP_BY * grouped))
        window = int(request.param("cs") or 2_592_000)
        names = tuple(one.type for one in events)
        return SimResponse.of_json(
            {"data": [self._funnel(names, where, asked, window, k) for k, where in enumerate(asked.wheres())]}
        )

    def _funnel(
        self, names: tuple[str, ...], where: frozenset[tuple[str, str]], asked: Asked, window: int, index: int
    ) -> dict[str, Any]:
        known = next((f for f in self._project.funnels if (f.events, f.where) == (names, where)), None)
        days = known.days if known else {}
        begins = list(asked.buckets())
        rows = [
            summed([self._steps(days, day, len(names), window) for day in inside]) for _, inside in begins
        ]
        total = summed(rows)
        zeros = [[0] * len(names) for _ in rows]
        x_values = [f"{begin:%Y-%m-%d}" for begin, _ in begins]
        formatted = [_short(begin) for begin, _ in begins]
        dated = {"xValues": x_values, "formattedXValues": formatted}
        return {
            "meta": {"segmentIndex": index},
            "dayMedianTransTimes": {"series": zeros, **dated},
            "dayAvgTransTimes": {"series": zeros, **dated},
            "stepByStep": [1.0, *(_share(b, a) for a, b in pairwise(total))],
            "medianTransTimes": [0] * len(names),
            "cumulative": [_share(step, total[0]) for step in total],
            "cumulativeRaw": total,
            "avgTransTimes": [0] * len(names),
            "dayFunnels": {"series": rows, **dated},
            "events": list(names),
        }

    def _steps(self, days: Mapping[date, Sequence[int]], day: date, steps: int, window: int) -> list[int]:
        """Users through each step: who entered lately has had less than the window to go on."""
        row = list(days.get(day, [0] * steps))
        arrived = self.arrived(day)
        age = (self._project.today() - day).total_seconds()
        had = min(1.0, max(0.0, age) / window) if self.quirks.late else 1.0
        return [round(row[0] * arrived), *(round(step * arrived * had) for step in row[1:])]

    # ---- retention ----

    def retention(self, request: SimRequest) -> SimResponse:
        asked, first, back = read(request), event(request, "se"), event(request, "re")
        if first is None or back is None:
            raise Refusal(400, "se and re are required")
        if request.param("rm") not in (None, "bracket", "rolling", "n-day"):
            raise Refusal(400, "Invalid retention mode")
        self._limits.charge(asked.cost(8))
        known = self._project.retentions.get((first.type, back.type, asked.interval), [])
        series, meta = [], []
        for index, where in enumerate(asked.wheres()):
            days = next((r.days for r in known if r.where == where), {})
            series.append(self._retained(days, asked))
            meta.append({"segmentIndex": index, "eventIndex": 0})
        return _answer({"series": series, "seriesMeta": meta})

    def _retained(self, days: Mapping[date, Sequence[int]], asked: Asked) -> dict[str, Any]:
        begins = [begin for begin, _ in asked.buckets()]
        values = {
            _short(begin): self._cohort(days.get(begin, (0,)), begin, asked.interval) for begin in begins
        }
        most = max((len(row) for row in values.values()), default=0)
        combined = []
        for number in range(most):
            cells = [row[number] for row in values.values() if len(row) > number]
            combined.append(
                {
                    "count": sum(cell["count"] for cell in cells),
                    "outof": sum(cell["outof"] for cell in cells),
                    "retainedSetId": None,
                    "incomplete": any(cell["incomplete"] for cell in cells),
                }
            )
        return {
            "dates": [_short(begin) for begin in reversed(begins)],
            "values": values,
            "combined": combined,
        }

    def _cohort(self, row: Sequence[int], begin: date, interval: int) -> list[dict[str, Any]]:
        """Index 0 is the cohort; index N+1 is after N intervals, incomplete until these have passed."""
        size = round(row[0] * self.arrived(begin))
        cells = [{"count": size, "outof": size, "incomplete": begin >= self._project.today()}]
        for number, came_back in enumerate(row[1:]):
            after = begin + timedelta(days=interval * (number + 1))
            over = after <= self._project.today()
            count = round(came_back * self.arrived(begin)) if over else round(came_back * 0.1)
            cells.append({"count": count, "outof": size, "incomplete": not over})
        return cells

    # ---- saved charts ----

    def saved(self, request: SimRequest, chart_id: str) -> SimResponse:
        chart = self._project.charts.get(chart_id)
        if chart is None:
            raise Refusal(404, "Chart not found")
        days = sorted({day for row in chart.rows.values() for day in row if day <= self._project.today()})
        self._limits.charge(max(1, len(days)))
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow([f"\t{chart.title}"])
        writer.writerow([])
        writer.writerow(["", *(f"{day:%Y-%m-%d}T00:00:00" for day in days)])
        for label, row in chart.rows.items():
            seen = [self._as_seen(row.get(day), "uniques", [day], 1) for day in days]
            writer.writerow([f"\t{label}", *("" if value is None else value for value in seen)])
        if self.quirks.json_csv:
            return SimResponse.of_json({"data": text.getvalue()})
        return SimResponse(200, [("Content-Type", "text/csv")], text.getvalue().encode())


def joined(values: Sequence[float | None], measure: str) -> float | None:
    """One value of several days, where none was set for the whole: users who come again count once."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    if measure in ("totals", "sums"):
        return sum(known)
    if measure == "uniques":
        return round(max(known) + 0.35 * (sum(known) - max(known)))
    return sum(known) / len(known)


def summed(rows: Sequence[Sequence[int]]) -> list[int]:
    """The sums of the columns."""
    return [sum(column) for column in zip(*rows, strict=True)]


def seeded(text: str) -> int:
    """A number that is the same in every process."""
    return crc32(text.encode())


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _short(day: date) -> str:
    """``Aug 15``: as the vendor writes days where it leaves out the year."""
    return f"{_MONTHS[day.month - 1]} {day.day:02d}"


def _answer(data: dict[str, Any]) -> SimResponse:
    return SimResponse.of_json({"data": data})
