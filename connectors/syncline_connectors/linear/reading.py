"""How payloads are read: a reader for every kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from syncline.jsonvalues import Json
from syncline.model import Kind, Record
from syncline_connectors.linear import children, entities, translate


def _work(payload: Json) -> Record:
    """A project, or an initiative, whose status is a bare word."""
    return (
        entities.initiative(payload) if isinstance(payload.get("status"), str) else entities.project(payload)
    )


READERS: Mapping[Kind, Callable[[Json], Record]] = {
    Kind.ISSUE: translate.issue,
    Kind.COMMENT: children.comment,
    Kind.ATTACHMENT: children.attachment,
    Kind.RELATION: children.relation,
    Kind.CONTAINER: entities.team,
    Kind.PERSON: entities.person,
    Kind.PROJECT: _work,
    Kind.MILESTONE: entities.milestone,
    Kind.NOTE: entities.update,
    Kind.ITERATION: entities.cycle,
}
TYPE = "Issue"
"""The only type of work there is."""
KINDS = frozenset(READERS)
"""Every kind of record this connector delivers."""


def read(kind: Kind, payload: Json) -> Record:
    """The record of a payload; raises ValueError. Pure: the same payload always gives the same record."""
    reader = READERS.get(kind)
    if reader is None:
        raise ValueError(f"Linear has no {kind}")
    return reader(payload)
