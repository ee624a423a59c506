"""How one connection's payloads are read: a reader for every kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from syncline.config.connection import FieldCopy
from syncline.model import Kind, Record
from syncline_connectors.trello.fields import FieldMap
from syncline_connectors.trello.history import HistoryReader
from syncline_connectors.trello.translate import IssueReader, attachment, comment, container, person
from syncline_connectors.trello.values import Json


class Reader:
    """Pure: the same payload always gives the same record."""

    def __init__(self, configured: Mapping[str, FieldCopy], time_zone: str) -> None:
        self.zone = ZoneInfo(time_zone)
        self.fields = FieldMap(configured, self.zone)
        self.history = HistoryReader(self.zone)
        self._readers: Mapping[Kind, Callable[[Json], Record]] = {
            Kind.ISSUE: IssueReader(self.fields, self.zone).read,
            Kind.COMMENT: comment,
            Kind.ATTACHMENT: attachment,
            Kind.PERSON: person,
            Kind.CONTAINER: container,
        }

    def read(self, kind: Kind, payload: Json) -> Record:
        """The record of a payload; raises ValueError."""
        reader = self._readers.get(kind)
        if reader is None:
            raise ValueError(f"Trello has no {kind}")
        return reader(payload)


KINDS = frozenset({Kind.ISSUE, Kind.COMMENT, Kind.ATTACHMENT, Kind.PERSON, Kind.CONTAINER})
"""Every kind of record this connector delivers."""
