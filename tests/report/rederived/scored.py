"""What should come first, derived anew: RICE and ICE of what was given last, and ranks (M1, M2, M3)."""

from __future__ import annotations

import json
from datetime import datetime
from fractions import Fraction
from typing import Any

from .aimed import About, there
from .asked import Asked
from .counting import Facts
from .flowing import rank
from .stored import at

PARTS = {"rice": ("reach", "impact", "confidence", "effort"), "ice": ("impact", "confidence", "ease")}
QUARTERS = {"week": Fraction(13), "month": Fraction(3), "quarter": Fraction(1), "year": Fraction(1, 4)}
LOWER = (Fraction(1), Fraction(4, 5), Fraction(1, 2), Fraction(1, 5))
Inputs = dict[str, Fraction | None]


def scores(asked: Asked, about: About) -> Facts:
    wanted = asked.wanted.roadmap.score if asked.wanted.roadmap else None
    method = wanted.method if wanted else "rice"
    parts = PARTS[method]
    period = QUARTERS[wanted.reach_period if wanted else "quarter"]
    given, ages = _given(asked, about, parts)
    if not given:
        return {}
    unit = asked.wanted.fields.get("confidence")
    percent = True if unit and unit.unit == "%" else None

    def score(one: Inputs) -> Fraction | None:
        return _rice(one, period, percent) if method == "rice" else _ice(one)

    values = {item: score(one) for item, one in given.items()}
    known = {item: value for item, value in values.items() if value is not None}
    found: Facts = {f"score_{part}": {item: one.get(part) for item, one in given.items()} for part in parts}
    found |= {
        "score": values,
        "score_age": ages,
        "score_rank": {item: _place(known, value) for item, value in known.items()},
    }
    if method == "ice":
        return found
    found["score_rank_careful"] = {}
    for item in known:
        less = _lower(given[item], percent)
        value = _rice(less, period, False) if less else None
        others = {one: other for one, other in known.items() if one != item}
        found["score_rank_careful"][item] = None if value is None else _place(others, value)
    return found | _quadrants(given)


def _given(asked: Asked, about: About, parts: tuple[str, ...]) -> tuple[dict[str, Inputs], dict[str, int]]:
    """By item the last value of each part, and how many midnights ago the last of them was given."""
    told: list[tuple[datetime, str, str, str, dict[str, Any]]] = []
    for row in asked.stored.of("Note", "Issue", "Project"):
        fields = json.loads(row["data"]).get("fields") or {}
        some = {part: fields[part] for part in parts if fields.get(part) is not None}
        if not there(row, asked) or not some:
            continue
        if row["kind"] != "Note":
            when = at(row["updated_at"] or row["seen_at"])
            told.append((when, "field", row["ref"], row["item"], some))
        elif row["type"] == "score":
            when = at(row["created_at"] or row["first_seen_at"])
            told += [(when, "note", row["ref"], item, some) for item in about.meant[row["ref"]]]
    found: dict[str, Inputs] = {}
    ages: dict[str, int] = {}
    for when, _, _, item, some in sorted(told, key=lambda one: one[:3]):
        if when <= asked.wanted.as_of:
            found.setdefault(item, {}).update({part: _number(value) for part, value in some.items()})
            ages[item] = asked.ago(when)
    return found, ages


def _number(value: Any) -> Fraction | None:
    try:
        return Fraction(str(value).strip().removesuffix("%").strip())
    except ValueError:
        return None


def _share(confidence: Fraction, percent: bool | None) -> Fraction | None:
    """Eighty percent may be written as 80 or as 0.8."""
    share = confidence / 100 if percent or (percent is None and confidence > 1) else confidence
    return share if share <= 1 else None


def _rice(one: Inputs, period: Fraction, percent: bool | None) -> Fraction | None:
    reach, impact, confidence, effort = (one.get(part) for part in PARTS["rice"])
    if (
        reach is None
        or impact is None
        or confidence is None
        or not effort
        or min(reach, impact, confidence, effort) < 0
    ):
        return None
    share = _share(confidence, percent)
    return None if share is None else reach * period * impact * share / effort


def _lower(one: Inputs, percent: bool | None) -> Inputs | None:
    share = _share(one["confidence"] or Fraction(0), percent)
    less = [step for step in LOWER if share is not None and step < share]
    return {**one, "confidence": less[0]} if less else None


def _ice(one: Inputs) -> Fraction | None:
    numbers = [one.get(part) for part in PARTS["ice"]]
    if any(number is None or not 1 <= number <= 10 for number in numbers):
        return None
    impact, confidence, ease = (number or Fraction(0) for number in numbers)
    return impact * confidence * ease


def _place(known: dict[str, Fraction], value: Fraction) -> int:
    return 1 + sum(other > value for other in known.values())


def _quadrants(given: dict[str, Inputs]) -> Facts:
    """High is from the median on of what has both."""
    both = [
        (impact, effort) for one in given.values()
        if (impact := one.get("impact")) is not None and (effort := one.get("effort")) is not None
    ]  # fmt: skip
    if not both:
        return {}
    high, costly = (rank([pair[place] for pair in both], 50) for place in (0, 1))
    return {
        "impact_high": high,
        "effort_high": costly,
        "impact_effort_shown": len(both),
        "quick_wins": sum(impact >= high and effort < costly for impact, effort in both),
    }
