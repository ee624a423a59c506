"""The moves of each item, put together from rows as they come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from syncline.report.facts import Row


def by_item(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows of each item in the order of their places: to have SQLite sort all of them takes twice as long."""
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["item"]].append(row)
    for of_item in found.values():
        of_item.sort(key=lambda row: int(row["place"]))
    return found
