"""How one site's payloads are read: the field map, and a reader for every kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from syncline.model import Kind, Record
from syncline_connectors.jira.children import ChildReader
from syncline_connectors.jira.dialect import CLOUD, Dialect
from syncline_connectors.jira.entities import EntityReader
from syncline_connectors.jira.fields import FieldMap
from syncline_connectors.jira.history import HistoryReader
from syncline_connectors.jira.translate import IssueReader
from syncline_connectors.jira.values import Json


class Reader:
    """Pure: the same payload always gives the same record."""

    def __init__(self, url: str, fields: FieldMap, dialect: Dialect = CLOUD) -> None:
        self.fields = fields
        self.history = HistoryReader(fields)
        issues, children, entities = IssueReader(url, fields), ChildReader(url, dialect), EntityReader(url)
        self.issue = issues.read
        self._readers: Mapping[Kind, Callable[[Json], Record]] = {
            Kind.ISSUE: issues.read,
            Kind.COMMENT: children.comment,
            Kind.WORK_LOG: children.work_log,
            Kind.RELATION: children.relation,
            Kind.ATTACHMENT: children.attachment,
            Kind.PERSON: entities.person,
            Kind.CONTAINER: entities.container,
            Kind.ITERATION: entities.iteration,
            Kind.RELEASE: entities.release,
        }

    def read(self, kind: Kind, payload: Json) -> Record:
        """The record of a payload; raises ValueError."""
        reader = self._readers.get(kind)
        if reader is None:
            raise ValueError(f"Jira has no {kind}")
        return reader(payload)


KINDS = frozenset(
    {
        Kind.ISSUE,
        Kind.COMMENT,
        Kind.WORK_LOG,
        Kind.RELATION,
        Kind.ATTACHMENT,
        Kind.PERSON,
        Kind.CONTAINER,
        Kind.ITERATION,
        Kind.RELEASE,
    }
)
"""Every kind of record this connector delivers."""
