"""A ticket, its comments and the record of everything that happened to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from syncline_connectors.zendesk.simulator.entities import Attachment, Json, User


@dataclass(eq=False)
class Comment:
    id: int
    author: User
    body: str
    html: str
    plain: str
    public: bool
    created: datetime
    audit: int
    channel: str = "api"
    attachments: list[Attachment] = field(default_factory=list)


@dataclass(eq=False)
class Event:
    """One line of an audit. ``kind``: Create, Change, Comment or Notification."""

    id: int
    kind: str
    field_name: str = ""
    value: Any = None
    previous: Any = None
    comment: Comment | None = None
    body: str = ""
    recipients: list[int] = field(default_factory=list)


@dataclass(eq=False)
class Audit:
    """What one update did. ``author`` -1 is the system."""

    id: int
    ticket: int
    author: int
    created: datetime
    channel: str
    events: list[Event] = field(default_factory=list)
    merged: list[int] = field(default_factory=list)


@dataclass(eq=False)
class Ticket:
    """``updated`` is moved by updates that make an audit, ``generated`` by all. Others are named by their ids.

    ``deleted``: in the bin, or scrubbed (``scrubbed``) after it left the bin.
    """

    id: int
    created: datetime
    updated: datetime
    generated: int
    requester: int
    submitter: int
    channel: str
    brand: int
    form: int
    status: str = "new"
    custom_status: int = 0
    subject: str | None = None
    description: str = ""
    type: str | None = None
    priority: str | None = None
    assignee: int | None = None
    group: int | None = None
    organization: int | None = None
    external_id: str | None = None
    problem: int | None = None
    due: datetime | None = None
    recipient: str | None = None
    tags: list[str] = field(default_factory=list)
    fields: dict[int, Any] = field(default_factory=dict)
    followers: list[int] = field(default_factory=list)
    email_ccs: list[int] = field(default_factory=list)
    followups: list[int] = field(default_factory=list)
    followup_of: int | None = None
    rating: int | None = None
    comments: list[Comment] = field(default_factory=list)
    audits: list[Audit] = field(default_factory=list)
    before_deletion: str = ""
    deleted: datetime | None = None
    deleted_by: int = -1
    scrubbed: bool = False
    recorded: Json | None = None
    """The vendor's own document, as long as nothing has changed a ticket that was loaded from one."""

    @property
    def public(self) -> bool:
        return any(comment.public for comment in self.comments)

    @property
    def closed(self) -> bool:
        return self.status == "closed"

    def status_at(self) -> list[tuple[datetime, str]]:
        """Every status the ticket had, with the time it began."""
        return [
            (audit.created, event.value)
            for audit in self.audits
            for event in audit.events
            if event.field_name == "status"
        ]
