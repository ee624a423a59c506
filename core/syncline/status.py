"""Reads a native status into a category: total, and the same however often it is done.

First the connection's own map (its container's before its own), then the tool's category, then `NAMES`; what no
name explains is todo. To see why a status reads as it does, start at `StatusMap.resolve`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from syncline.config.connection import ConnectionConfig, StatusReading
from syncline.model import REFINES, Refinement, Status, StatusCategory

Reading = tuple[StatusCategory, Refinement | None]

_PUBLISHED: Mapping[str, tuple[str, ...]] = {
    "triage": ("Triage", "Needs Triage", "Inbox", "Incoming", "New", "Unconfirmed", "Untriaged"),
    "backlog": ("Backlog", "Icebox", "Ideas", "Someday", "Later", "Parking Lot", "Briefs", "Draft", "Funnel"),
    "todo": (
        *("To Do", "Todo", "Open", "Reopened", "Accepted", "Approved", "Planned", "Scheduled", "Ready"),
        *("Ready for Dev", "Ready for Development", "Selected for Development", "Next", "Next Up"),
        *("Up Next", "This Week", "Sprint Backlog", "Not Started", "Assigned"),
    ),
    "in_progress": (
        *("In Progress", "Doing", "Started", "In Development", "Development", "Implementing", "Building"),
        *("Work in Progress", "WIP", "In Work", "Active", "Under Way", "Investigating", "In Design", "Now"),
    ),
    "in_progress/review": (
        *("In Review", "Review", "Code Review", "In Code Review", "Peer Review", "Under Review", "Crit"),
        *("Ready for Review", "QA", "In QA", "Ready for QA", "Test", "Testing", "In Test", "In Testing"),
        *("Ready for Test", "Ready for Testing", "Verification", "Validation", "UAT", "Acceptance"),
        *("Ready to Merge", "Ready for Release", "Ready to Deploy", "Awaiting Release", "Store Review"),
    ),
    "waiting": ("Waiting", "On Hold", "Hold", "Pending", "Paused", "Deferred", "Postponed", "Parked"),
    "waiting/blocked": ("Blocked", "Impeded", "Stuck"),
    "waiting/customer": (
        *("Waiting for customer", "Waiting on customer", "Awaiting customer", "Pending customer"),
        *("Waiting for reporter", "Waiting for feedback", "Awaiting feedback", "Needs info"),
        *("Needs more info", "More information needed", "Awaiting reply", "Waiting for reply"),
    ),
    "waiting/vendor": (
        *("Waiting for vendor", "Waiting on vendor", "Waiting for third party", "Waiting on third party"),
        *("Waiting for supplier", "Awaiting third party"),
    ),
    "done": (
        *("Done", "Closed", "Resolved", "Complete", "Completed", "Finished", "Fixed", "Released", "Shipped"),
        *("Deployed", "Live", "Published", "Merged", "Solved", "Verified", "Delivered", "Handed over"),
    ),
    "canceled": (
        *("Canceled", "Cancelled", "Won't Do", "Won't Fix", "Wont Do", "Wont Fix", "Not Doing", "Rejected"),
        *("Declined", "Abandoned", "Dropped", "Invalid", "Obsolete", "Cannot Reproduce", "Not a Bug"),
        *("Withdrawn", "Discarded"),
    ),
    "canceled/duplicate": ("Duplicate", "Duplicated", "Duplicates"),
}


def folded(name: str) -> str:
    """``name`` without what people vary: case, blanks, hyphens, underscores, the shape of an apostrophe."""
    plain = name.replace("’", "'").replace("-", " ").replace("_", " ")
    return " ".join(plain.split()).casefold()


def _reading(text: str) -> Reading:
    reading = StatusReading.model_validate(text)
    return reading.category, reading.refinement


NAMES: Mapping[str, Reading] = {
    folded(name): _reading(text) for text, names in _PUBLISHED.items() for name in names
}
"""The published table of names, folded; for tools that have no categories (Trello's lists)."""

OTHERWISE: Reading = (StatusCategory.TODO, None)


class StatusNames:
    """Names and what they are read into: an exact name first, then one that differs in case only."""

    def __init__(self, readings: Mapping[str, StatusReading]) -> None:
        self._exact = {name: (one.category, one.refinement) for name, one in readings.items()}
        self._folded = {name.casefold(): reading for name, reading in reversed(self._exact.items())}

    def find(self, name: str) -> Reading | None:
        """What ``name`` is read into, None where nobody says."""
        return self._exact.get(name) or self._folded.get(name.casefold())


class StatusMap:
    """The status maps of one connection."""

    def __init__(
        self,
        readings: Mapping[str, StatusReading] | None = None,
        containers: Mapping[str, Mapping[str, StatusReading]] | None = None,
    ) -> None:
        self._own = StatusNames(readings or {})
        self._containers = {key: StatusNames(one) for key, one in (containers or {}).items()}

    @classmethod
    def of(cls, connection: ConnectionConfig) -> Self:
        """The maps that the configuration gives for ``connection``."""
        return cls(connection.status, {key: one.status for key, one in connection.containers.items()})

    @property
    def containers(self) -> frozenset[str]:
        """Keys of the containers that read statuses their own way."""
        return frozenset(self._containers)

    def resolve(self, status: Status, container_key: str | None = None) -> Status:
        """``status`` with the category it is read into; ``container_key`` is the key of the record's container."""
        category, refinement = self._mapped(status.name, container_key) or _given(status) or _named(status)
        return status.model_copy(update={"category": category, "refinement": refinement})

    def is_mapped(self, status: Status, container_key: str | None = None) -> bool:
        """Whether the configuration names ``status``."""
        return self._mapped(status.name, container_key) is not None

    def _mapped(self, name: str, container_key: str | None) -> Reading | None:
        container = self._containers.get(container_key or "")
        return (container.find(name) if container else None) or self._own.find(name)


def _given(status: Status) -> Reading | None:
    if status.category is None:
        return None
    fits = status.refinement is not None and REFINES[status.refinement] is status.category
    return status.category, status.refinement if fits else None


def _named(status: Status) -> Reading:
    return NAMES.get(folded(status.name), OTHERWISE)
