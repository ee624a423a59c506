"""The roadmap: one `Entry` for each real thing on it, with everything that is computed of it.

`entries` makes them once for a report; sections and pages only choose and order. Every number is a figure, a series by
the entry's id, which is the item of its lead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from syncline.report.draft import Draft
from syncline.report.model import Figure, Line
from syncline.report.parts import Refused
from syncline.report.roadmap.measures import Numbers, numbers
from syncline.report.roadmap.standing import Standing, standings


@dataclass(frozen=True)
class Entry:
    """One thing on the roadmap: how it stands by its own records, and its numbers."""

    standing: Standing
    numbers: Numbers

    @property
    def id(self) -> str:
        return self.standing.id


@dataclass(frozen=True)
class Entries:
    """All entries by id, in the order of their leads' numbers; ``numbers`` are those of all of them."""

    draft: Draft
    by_id: Mapping[str, Entry]
    numbers: Numbers

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.by_id.values())

    def __len__(self) -> int:
        return len(self.by_id)

    def cell(self, figure: Figure) -> Line:
        """The figure, or why it has no value."""
        return (figure,) if self.draft.ledger.value(figure) is not None else (Refused(figure),)


def entries(draft: Draft) -> Entries:
    """Everything on the roadmap that is open or ended in the last half year. Call it once for a report."""
    every = standings(draft)
    found = numbers(draft, every)
    made = {one.id: Entry(one, found.at(one.id)) for one in every}
    return Entries(draft, made, found)
