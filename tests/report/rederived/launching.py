"""Rollouts and launches, derived anew from what is stored: steps, means before and after, efforts (M21, M23, M24)."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from .flowing import rank
from .stored import Clock, Stored, at, standing

PRODUCTION = ("", "prod", "production", "live")
MONTH = Fraction("365.25") / 12
Values = dict[str, dict[str, Fraction | int | None]]


@dataclass(frozen=True)
class Flag:
    """A flag in one environment: its row, and its steps (when, percentage), each another than the one before."""

    row: dict[str, Any]
    steps: list[tuple[datetime, Fraction]]
    clock: Clock

    @property
    def ref(self) -> str:
        return str(self.row["ref"])

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.row["data"])
        return found

    @property
    def production(self) -> bool:
        return (self.data["environment"] or "").lower() in PRODUCTION

    def first(self, percent: int) -> date | None:
        """The first day on which so many had it."""
        return next((self.clock.day(when) for when, share in self.steps if share >= percent), None)

    def rollbacks(self) -> int:
        count, launched, before = 0, False, Fraction(0)
        for _, share in self.steps:
            count += launched and share < before
            launched = launched or share >= 1
            before = share
        return count


def flags(stored: Stored, clock: Clock) -> list[Flag]:
    """Those that a step is known of."""
    found = []
    for row in stored.of("Rollout"):
        if row["absent"] is None and not (row["created_at"] and at(row["created_at"]) > stored.as_of):
            flag = Flag(row, _steps(row, stored), clock)
            if flag.steps:
                found.append(flag)
    return found


def _steps(row: dict[str, Any], stored: Stored) -> list[tuple[datetime, Fraction]]:
    told = [
        (at(e["at"]), e["new"]) for e in stored.events if e["ref"] == row["ref"] and e["field"] == "percent"
    ]
    if not told:
        data = json.loads(row["data"])
        told = [(at(data.get("changed_at") or row["created_at"] or row["first_seen_at"]), data["percent"])]
    steps: list[tuple[datetime, Fraction]] = []
    for when, text in told:
        share = _fraction(text)
        if (
            when <= stored.as_of
            and share is not None
            and 0 <= share <= 100
            and (not steps or steps[-1][1] != share)
        ):
            steps.append((when, share))
    return steps


def _fraction(told: Any) -> Fraction | None:
    try:
        return None if told is None else Fraction(str(told))
    except ValueError:
        return None


def rollouts(stored: Stored, clock: Clock) -> Values:
    every = flags(stored, clock)
    return {
        "rollout_percent": {flag.ref: flag.steps[-1][1] / 100 for flag in every},
        "rollout_days": {flag.ref: (clock.today - clock.day(flag.steps[-1][0])).days for flag in every},
        "rollout_rollbacks": {flag.ref: flag.rollbacks() for flag in every},
    }


def launched(stored: Stored, clock: Clock) -> list[Flag]:
    return [flag for flag in flags(stored, clock) if flag.production and flag.first(1)]


# ---- before and after ------------------------------------------------------------------------------------------------

SIDED = ("before", "after", "change", "days", "users_before", "users_after", "low_before", "high_before", "low_after",
         "high_after")  # fmt: skip


@dataclass(frozen=True)
class Metric:
    """Complete values by day, and how many users are behind them; ``daily``: one for each day."""

    ref: str
    daily: bool
    values: dict[date, Fraction]
    users: dict[date, int | None]


def metrics(stored: Stored, last: date, aimed: Collection[str]) -> list[Metric]:
    """Those that key results aim at, or else have a target, with the values that hold now of days over by ``last``."""
    points = stored.rows(
        "SELECT * FROM metric_points WHERE segment = '' AND until_seq IS NULL AND absent IS NULL"
    )
    found = []
    for row in stored.of("Metric"):
        data = json.loads(row["data"])
        length = timedelta(days=(data["interval"] or 1) - 1)
        mine = {
            date.fromisoformat(point["day"]): point
            for point in points
            if point["metric"] == row["ref"] and point["complete"] and point["value"] is not None
            and date.fromisoformat(point["day"]) + length <= last
        }  # fmt: skip
        values = {day: Fraction(str(point["value"])) for day, point in mine.items()}
        users = {day: point["count"] for day, point in mine.items()}
        wanted = row["remote_id"] in aimed if aimed else data.get("target") is not None
        if row["absent"] is None and wanted:
            found.append(Metric(row["ref"], data["interval"] == 1, values, users))
    return found


def before_and_after(stored: Stored, clock: Clock, last: date, aimed: Collection[str] = ()) -> Values:
    """Means of the days before the first exposure and after everybody had it, 28 on each side or fewer."""
    found: Values = {f"launch_{name}": {} for name in SIDED}
    for flag in launched(stored, clock):
        launch, full = flag.first(1), flag.first(100)
        for metric in metrics(stored, last, aimed) if launch and full else []:
            assert launch is not None
            assert full is not None
            for name, value in _sides(metric, launch, full).items():
                found[f"launch_{name}"][f"{flag.ref} {metric.ref}"] = value
    return found


def _sides(metric: Metric, launch: date, full: date) -> dict[str, Fraction | int | None]:
    days = 0
    while days < 28 and _whole(metric, launch, full, days + 1):
        days += 1
    if days >= 7:
        days -= days % 7
    if not days or not metric.daily:
        return dict.fromkeys(SIDED)
    before = [launch - timedelta(days=back) for back in range(days, 0, -1)]
    after = [full + timedelta(days=on) for on in range(1, days + 1)]
    means = [_mean([metric.values[day] for day in side]) for side in (before, after)]
    weeks = [
        [_mean([metric.values[day] for day in side[week : week + 7]]) for week in range(0, days - 6, 7)]
        for side in (before, after)
    ]
    users = [[metric.users[day] for day in side] for side in (before, after)]
    sums = [None if None in side else sum(one or 0 for one in side) for side in users]
    return {
        "before": means[0], "after": means[1], "change": means[1] - means[0], "days": days,
        "users_before": sums[0], "users_after": sums[1],
        "low_before": min(weeks[0], default=None), "high_before": max(weeks[0], default=None),
        "low_after": min(weeks[1], default=None), "high_after": max(weeks[1], default=None),
    }  # fmt: skip


def _whole(metric: Metric, launch: date, full: date, day: int) -> bool:
    return {launch - timedelta(days=day), full + timedelta(days=day)} <= metric.values.keys()


def _mean(values: list[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


# ---- predicted and elapsed -------------------------------------------------------------------------------------------


def efforts(stored: Stored, clock: Clock) -> Values:
    """Person-months that were predicted, months that it took, and the latter ÷ the former, by flag."""
    found: Values = {"launch_effort_predicted": {}, "launch_effort_elapsed": {}, "launch_effort_ratio": {}}
    for flag in launched(stored, clock):
        project, full = project_of(flag, stored), flag.first(100)
        since = _began(project, stored) if project else None
        if project is None or full is None or since is None:
            continue
        predicted = _predicted(project, stored)
        elapsed = ((full - clock.day(since)).days + 1) / MONTH
        ratio = elapsed / predicted if predicted is not None and predicted > 0 else None
        values = (predicted, elapsed, ratio)
        for name, value in zip(found, values, strict=True):
            found[name][flag.ref] = value
    return found


def calibrations(ratios: dict[str, Fraction | int | None]) -> Values:
    """From three launches on."""
    known = [ratio for ratio in ratios.values() if ratio is not None]
    many = len(known) >= 3
    values = (rank(known, 50), min(known), max(known), len(known)) if many else (None,) * 4
    names = ("typical", "least", "most", "launches")
    return {
        f"launch_calibration_{name}": {"no team": value} for name, value in zip(names, values, strict=True)
    }


def project_of(flag: Flag, stored: Stored) -> dict[str, Any] | None:
    """What it says it is about; else the only one of its name."""
    every = [
        row for row in stored.of("Project")
        if row["absent"] is None and not (row["created_at"] and at(row["created_at"]) > stored.as_of)
    ]  # fmt: skip
    named = [row for row in every if _means(flag.data["about"], row)]
    named = named or [row for row in every if _plain(row["title"]) == _plain(flag.data["flag"])]
    return named[0] if len(named) == 1 else None


def _means(names: list[str], row: dict[str, Any]) -> bool:
    return any(name in (row["ref"], row["key"], row["url"]) for name in names)


def _plain(name: str) -> list[str]:
    return "".join(letter if letter.isalnum() else " " for letter in name.casefold()).split()


def _began(project: dict[str, Any], stored: Stored) -> datetime | None:
    """Its own first move into work, or that of its first part, or else its creation if it is under way."""
    piece = stored.piece(project)
    own = standing(piece, stored.as_of, tells=False)
    parts = [
        one.started for one in stored.standings
        if one.counted and one.started and one.piece.data.get("project") == project["remote_id"]
    ]  # fmt: skip
    if own.started or parts:
        return own.started or min(parts)
    created: datetime | None = piece.created_at
    return created if own.stage in ("doing", "review", "done") else None


def _predicted(project: dict[str, Any], stored: Stored) -> Fraction | None:
    """What was said last."""
    told: list[tuple[datetime, str, Fraction | None]] = []
    for note in stored.of("Note"):
        data = json.loads(note["data"])
        when = at(note["created_at"])
        if (
            note["type"] == "score"
            and note["absent"] is None
            and when <= stored.as_of
            and _means(data["about"], project)
        ):
            told.append((when, note["ref"], _fraction(data["fields"]["effort"])))
    return max(told, default=(None, "", None))[2]


# ---- tickets ---------------------------------------------------------------------------------------------------------


def tickets(stored: Stored, clock: Clock, last: date) -> Values:
    """Tickets in as many days before the first exposure as there were since the full rollout, and in these."""
    days = [clock.day(at(row["created_at"])) for row in stored.of("Ticket") if _counts(row, stored.as_of)]
    found: Values = {"launch_tickets_before": {}, "launch_tickets_after": {}, "launch_ticket_days": {}}
    for flag in launched(stored, clock):
        launch, full = flag.first(1), flag.first(100)
        if launch and full:
            length = max(0, min(28, (last - full).days))
            found["launch_ticket_days"][flag.ref] = length
            found["launch_tickets_before"][flag.ref] = sum(0 < (launch - day).days <= length for day in days)
            found["launch_tickets_after"][flag.ref] = sum(0 < (day - full).days <= length for day in days)
    return found


def _counts(row: dict[str, Any], as_of: datetime) -> bool:
    labels = json.loads(row["data"])["labels"]
    return at(row["created_at"]) <= as_of and not {"spam", "closed_by_merge"} & set(labels)
