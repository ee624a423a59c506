"""Metrics, goals, decisions and marks, derived anew from what is stored (M5, M20)."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from statistics import median
from typing import Any

from .asked import Asked, within
from .counting import Facts
from .stored import Stored, at

Row = dict[str, Any]
KINDS = {"objective": ("Objective", -9, 99), "initiative": ("Project", 2, 99), "project": ("Project", -9, 1),
         "epic": ("Issue", 1, 99)}  # fmt: skip


def exact(value: Any) -> Fraction | None:
    """As people wrote it."""
    return None if value is None else Fraction(str(value))


def there(row: Row, asked: Asked) -> bool:
    created = row["created_at"]
    return row["absent"] is None and not (created and at(created) > asked.wanted.as_of)


# ---- metrics ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Metric:
    row: Row
    data: Mapping[str, Any]
    points: Mapping[date, Row]

    def ends(self, day: date) -> date:
        return interval_end(day, int(self.data.get("interval") or 1))


def interval_end(day: date, days: int) -> date:
    """The last day of an interval; thirty days stand for a month."""
    if days == 30:
        return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return day + timedelta(days=days - 1)


@dataclass(frozen=True)
class Metrics:
    asked: Asked

    @cached_property
    def every(self) -> list[Metric]:
        """With the complete values that hold now, of intervals that ended before the end of the period."""
        rows: dict[str, list[Row]] = defaultdict(list)
        for point in self.asked.stored.rows(
            "SELECT * FROM metric_points WHERE segment = '' AND until_seq IS NULL AND absent IS NULL"
        ):
            rows[point["metric"]].append(point)
        found = []
        known = [row for row in self.asked.stored.of("Metric") if row["absent"] is None]
        for row in sorted(known, key=lambda row: (row["title"], row["ref"])):
            data = json.loads(row["data"])
            days = int(data.get("interval") or 1)
            points = {
                day: point for point in rows[row["ref"]]
                if point["complete"] and point["value"] is not None
                and interval_end(day := date.fromisoformat(point["day"]), days) < self.asked.until
            }  # fmt: skip
            found.append(Metric(row, data, points))
        return found

    def facts(self) -> Facts:
        found: Facts = {}
        names: list[str] = []
        for metric in self.every:
            name = re.sub(r"[^a-z0-9]+", "_", metric.row["remote_id"].casefold()).strip("_") or "unnamed"
            while name in names:
                name += "_again"
            names.append(name)
            usual, score = unusual(metric.points)
            found[f"metric_{name}"] = {
                day.isoformat(): exact(point["value"]) for day, point in metric.points.items()
            }
            found |= {f"usual_of_metric_{name}": usual, f"score_of_metric_{name}": score}
            if metric.data.get("target") is not None:
                found[f"target_of_metric_{name}"] = exact(metric.data["target"])
        return found

    def named(self, name: str) -> Metric | None:
        """The only one of that id or title."""
        found = [one for one in self.every if name in (one.row["remote_id"], one.row["title"])]
        return found[0] if len(found) == 1 else None


def unusual(points: Mapping[date, Row]) -> tuple[Fraction | None, Fraction | None]:
    """M20: the median of the same weekday of eight weeks before the last value, and how far that is from it."""
    if not points:
        return None, None
    last = max(points)
    before = [points[day] for back in range(1, 9) if (day := last - timedelta(weeks=back)) in points]
    values = [exact(one["value"]) or Fraction(0) for one in before]
    volumes = [exact(one["value"] if one["count"] is None else one["count"]) or Fraction(0) for one in before]
    if len(before) < 5 or median(volumes) < 10:
        return None, None
    middle = median(values)
    spread = median([abs(value - middle) for value in values])
    if not spread:
        return None, None
    return middle, Fraction("0.6745") * ((exact(points[last]["value"]) or Fraction(0)) - middle) / spread


# ---- goals -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Result:
    id: str
    aim: str
    baseline: Fraction | None
    target: Fraction | None
    told: Fraction | None
    metric: Metric | None


@dataclass(frozen=True)
class Goals:
    """Objectives of the configuration, and those that tools keep; key results of both."""

    metrics: Metrics

    @property
    def asked(self) -> Asked:
        return self.metrics.asked

    @cached_property
    def records(self) -> list[Row]:
        stored = self.asked.stored
        high = [row for row in stored.of("Issue") if (row["level"] or 0) > 0]
        return [row for row in (*stored.of("Project", "Objective"), *high) if there(row, self.asked)]

    @cached_property
    def stands(self) -> dict[str, str]:
        """By objective of the configuration the record that stands for it, if that is the only one of its name."""
        found = {}
        for number, aim in enumerate(self.asked.wanted.objectives, 1):
            connection, _, rest = (aim.from_ or "").partition(":")
            kind, low, high = KINDS.get(rest.partition(":")[0], ("", 0, 0))
            named = [
                row["ref"] for row in self.records
                if row["connection"] == connection and row["kind"] == kind and low <= (row["level"] or 0) <= high
                and rest.partition(":")[2] in (row["title"], row["key"])
            ]  # fmt: skip
            if len(named) == 1:
                found[f"objective {number}"] = named[0]
        return found

    @cached_property
    def aims(self) -> dict[str, tuple[date | None, date | None]]:
        """By objective its first and its last day."""
        found: dict[str, tuple[date | None, date | None]] = {
            f"objective {number}": (aim.start, aim.due)
            for number, aim in enumerate(self.asked.wanted.objectives, 1)
        }
        for row in self.records:
            if row["kind"] == "Objective" and row["ref"] not in self.stands.values():
                start = json.loads(row["data"]).get("start_on")
                found[row["ref"]] = _day(start), _day(row["due_on"])
        return found

    @cached_property
    def results(self) -> list[Result]:
        found = [
            Result(
                f"objective {number}, key result {place}", f"objective {number}", exact(one.baseline),
                exact(one.target), None, self.metrics.named(one.metric),
            )
            for number, aim in enumerate(self.asked.wanted.objectives, 1)
            for place, one in enumerate(aim.key_result, 1)
        ]  # fmt: skip
        by_ref = {one.row["ref"]: one for one in self.metrics.every}
        meant = {ref: aim for aim, ref in self.stands.items()}
        for row in self.asked.stored.of("KeyResult"):
            if there(row, self.asked):
                data = json.loads(row["data"])
                above = f"{row['site']}:Objective:{data.get('objective')}"
                metric = by_ref.get(f"{row['site']}:Metric:{data.get('metric')}")
                baseline, target, told = (exact(data.get(name)) for name in ("baseline", "target", "current"))
                found.append(Result(row["ref"], meant.get(above, above), baseline, target, told, metric))
        return [one for one in found if one.aim in self.aims]

    def facts(self) -> Facts:
        found: Facts = {f"key_result_{name}": {} for name in (
            "baseline", "current", "target", "progress", "expected", "pace", "age")}  # fmt: skip
        means: dict[str, list[Fraction]] = {aim: [] for aim in self.aims}
        for one in self.results:
            numbers = self._numbers(one)
            for name, value in numbers.items():
                found[f"key_result_{name}"][one.id] = value
            means[one.aim] += [numbers["progress"]] if numbers["progress"] is not None else []
        found["objective_progress"] = {
            aim: sum(some, Fraction()) / len(some) if some else None for aim, some in means.items()
        }
        return (found if self.aims else {}) | self._served()

    def _numbers(self, one: Result) -> dict[str, Any]:
        today, (start, due) = self.asked.today, self.aims[one.aim]
        day = max(one.metric.points, default=None) if one.metric else None
        current = exact(one.metric.points[day]["value"]) if one.metric and day else one.told
        progress = passed = None
        if None not in (one.baseline, one.target, current) and one.baseline != one.target:
            way = (current - one.baseline) / (one.target - one.baseline)  # type: ignore[operator]
            progress = min(max(way, Fraction(0)), Fraction(1))
        if start and due and start < due:
            passed = min(max(Fraction((today - start).days, (due - start).days), Fraction(0)), Fraction(1))
        return {
            "baseline": one.baseline, "current": current, "target": one.target, "progress": progress,
            "expected": passed,
            "pace": 100 * (progress - passed) if progress is not None and passed is not None else None,
            "age": (today - one.metric.ends(day)).days if one.metric and day else None,
        }  # fmt: skip

    def _served(self) -> Facts:
        """Objectives whose record has no active part; active projects that serve none of these records."""
        if not self.stands:
            return {}
        active = [row for row in self.records if row["status_category"] in ("in_progress", "waiting")]
        serves = {
            (row["ref"], f"{row['site']}:Project:{parent}")
            for row in self.records if row["kind"] == "Project"
            for parent in json.loads(row["data"]).get("parents") or ()
        }  # fmt: skip
        goals, busy = set(self.stands.values()), {row["ref"] for row in active}
        own = {row["ref"] for row in active if row["kind"] == "Issue"}
        starved = [ref for ref in self.stands.values() if ref not in own and not any(
            above == ref and part in busy for part, above in serves)]  # fmt: skip
        serving = {part for part, above in serves if above in goals}
        unaimed = [
            row for row in active
            if row["kind"] == "Project" and row["level"] in (None, 1) and row["ref"] not in serving | goals
        ]  # fmt: skip
        return {"objectives_starved": len(starved), "entries_unaimed": len(unaimed)}


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


# ---- what things are about, decisions, marks -------------------------------------------------------------------------


@dataclass(frozen=True)
class About:
    """What notes, decisions, experiments and flags name: by ref, key or address, if that means one item alone."""

    asked: Asked

    @cached_property
    def meant(self) -> dict[str, set[str]]:
        """By ref of the note the items."""
        stored: Stored = self.asked.stored
        by: dict[str, set[str]] = defaultdict(set)
        for row in stored.of("Issue", "Ticket", "Project"):
            for name in (row["key"], row["url"]):
                by[name or ""].add(row["item"])
        for ref, row in stored.by_ref.items():
            by[ref].add(row["item"])
        del by[""]
        found: dict[str, set[str]] = {}
        for row in stored.of("Rollout", "Experiment", "Note", "Decision"):
            if there(row, self.asked):
                named = json.loads(row["data"]).get("about") or ()
                found[row["ref"]] = {min(by[name]) for name in named if len(by.get(name, ())) == 1}
        return found


def decisions(asked: Asked) -> list[Row]:
    """Those that were open by then."""
    found = []
    for row in asked.stored.of("Decision"):
        data = json.loads(row["data"])
        over = data.get("state") in ("decided", "superseded", "rejected", "accepted", "done", "closed")
        later = (data.get("decided_on") or "") > asked.today.isoformat() and data["state"] != "superseded"
        if there(row, asked) and (not over or later):
            found.append(row)
    return found


def decided(asked: Asked) -> Facts:
    rows = decisions(asked)
    found: Facts = {
        "decisions_open": len(rows),
        "decisions_overdue": sum(
            bool(row["due_on"]) and row["due_on"] < asked.today.isoformat() for row in rows
        ),
    }
    if any(there(row, asked) for row in asked.stored.of("Decision")):
        found["decision_age"] = {
            row["ref"]: asked.ago(at(row["created_at"] or row["first_seen_at"])) for row in rows
        }
    return found


def marks(asked: Asked) -> Facts:
    found = {}
    for name, kind in (("deploys", "Deploy"), ("marks", "Annotation")):
        told = [json.loads(row["data"]).get("at") for row in asked.stored.of(kind) if row["absent"] is None]
        found[name] = sum(within(at(when), asked.period) for when in told if when)
    return found
