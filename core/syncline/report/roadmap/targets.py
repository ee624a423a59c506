"""The target date of an entry and its history, where several tools hold a date. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from syncline.report.formulas.slips import TargetChange


@dataclass(frozen=True)
class Told:
    """What one record says of its date: what it is, and every change that is known since ``known_from``."""

    connection: str
    target: date | None
    known_from: datetime
    changes: tuple[TargetChange, ...] = ()

    def at(self, moment: datetime) -> date | None:
        """The date it had then, as far as that is known."""
        return next((change.old for change in self.changes if change.at > moment), self.target)


@dataclass(frozen=True)
class Trail:
    """The date that counts, which connection says so, and how it came to be, oldest change first."""

    target: date | None
    connection: str
    changes: tuple[TargetChange, ...]
    known_from: datetime


def trail(told: Sequence[Told], as_of: datetime) -> Trail:
    """The first date that is set, in the order of ``told`` (at least one), with its history up to ``as_of``.

    A tool without history knows its date only since we read it first. What was before is taken from the next record
    that showed the same date at that moment; where none did, it is not known. A record that knew nothing yet at
    ``as_of`` speaks only where no other did.
    """
    told = [one for one in told if one.known_from <= as_of] or told
    main = next((one for one in told if one.target), None) or next(
        (one for one in told if one.changes), told[0]
    )
    changes, known_from = main.changes, main.known_from
    others = [one for one in told if one is not main]
    while True:
        then = changes[0].old if changes else main.target
        older = [one for one in others if one.known_from < known_from and one.at(known_from) == then]
        if not older:
            return Trail(main.target, main.connection, changes, known_from)
        changes = (*(change for change in older[0].changes if change.at <= known_from), *changes)
        known_from = older[0].known_from
        others.remove(older[0])


def day(text: str | None) -> date | None:
    """The date at the beginning of a text, None where there is none."""
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None
