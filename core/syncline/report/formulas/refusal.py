"""A number that is not given, and why: the answer of every formula that would otherwise have to invent one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why there is no number, in words that can be printed."""

    MISSING = "not given"
    NOT_A_NUMBER = "not a finite number"
    NEGATIVE = "below zero"
    NOT_POSITIVE = "not above zero"
    OFF_SCALE = "outside its scale"
    NO_PERIOD = "no period is given"
    UNREADABLE_EXPRESSION = "not an expression that can be computed"
    DIVISION_BY_ZERO = "would divide by zero"
    TARGET_IS_BASELINE = "target and baseline are the same"
    NO_SPAN = "the end does not lie after the start"
    NO_BREAKDOWN = "no breakdown"
    ALL_CANCELED = "every part is canceled"
    NO_ESTIMATES = "nothing is estimated"
    TOO_FEW = "not enough data"
    NO_THROUGHPUT = "cannot forecast: nothing was done in the window"
    BEYOND_HORIZON = "beyond the horizon"
    NOT_MAPPED = "wait stages are not mapped"
    NO_START = "no start is known"
    NO_BASELINE = "no baseline"
    SAMPLE_RATIO = "do not read: users are not split as planned"
    TOLD_BY_SOURCE = "the source gives its own verdict"
    INCOMPLETE = "days without a value"
    NO_SPREAD = "no spread to compare with"


@dataclass(frozen=True)
class Refusal:
    """``about`` names the field, day or thing; ``n`` is how many there are, ``needed`` how many would do."""

    reason: Reason
    about: str = ""
    n: int | None = None
    needed: int | None = None
