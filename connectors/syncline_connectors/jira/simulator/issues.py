"""Issues and what hangs on them, with the copies that the search index holds.

A search sees the copy that had reached the index; a look by id sees the issue itself.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from syncline_connectors.jira.simulator.entities import LinkType, Project, Raw, User


def parse_time(text: str) -> datetime:
    """A vendor's time such as ``2026-11-22T10:00:00.000+0100``, in UTC; raises ValueError."""
    return datetime.fromisoformat(text).astimezone(UTC)


@dataclass(eq=False)
class Comment:
    """``public`` is what the service desk's ``sd.public.comment`` says, ``visibility`` a role or group."""

    id: int
    author: User | None
    body: Mapping[str, Any]
    created: datetime
    updated: datetime
    update_author: User | None = None
    visibility: Mapping[str, str] | None = None
    public: bool = True
    properties: Mapping[str, Any] = field(default_factory=dict)
    raw: Raw | None = None


PUBLIC_MARK = "sd.public.comment"


def comment_properties(comment: Comment) -> dict[str, Any]:
    """Every property of a comment, with the mark of an internal one that was made otherwise."""
    if comment.public or PUBLIC_MARK in comment.properties:
        return dict(comment.properties)
    return {PUBLIC_MARK: {"internal": True}, **comment.properties}


@dataclass(eq=False)
class Worklog:
    id: int
    author: User | None
    started: datetime
    seconds: int
    created: datetime
    updated: datetime
    comment: Mapping[str, Any] | None = None
    raw: Raw | None = None


@dataclass(eq=False)
class History:
    """One change of one or more fields at one moment, as the changelog shows it."""

    id: str
    author: User | None
    created: datetime
    items: tuple[Raw, ...]
    raw: Raw | None = None


@dataclass(eq=False)
class Link:
    """One end of a link: ``outward`` when this issue is the one that acts (blocks, duplicates, …)."""

    id: str
    type: LinkType
    outward: bool
    other: Issue


@dataclass(eq=False)
class Attachment:
    """A file. ``id`` is a number, written as text in issues and as a number on its own."""

    id: int
    name: str
    mime: str
    content: bytes
    author: User | None
    created: datetime


@dataclass(eq=False)
class RemoteLink:
    """A link to something outside; ``content`` is what was sent, less what was left out."""

    id: int
    global_id: str | None
    content: Raw


@dataclass(eq=False)
class Issue:
    """``fields`` hold entities or the vendor's own JSON. Values are replaced, never changed in place."""

    id: int
    key: str
    project: Project
    fields: dict[str, Any]
    created: datetime
    updated: datetime
    comments: tuple[Comment, ...] = ()
    worklogs: tuple[Worklog, ...] = ()
    histories: tuple[History, ...] = ()
    links: tuple[Link, ...] = ()
    remote_links: tuple[RemoteLink, ...] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)
    old_keys: tuple[str, ...] = ()
    archived: bool = False
    deleted: bool = False
    loaded: bool = False
    copies: list[tuple[datetime, Issue]] = field(default_factory=list)
    """When each copy reaches the index, oldest first."""

    def index(self, at: datetime) -> None:
        """Let the issue as it is now reach the search index at a moment, never before an earlier copy."""
        snapshot = copy.copy(self)
        snapshot.fields = dict(self.fields)
        snapshot.copies = []
        latest = max(at, self.copies[-1][0]) if self.copies else at
        self.copies.append((latest, snapshot))

    def indexed(self, now: datetime) -> Issue | None:
        """The copy that a search sees, None while or once there is none."""
        while len(self.copies) > 1 and self.copies[1][0] <= now:
            self.copies.pop(0)
        if not self.copies or self.copies[0][0] > now:
            return None
        shown = self.copies[0][1]
        return None if shown.deleted or shown.archived else shown
