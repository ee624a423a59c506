"""What an account holds besides its tickets. Ids are the vendor's; times are UTC, whole seconds as it stores them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

Json = dict[str, Any]

STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
PRIORITIES = ("urgent", "high", "normal", "low")
TYPES = ("problem", "incident", "question", "task")
VENDOR_NAMES = {
    "requester": "requester_id",
    "assignee": "assignee_id",
    "group": "group_id",
    "organization": "organization_id",
    "brand": "brand_id",
    "form": "ticket_form_id",
    "custom_status": "custom_status_id",
    "problem": "problem_id",
    "due": "due_at",
}
"""What the vendor calls a field, where it is not our word."""


class Role(StrEnum):
    END_USER = "end-user"
    AGENT = "agent"
    ADMIN = "admin"


def stamp(moment: datetime | None) -> str | None:
    """A time as the vendor writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def moment_of(text: str) -> datetime:
    """A time as the vendor writes it, read; raises ValueError."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


@dataclass(eq=False)
class Organization:
    id: int
    name: str
    created: datetime
    updated: datetime
    fields: Json = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    domains: list[str] = field(default_factory=list)
    external_id: str | None = None
    deleted: bool = False


@dataclass(eq=False)
class User:
    """``restriction`` narrows what an agent sees: "organization", "groups", "assigned", "requested"; None: all."""

    id: int
    name: str
    email: str | None
    role: Role
    created: datetime
    updated: datetime
    organization: Organization | None = None
    restriction: str | None = None
    active: bool = True
    time_zone: str = "Etc/UTC"
    tags: list[str] = field(default_factory=list)
    fields: Json = field(default_factory=dict)
    external_id: str | None = None
    private_comments_only: bool = False
    recorded: Json | None = None
    """The vendor's own document, where this person was loaded from one."""

    @property
    def staff(self) -> bool:
        return self.role is not Role.END_USER


@dataclass(eq=False)
class Group:
    id: int
    name: str
    created: datetime
    updated: datetime
    description: str = ""
    default: bool = False
    deleted: bool = False


@dataclass(eq=False)
class Membership:
    id: int
    user: User
    group: Group
    created: datetime
    default: bool = False


@dataclass(eq=False)
class Brand:
    id: int
    name: str
    subdomain: str
    created: datetime
    default: bool = False
    active: bool = True


@dataclass(frozen=True)
class Option:
    """One choice of a drop-down. The value is also the tag that a ticket gets with it."""

    id: int
    name: str
    value: str


@dataclass(eq=False)
class TicketField:
    """A field of tickets. System fields are not removable and their values stand in the ticket itself.

    ``type``: text, textarea, checkbox, date, integer, decimal, regexp, tagger, multiselect, or a system one.
    ``required``: an agent must fill it to solve a ticket.
    """

    id: int
    type: str
    title: str
    created: datetime
    options: list[Option] = field(default_factory=list)
    required: bool = False
    active: bool = True
    removable: bool = True
    tag: str | None = None
    pattern: str | None = None
    description: str = ""

    def option(self, value: object) -> Option | None:
        return next((o for o in self.options if o.value == value), None)


@dataclass(eq=False)
class CustomStatus:
    """``category`` is one of `STATUSES` but closed, which belongs to solved."""

    id: int
    category: str
    agent_label: str
    end_user_label: str
    created: datetime
    default: bool = False
    active: bool = True


@dataclass(eq=False)
class Form:
    id: int
    name: str
    created: datetime
    default: bool = False


@dataclass(eq=False)
class Attachment:
    """A file of a comment. ``token`` is the secret part of its address."""

    id: int
    name: str
    content_type: str
    content: bytes
    token: str
    redacted: bool = False


@dataclass(eq=False)
class Upload:
    """Files that wait for a comment; unused, they go after an hour."""

    token: str
    owner: User
    expires: datetime
    attachments: list[Attachment] = field(default_factory=list)
    used: bool = False


@dataclass(eq=False)
class Rating:
    """``score``: "offered", "good" or "bad"."""

    id: int
    ticket: int
    score: str
    comment: str | None
    requester: int
    assignee: int | None
    group: int | None
    created: datetime
    updated: datetime


@dataclass(eq=False)
class JiraLink:
    id: int
    ticket: int
    issue_id: str
    issue_key: str
    created: datetime
    updated: datetime


@dataclass(frozen=True)
class Mail:
    """An e-mail that the account sent to somebody who is not staff. ``reason`` is the trigger's purpose."""

    at: datetime
    ticket: int
    recipient: str
    reason: str
    text: str
