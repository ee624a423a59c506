"""Sprints, derived anew from what is stored: what was in them when, what it weighed, and whether it was done (M12)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from .flowing import path
from .stored import WINDOW, Clock, Piece, Standing, Stored, at

PARTS = ("committed", "added", "removed", "completed", "unfinished")
LAST = 5
MEMBERS = 2
Numbers = dict[str, Fraction | None]


@dataclass(frozen=True)
class Planned:
    """A sprint that has begun; ``until`` is where it is judged: its end, or where it still runs the report."""

    ref: str
    number: str
    site: str
    board: str
    title: str
    start: datetime
    until: datetime
    ends: datetime | None
    closed: bool


def planned(stored: Stored) -> list[Planned]:
    """Of each board those that run and the last six closed ones, of those that the histories reach back to."""
    found = [one for row in stored.of("Iteration") if (one := _planned(row, stored.as_of))]
    closed: dict[str, int] = defaultdict(int)
    kept = []
    for one in sorted(found, key=lambda one: (one.start, one.ref), reverse=True):
        closed[one.board] += one.closed
        if closed[one.board] <= LAST + 1:
            kept.append(one)
    return kept


def _planned(row: dict[str, Any], as_of: datetime) -> Planned | None:
    data = json.loads(row["data"])
    start, ends = data["start_at"], data["completed_at"] or data["end_at"]
    if row["absent"] in ("gone", "missing", "out_of_scope") or not start:
        return None
    if not as_of - WINDOW <= at(start) <= as_of:
        return None
    closed = data["state"] == "closed" and bool(ends) and at(ends) <= as_of
    board = f"{row['connection']}:{data['container'] or ''}"
    names = row["ref"], row["remote_id"], row["site"], board, row["title"]
    return Planned(*names, at(start), at(ends) if closed else as_of, at(ends) if ends else None, closed)


class Course:
    """What a piece of work was at any instant: in which sprints, how heavy, whether done."""

    def __init__(self, piece: Piece, as_of: datetime) -> None:
        self.piece, self.as_of = piece, as_of
        self.instants: set[datetime] = set()
        self.members = self._values("iterations", json.dumps(piece.data.get("iterations") or []))
        told = piece.data.get("estimate")
        self.weights = self._values("estimate", None if told is None else str(told))
        self.stages = [(entry.at, entry.stage) for entry in path(piece, as_of)] if piece.created_at else []

    def _values(self, field: str, now: str | None) -> list[tuple[datetime, str | None]]:
        """Values from its creation on, or from the first change known where that was earlier."""
        changes = self.piece.lately(field, self.as_of)
        if self.piece.created_at is None:
            return []
        begin = min([self.piece.created_at, *(change.at for change in changes)])
        first = (begin, changes[0].old if changes else now)
        return [first, *((change.at, change.new) for change in changes if change.at <= self.as_of)]

    def member(self, number: str, when: datetime) -> bool:
        return number in ids(_at(self.members, when))

    def weight(self, when: datetime) -> Fraction:
        return number(_at(self.weights, when))

    def done(self, when: datetime) -> bool:
        return _at(self.stages, when) == "done"

    @property
    def ever(self) -> set[str]:
        """The sprints that it was in at any time."""
        return {number for _, value in self.members for number in ids(value)}

    def estimated(self) -> bool:
        return any(number(value) for _, value in self.weights)

    def known(self) -> bool:
        """Not so for what ended before its history was followed: that is in no sprint that counts."""
        since = self.as_of - WINDOW
        lately = self.piece.created_at is not None and self.piece.created_at >= since
        ended = self.piece.status_category in ("done", "canceled")
        return not ended or lately or bool(self.piece.lately("status", self.as_of))

    def steps(self, number_of: str) -> list[tuple[datetime, bool, Fraction]]:
        """Every change in the order in which it is told: whether it was in that sprint then, and what it weighed."""
        told = [(when, 0, "") for when, _ in self.stages]
        told += [(when, 1, value or "") for when, value in self.weights]
        told += [(when, MEMBERS, value or "") for when, value in self.members]
        member, weight = False, Fraction(0)
        found = []
        for when, field, value in sorted(told, key=lambda one: one[:2]):
            weight = number(value) if field == 1 else weight
            member = number_of in ids(value) if field == MEMBERS else member
            found.append((when, member, weight))
        return found


def _at(values: Sequence[tuple[datetime, str | None]], when: datetime) -> str | None:
    return next((value for since, value in reversed(values) if since <= when), None)


def ids(value: str | None) -> list[str]:
    """Numbers of sprints, as a list or as tools write them, with commas."""
    text = (value or "").strip()
    found = json.loads(text) if text.startswith("[") else text.split(",")
    return [str(one).strip() for one in found]


def number(value: str | None) -> Fraction:
    try:
        return Fraction(value or 0)
    except ValueError:
        return Fraction(0)


def judged(one: Planned, mine: Sequence[Course]) -> Numbers:
    """Sums over what was ever in it; where none of that was ever estimated, each weighs one."""
    estimated = any(course.estimated() for course in mine)
    found: dict[str, Fraction] = dict.fromkeys(PARTS, Fraction(0))
    for course in mine:
        _add(found, course, one, estimated)
    return dict(found)


def _add(found: dict[str, Fraction], course: Course, one: Planned, estimated: bool) -> None:
    inside = [
        step
        for step in course.steps(one.number)
        if one.start < step[0] < one.until or (step[0] == one.until and not one.closed)
    ]
    scope = committed = _scope(course, one, one.start, estimated)
    found["committed"] += committed
    for when, member, weight in inside:
        now = _weighed(course, one, when, weight if estimated else Fraction(1)) if member else Fraction(0)
        found["added" if now > scope else "removed"] += abs(now - scope)
        scope = now
    last = inside[-1][0] if inside else one.start
    found["completed" if course.done(last) else "unfinished"] += scope


def _scope(course: Course, one: Planned, when: datetime, estimated: bool) -> Fraction:
    """What it weighed in a sprint after all that happened at an instant."""
    if not course.member(one.number, when):
        return Fraction(0)
    return _weighed(course, one, when, course.weight(when) if estimated else Fraction(1))


def _weighed(course: Course, one: Planned, when: datetime, weight: Fraction) -> Fraction:
    """What was done when the sprint began is no part of it, until it is opened again."""
    since = [stage for at, stage in course.stages if one.start < at <= when]
    stale = course.done(one.start) and all(stage == "done" for stage in since)
    return Fraction(0) if stale else weight


def members(stored: Stored) -> Mapping[tuple[str, str], list[Course]]:
    """By site and number what was ever in a sprint."""
    found: dict[tuple[str, str], list[Course]] = defaultdict(list)
    for one in stored.items:
        course = Course(one.piece, stored.as_of)
        for number in course.ever if course.known() else ():
            found[course.piece.site, number].append(course)
    return found


def burn_down(
    stored: Stored, clock: Clock, workdays: Container[int]
) -> dict[str, dict[str, Fraction | None]]:
    """Of the newest sprint that runs, the first by title of several boards: what was left by the end of each day."""
    newest: dict[str, Planned] = {}
    for one in sorted(planned(stored), key=lambda one: (one.closed, -one.start.timestamp(), one.ref)):
        newest.setdefault(one.board, one)
    running = sorted((one for one in newest.values() if not one.closed), key=lambda one: (one.title, one.ref))
    if not running:
        return {}
    one = running[0]
    first, last = clock.day(one.start), clock.day(one.ends) if one.ends else clock.today
    days = [first + timedelta(days=number) for number in range(max(0, (last - first).days) + 1)]
    mine = members(stored)[one.site, one.number]
    estimated = any(course.estimated() for course in mine)
    left: dict[str, Fraction | None] = {}
    for day in days:
        evening = max(clock.begins(day + timedelta(days=1)) - timedelta(milliseconds=1), one.start)
        open_ = [course for course in mine if not course.done(evening)]
        whole = sum((_scope(course, one, evening, estimated) for course in open_), Fraction(0))
        left[day.isoformat()] = whole if day < clock.today else None
    worked = [day.weekday() in workdays for day in days]
    committed = judged(one, mine)["committed"] or Fraction(0)
    even = {
        day.isoformat(): committed * (1 - Fraction(sum(worked[: place + 1]), sum(worked)))
        for place, day in enumerate(days)
        if any(worked)
    }
    return {"burn_down": left, "burn_down_even": dict(even)}


def sprints(stored: Stored) -> dict[str, dict[str, Fraction | None]]:
    """By fact the numbers of each sprint by its ref, and the velocity of each board."""
    every, courses = planned(stored), members(stored)
    results = {one.ref: judged(one, courses[one.site, one.number]) for one in every}
    found: dict[str, dict[str, Fraction | None]] = {
        f"sprint_{part}": {ref: result[part] for ref, result in results.items()} for part in PARTS
    }
    speeds: dict[str, dict[str, Fraction | None]] = {
        "velocity": {},
        "velocity_least": {},
        "velocity_most": {},
    }
    for board in {one.board for one in every}:
        closed = [one for one in reversed(every) if one.board == board and one.closed]
        done = [results[one.ref]["completed"] or Fraction(0) for one in closed[-LAST:]]
        speeds["velocity"][board] = sum(done, Fraction(0)) / len(done) if done else None
        speeds["velocity_least"][board] = min(done, default=None)
        speeds["velocity_most"][board] = max(done, default=None)
    return found | speeds


def in_two(stored: Stored, items: Iterable[Standing]) -> int:
    """Open items that stand in more than one of the sprints that run."""
    running = {
        (row["site"], row["remote_id"])
        for row in stored.of("Iteration")
        if json.loads(row["data"])["state"] == "active"
        and row["absent"] not in ("gone", "missing", "out_of_scope")
    }
    count = 0
    for one in items:
        members = Course(one.piece, stored.as_of).members
        now = ids(members[-1][1]) if members else []
        count += one.still_open and len({(one.piece.site, name) for name in now} & running) > 1
    return count
