"""A fact's values as JSON that loses nothing.

A scalar is a JSON scalar, but a day is ``["day", "2026-11-22"]`` and a fraction ``["fraction", "3/7"]``. A series is an
object of these by key.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from syncline.report.facts import Scalar, Value
from syncline.report.formulas.refusal import Reason, Refusal

Refused = tuple[tuple[str, Refusal], ...]


def written(value: Value) -> Any:
    """A value as JSON."""
    return {key: _scalar(one) for key, one in value} if isinstance(value, tuple) else _scalar(value)


def _scalar(value: Scalar | None) -> Any:
    match value:
        case Fraction():
            return ["fraction", str(value)]
        case date():
            return ["day", value.isoformat()]
        case _:
            return value


def read(value: Any) -> Value:
    """The inverse of `written`; the keys of a series come sorted, as the ledger sorts them."""
    if isinstance(value, Mapping):
        return tuple(sorted((str(key), _read_scalar(one)) for key, one in value.items()))
    return _read_scalar(value)


def _read_scalar(value: Any) -> Scalar | None:
    match value:
        case ["fraction", str(text)]:
            return Fraction(text)
        case ["day", str(text)]:
            return date.fromisoformat(text)
        case None | int() | float() | str():
            return value
    raise ValueError(f"not a value of a fact: {value!r}")


def amount(value: Value) -> float | None:
    """The value as a plain number, where it is one."""
    return float(value) if isinstance(value, int | float | Fraction) else None


def refusals_written(refused: Refused) -> dict[str, dict[str, Any]]:
    """By key: the reason and what belongs to it."""
    return {
        key: {"reason": one.reason.value, "about": one.about, "n": one.n, "needed": one.needed}
        for key, one in refused
    }


def refusals_read(value: Mapping[str, Mapping[str, Any]]) -> Refused:
    """The inverse of `refusals_written`."""
    return tuple(
        (key, Refusal(Reason(one["reason"]), one["about"], one["n"], one["needed"]))
        for key, one in sorted(value.items())
    )
