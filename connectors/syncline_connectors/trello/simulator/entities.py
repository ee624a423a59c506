"""What a simulated Trello holds, each thing by its identity.

Times are aware UTC; ids are 24 hex digits, of which the first eight are the second of creation.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

COLORS = ("green", "yellow", "orange", "red", "purple", "blue", "sky", "lime", "pink", "black")
SHADES = (*COLORS, *(f"{color}_dark" for color in COLORS), *(f"{color}_light" for color in COLORS))
FIELD_TYPES = ("text", "number", "date", "checkbox", "list")


def stamp(when: datetime | None) -> str | None:
    """As the vendor writes times: milliseconds and a Z."""
    if when is None:
        return None
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"


def parse_time(text: str) -> datetime:
    """An ISO time with a zone, or a date for its midnight in UTC; raises ValueError."""
    when = datetime.fromisoformat(text)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def made_at(id_: str) -> datetime:
    """The second in which an object came to be."""
    return datetime.fromtimestamp(int(id_[:8], 16), UTC)


@dataclass(eq=False)
class Member:
    """A person. ``raw`` is what a loaded document says besides."""

    id: str
    name: str
    username: str
    email: str | None = None
    raw: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in self.name.split()[:2]).upper()


@dataclass(eq=False)
class Board:
    """``members`` are the kinds of memberships by member id; ``fields_on`` is the custom fields power-up."""

    id: str
    short_link: str
    name: str
    created: datetime
    desc: str = ""
    closed: bool = False
    public: bool = False
    organization: str | None = None
    members: dict[str, str] = dataclasses.field(default_factory=dict)
    memberships: dict[str, str] = dataclasses.field(default_factory=dict)
    fields_on: bool = False
    last_number: int = 0
    activity: datetime | None = None
    closed_at: datetime | None = None
    raw: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(eq=False)
class TrelloList:
    id: str
    name: str
    board: Board
    pos: float
    closed: bool = False
    raw: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(eq=False)
class Label:
    """``color`` None shows no colour; the name may be empty."""

    id: str
    name: str
    color: str | None
    board: Board
    raw: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(eq=False)
class CheckItem:
    id: str
    name: str
    pos: float
    complete: bool = False
    due: datetime | None = None
    member: Member | None = None
    raw: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(eq=False)
class Checklist:
    id: str
    name: str
    card: Card
    pos: float
    items: list[CheckItem] = dataclasses.field(default_factory=list)
    raw: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(eq=False)
class Attachment:
    """``content`` None is a link."""

    id: str
    name: str
    url: str
    pos: float
    date: datetime
    member: Member | None
    content: bytes | None = None
    mime_type: str = ""
    raw: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(eq=False)
class Option:
    id: str
    text: str
    color: str
    pos: float


@dataclass(eq=False)
class CustomField:
    id: str
    name: str
    type: str
    board: Board
    pos: float
    options: list[Option] = dataclasses.field(default_factory=list)
    raw: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(eq=False)
class FieldItem:
    """What a card says in a custom field: ``value`` such as ``{"number": "3"}``, or ``option`` of a list."""

    id: str
    field: CustomField
    value: Json | None
    option: str | None = None
    raw: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(eq=False)
class Card:
    """``activity`` is dateLastActivity. The effective state is closed when the card, its list or its board is."""

    id: str
    short_link: str
    number: int
    name: str
    list_: TrelloList
    pos: float
    created: datetime
    activity: datetime
    desc: str = ""
    closed: bool = False
    due: datetime | None = None
    start: datetime | None = None
    due_complete: bool = False
    creator: Member | None = None
    members: list[Member] = dataclasses.field(default_factory=list)
    labels: list[Label] = dataclasses.field(default_factory=list)
    attachments: list[Attachment] = dataclasses.field(default_factory=list)
    checklists: list[Checklist] = dataclasses.field(default_factory=list)
    items: list[FieldItem] = dataclasses.field(default_factory=list)
    closed_at: datetime | None = None
    cover_attachment: str | None = None
    raw: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def board(self) -> Board:
        return self.list_.board

    @property
    def visible(self) -> bool:
        """Open in an open list: what the vendor's filter "visible" means."""
        return not self.closed and not self.list_.closed


@dataclass(eq=False)
class Action:
    """One line of the feed. ``unlisted``: told to webhooks only. ``hidden_at_card``: told by the board only."""

    id: str
    type: str
    date: datetime
    member: Member | None
    data: Json
    board: Board
    card_id: str | None = None
    list_ids: tuple[str, ...] = ()
    app: str | None = None
    client: str | None = None
    unlisted: bool = False
    visible_from: datetime | None = None
    raw: Mapping[str, Any] = dataclasses.field(default_factory=dict)
