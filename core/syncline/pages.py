"""Putting pages together: what a walk gathers before it hands a page over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from syncline.connector import Cursor, Page, Quarantined
from syncline.model import Event, Kind, Sourced, Status


@dataclass
class PageDraft:
    """A page being put together; its fields are those of `Page`."""

    records: list[Sourced] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    stubs: list[Sourced] = field(default_factory=list)
    complete: set[tuple[Kind, str]] = field(default_factory=set)
    quarantined: list[Quarantined] = field(default_factory=list)
    statuses: Sequence[Status] = ()
    gone: set[tuple[Kind, str]] = field(default_factory=set)
    withdrawn: set[tuple[Kind, str]] = field(default_factory=set)

    def page(self, following: Cursor = Cursor(), *, last: bool = False) -> Page:  # noqa: B008
        """The finished page."""
        return Page(
            records=self.records,
            next=following,
            last=last,
            events=self.events,
            stubs=self.stubs,
            children_complete=frozenset(self.complete),
            quarantined=self.quarantined,
            statuses=self.statuses,
            gone=frozenset(self.gone),
            withdrawn=frozenset(self.withdrawn),
        )
