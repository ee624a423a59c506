"""What differs between two sets of facts. Pure.

Facts are joined on their name and, within a series, on the key: an item, a metric, a day. A difference is a mapping
from there to what stood on both sides, so that differences can be applied, turned round and put together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from syncline.report.facts import Fact, Form, Scalar
from syncline.report.formulas.refusal import Refusal


@dataclass(frozen=True, order=True)
class Subject:
    """Of what a value is: a fact's name, and of a series the key; else the key is empty."""

    name: str
    key: str = ""


@dataclass(frozen=True)
class Point:
    """One value as a report says it. ``meaning`` is what it is the value of: definition, query and unit."""

    value: Scalar | None
    refused: Refusal | None
    form: Form
    places: int
    meaning: tuple[str, str, str]


@dataclass(frozen=True)
class Change:
    """What stood there, and what stands there; None: nothing."""

    old: Point | None
    new: Point | None

    @property
    def redefined(self) -> bool:
        """Whether the two are values of different things, so that their difference says nothing of the business."""
        return self.old is not None and self.new is not None and self.old.meaning != self.new.meaning

    @property
    def size(self) -> float:
        """How far a number moved, in its unit; days of a date; 1 where there is nothing to measure."""
        old, new = self.old and self.old.value, self.new and self.new.value
        if isinstance(old, date) and isinstance(new, date):
            return float(abs((new - old).days))
        if isinstance(old, int | float | Fraction) and isinstance(new, int | float | Fraction):
            return abs(float(new) - float(old))
        return 1.0


Points = Mapping[Subject, Point]
Diff = Mapping[Subject, Change]


def points(facts: Iterable[Fact]) -> dict[Subject, Point]:
    """Every value of some facts."""
    found: dict[Subject, Point] = {}
    for fact in facts:
        meaning = (fact.definition, fact.sql, fact.unit)
        pairs = fact.value if isinstance(fact.value, tuple) else (("", fact.value),)
        reasons = dict(fact.refused)
        for key, value in pairs:
            found[Subject(fact.name, key)] = Point(value, reasons.get(key), fact.form, fact.places, meaning)
    return found


def diff(before: Points, after: Points) -> dict[Subject, Change]:
    """What must be changed of ``before`` to get ``after``."""
    subjects = sorted(before.keys() | after.keys())
    changes = {subject: Change(before.get(subject), after.get(subject)) for subject in subjects}
    return {subject: change for subject, change in changes.items() if change.old != change.new}


def applied(before: Points, changes: Diff) -> dict[Subject, Point]:
    """``before`` with the changes made; raises ValueError where they were not made from it."""
    after = dict(before)
    for subject, change in changes.items():
        if after.get(subject) != change.old:
            raise ValueError(f"{subject.name} is not what the changes begin with")
        if change.new is None:
            del after[subject]
        else:
            after[subject] = change.new
    return after


def composed(first: Diff, then: Diff) -> dict[Subject, Change]:
    """One difference that does what the two do one after the other."""
    whole: dict[Subject, Change] = {}
    for subject in sorted(first.keys() | then.keys()):
        begin, end = first.get(subject), then.get(subject)
        old = begin.old if begin else end.old if end else None
        new = end.new if end else begin.new if begin else None
        if old != new:
            whole[subject] = Change(old, new)
    return whole


@dataclass(frozen=True)
class Told:
    """Two reports compared: what happened between them, what was learned of the time before, what means another thing.

    ``learned`` restates the first report by what came to be known after it. Where it cannot be made again, ``restated``
    is false, and what was learned stands among what happened.
    """

    happened: Diff
    learned: Diff
    redefined: Diff
    restated: bool = True


def told(said: Points, restated: Points | None, now: Points, *, same_rules: bool = True) -> Told:
    """Compare what a report said, what it would say with all that is known now, and what is said now.

    Without ``same_rules`` the configuration changed in between: what else restates the first report means another
    thing now.
    """
    whole = diff(said, now)
    names = {subject.name for subject, change in whole.items() if change.redefined}
    redefined = {subject: change for subject, change in whole.items() if subject.name in names}

    def rest(changes: Diff) -> Diff:
        return {subject: change for subject, change in changes.items() if subject.name not in names}

    if restated is None:
        return Told(rest(whole), {}, redefined, restated=False)
    happened, learned = rest(diff(restated, now)), rest(diff(said, restated))
    return Told(happened, learned, redefined) if same_rules else Told(happened, {}, {**redefined, **learned})


def ranked(changes: Diff) -> list[tuple[Subject, Change]]:
    """Words before numbers, for a state weighs more; then the greatest move, as a share of what it was."""
    return sorted(changes.items(), key=lambda pair: (*_weight(pair[1]), pair[0]))


def _weight(change: Change) -> tuple[int, float]:
    point = change.new or change.old
    if point is not None and isinstance(point.value, str):
        return 0, 0.0
    if change.old is None or change.new is None:
        return 2, 0.0
    base = change.old.value
    whole = abs(float(base)) if isinstance(base, int | float | Fraction) else 30.0
    return 1, -change.size / max(whole, 1.0)
