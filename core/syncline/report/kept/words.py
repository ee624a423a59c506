"""Kept facts as plain words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from syncline.report.facts import Fact
from syncline.report.words import refusal_text, value_text

if TYPE_CHECKING:
    from syncline.report.kept.diff import Point

MOST = 30
"""Values of a series that are listed."""


def point_text(point: Point | None) -> str:
    """One value as its report prints it, with its unit."""
    if point is None:
        return "nothing"
    if point.value is None:
        return refusal_text(point.refused)
    fact = Fact("F00", "", "", "", (), point.value, "", 0, (), "", point.form, point.places)
    return f"{value_text(fact, None)} {point.meaning[2]}".rstrip()


def value_lines(fact: Fact) -> Iterator[str]:
    """A fact's value, or the values of a series, a line each."""
    if not isinstance(fact.value, tuple):
        why = fact.why_not(None)
        yield f"= {refusal_text(why) if why else value_text(fact, None)} {fact.unit}".rstrip()
        return
    for key, _ in fact.value[:MOST]:
        why = fact.why_not(key)
        yield f"  {key}: {refusal_text(why) if why else value_text(fact, key)} {fact.unit}".rstrip()
    if len(fact.value) > MOST:
        yield f"  and {len(fact.value) - MOST} more"
