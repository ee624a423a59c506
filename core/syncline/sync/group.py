"""What the planner is given and what it answers: records in groups, and steps that shall make them agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from syncline.model import Ref, Visibility
from syncline.sync.values import Side
from syncline.target import Change

BACKLINKS = "backlinks"
COMMENTS = "comments"
RELATIONS = "relations"
RETRY = timedelta(hours=24)
"""A field that a tool refused is tried again when something changed, or after this."""


class Tie(NamedTuple):
    """A relation as one end sees it: the record ``type`` the record ``end``, a remote id of the same tool."""

    type: str
    end: str


@dataclass(frozen=True)
class Member:
    """A record in a group. ``base`` holds by rule ``[value]``, or ``[value, "behind"]``; ``changed_at`` by field."""

    number: int
    ref: Ref
    connection: str
    key: str | None
    title: str | None
    container: str | None
    data: Mapping[str, Any]
    base: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    state: str = "active"
    absent: str | None = None
    archived: bool = False
    changed_at: Mapping[str, datetime] = field(default_factory=dict)
    updated_at: datetime | None = None
    url: str | None = None
    item: int = 0
    ties: tuple[Tie, ...] = ()
    """Its relations, where they cross."""

    @property
    def label(self) -> str:
        """How people call it."""
        return self.key or self.title or self.ref.remote_id


@dataclass(frozen=True)
class Hold:
    """An open row of ``held``: a conflict, or a field that could not be written (``member``)."""

    number: int
    name: str
    kind: str
    member: int | None
    reason: str
    shown: Mapping[str, Any]
    at: datetime
    answer: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Remark:
    """A comment on a member. ``author`` is the name that people know; ``body`` a Text as JSON."""

    number: int
    ref: Ref
    member: int
    author: str
    body: Mapping[str, Any]
    visibility: str
    created_at: datetime | None
    absent: str | None = None


@dataclass(frozen=True)
class File:
    """A file on a member."""

    ref: Ref
    title: str
    url: str
    gone: bool = False


@dataclass(frozen=True)
class Copy:
    """A row of ``mirror``: the copy of a comment (``source``) on a member, or one that was refused.

    ``source`` is None where another block made it, or what it copies was erased: then it is only known not to be
    anybody's own words.
    """

    number: int
    source: int | None
    member: int
    remote_id: str | None
    state: str
    said: Mapping[str, Any] | None = None
    shown: Mapping[str, Any] | None = None
    refused: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Talk:
    """Everything said on the members of a group. ``joined`` tells since when each is one of it.

    ``doubtful``: something was sent and never answered, so that it is not known who said what.
    """

    remarks: tuple[Remark, ...] = ()
    copies: tuple[Copy, ...] = ()
    joined: Mapping[int, datetime] = field(default_factory=dict)
    doubtful: bool = False


@dataclass(frozen=True)
class Say:
    """What shall be done about one comment on one member: ``how`` is add, edit, remove, adopt or forget.

    ``source`` is the comment that speaks, ``copy`` the row of ``mirror``, ``remote_id`` the copy's. ``said`` is what
    the source says, ``text`` the Markdown of the copy, ``expected`` what the plan saw of it, ``visibility`` who may
    read it.
    """

    how: str
    member: int
    source: int | None
    text: str = ""
    said: Mapping[str, Any] | None = None
    copy: int | None = None
    remote_id: str | None = None
    expected: Mapping[str, Any] | None = None
    marker: str = ""
    visibility: str = Visibility.TEAM.value

    @property
    def writes(self) -> bool:
        """Whether anything is written to the tool."""
        return self.how in ("add", "edit", "remove")


@dataclass(frozen=True)
class Group:
    """What a block keeps equal, with what is open about it. ``talk`` is None where comments do not cross."""

    number: int
    members: tuple[Member, ...]
    holds: tuple[Hold, ...] = ()
    written: Mapping[tuple[int, str], tuple[Any, ...]] = field(default_factory=dict)
    """By member and field what we wrote there lately, the latest last."""
    talk: Talk | None = None
    files: Mapping[int, tuple[File, ...]] = field(default_factory=dict)
    """By member, where files cross."""


@dataclass(frozen=True)
class FieldStep:
    """What shall be done about one field of a group: all of it is true, or will be, once ``changes`` are made.

    ``settled`` maps members to what their base becomes; ``behind`` are those that stay behind, with the reason where
    somebody should hear of it. ``conflict`` and ``drift`` are noted and change nothing.
    """

    name: str
    changes: Mapping[int, Change] = field(default_factory=dict)
    before: Mapping[int, Any] = field(default_factory=dict)
    settled: Mapping[int, Any] = field(default_factory=dict)
    behind: Mapping[int, str] = field(default_factory=dict)
    conflict: str | None = None
    drift: Mapping[int, str] = field(default_factory=dict)
    shown: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    answered: int | None = None
    """The row of ``held`` whose answer this carries out."""
    then: Mapping[int, Any] = field(default_factory=dict)
    """Of relations, what the bases become instead once every change is made."""

    @property
    def quiet(self) -> bool:
        """Nothing is to be done and nothing to be noted."""
        return not (self.changes or self.settled or self.behind or self.conflict or self.drift)


@dataclass(frozen=True)
class NoteDue:
    """A note to be written on a member; ``key`` is where its base remembers it."""

    member: int
    key: str
    text: str
    marker: str
    visibility: Visibility = Visibility.TEAM


@dataclass(frozen=True)
class GroupPlan:
    """What shall be done about one group. ``rest`` says why nothing is, ``archive`` who follows into the archive."""

    block: str
    group: Group
    steps: tuple[FieldStep, ...] = ()
    rest: str | None = None
    archive: tuple[int, ...] = ()
    closes: tuple[int, ...] = ()
    """Rows of ``held`` that hold no longer."""
    leaves: tuple[int, ...] = ()
    """Members that moved out of the block's containers, and are unlinked."""
    notes: tuple[NoteDue, ...] = ()
    marks: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    """By member what its base remembers of notes: whether the condition held, or that one was written."""
    says: tuple[Say, ...] = ()
    unsaid: Mapping[int, str] = field(default_factory=dict)
    """By member why comments cannot be told there."""

    @property
    def busy(self) -> bool:
        """Whether anything is to be done or noted."""
        noted = self.closes or self.leaves or self.notes or self.marks or self.unsaid
        return bool(self.steps or self.archive or self.says or noted)

    @property
    def touched(self) -> set[int]:
        """The members that anything is written to."""
        return {*self.writes, *(say.member for say in self.says if say.writes and say.how != "remove")}

    @property
    def removals(self) -> int:
        """How many records and comments are taken away."""
        return len(self.archive) + sum(say.how == "remove" for say in self.says)

    @property
    def writes(self) -> dict[int, dict[str, Change]]:
        """By member the changes of all fields."""
        found: dict[int, dict[str, Change]] = {}
        for step in self.steps:
            for member, change in step.changes.items():
                found.setdefault(member, {})[step.name] = change
        return found


@dataclass(frozen=True)
class Tongue:
    """How all connections of a block speak, and who may be written to (``access``)."""

    sides: Mapping[str, Side]
    writable: frozenset[str]
    now: datetime
    grouped: frozenset[str] = frozenset()
    """Items that relations lead to and that the block has in a group."""
    called: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """By connection and remote id, what people call the other ends of relations."""
