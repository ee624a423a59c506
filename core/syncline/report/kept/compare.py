"""Two kept reports compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncline.errors import ConfigError
from syncline.report.kept.diff import Told, points, told
from syncline.report.kept.make import again
from syncline.report.kept.saved import Saved

if TYPE_CHECKING:
    from sqlalchemy import Connection


def compare(connection: Connection, first: Saved, then: Saved) -> Told:
    """What happened from the first to the second, and what the second knew of the first's time that the first did not.

    Raises ConfigError where they are of different kinds.
    """
    if first.kind != then.kind:
        raise ConfigError(f"a {first.kind} report cannot be compared with a {then.kind} report")
    restated = None
    if first.known_seq < then.known_seq:
        restated = points(again(connection, first, then.known_seq).facts)
    elif first.known_seq == then.known_seq:
        restated = points(first.facts)
    same = first.rules == then.rules
    return told(points(first.facts), restated, points(then.facts), same_rules=same)
