"""What a project lets people do: the fields on its screens and the ways of its workflows. Tests set them.

All statuses and fields are named, so that a test can say them before they are looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from syncline_connectors.jira.simulator.entities import User
    from syncline_connectors.jira.simulator.issues import Issue


class Action(StrEnum):
    """What a screen is for."""

    CREATE = "create"
    EDIT = "edit"


class Permission(StrEnum):
    """The vendor's keys of what may be done in a project, or, for `ADMINISTER`, on the site."""

    CREATE_ISSUES = "CREATE_ISSUES"
    EDIT_ISSUES = "EDIT_ISSUES"
    TRANSITION_ISSUES = "TRANSITION_ISSUES"
    DELETE_ISSUES = "DELETE_ISSUES"
    ASSIGN_ISSUES = "ASSIGN_ISSUES"
    ASSIGNABLE_USER = "ASSIGNABLE_USER"
    LINK_ISSUES = "LINK_ISSUES"
    ADD_COMMENTS = "ADD_COMMENTS"
    EDIT_OWN_COMMENTS = "EDIT_OWN_COMMENTS"
    DELETE_OWN_COMMENTS = "DELETE_OWN_COMMENTS"
    EDIT_ALL_COMMENTS = "EDIT_ALL_COMMENTS"
    DELETE_ALL_COMMENTS = "DELETE_ALL_COMMENTS"
    CREATE_ATTACHMENTS = "CREATE_ATTACHMENTS"
    DELETE_OWN_ATTACHMENTS = "DELETE_OWN_ATTACHMENTS"
    DELETE_ALL_ATTACHMENTS = "DELETE_ALL_ATTACHMENTS"
    SCHEDULE_ISSUES = "SCHEDULE_ISSUES"
    MODIFY_REPORTER = "MODIFY_REPORTER"
    ARCHIVE_ISSUES = "ARCHIVE_ISSUES"
    ADMINISTER_PROJECTS = "ADMINISTER_PROJECTS"
    ADMINISTER = "ADMINISTER"


FOR_ADMINS = frozenset(
    {
        Permission.EDIT_ALL_COMMENTS,
        Permission.DELETE_ALL_COMMENTS,
        Permission.DELETE_ALL_ATTACHMENTS,
        Permission.ARCHIVE_ISSUES,
        Permission.ADMINISTER_PROJECTS,
        Permission.ADMINISTER,
    }
)
"""What only administrators may do unless it is granted; everything else every person may."""


@dataclass(frozen=True)
class Screen:
    """The fields that may be set, by id, in their order; ``defaults`` are stored values for what is not given."""

    fields: tuple[str, ...]
    required: frozenset[str] = frozenset()
    defaults: Mapping[str, Any] = field(default_factory=dict)


Condition = Callable[["Issue", "User"], bool]
Validator = Callable[["Issue", Mapping[str, Any]], str | None]


@dataclass(frozen=True)
class Transition:
    """One way through a workflow. Without ``sources`` it is global: open from every status.

    ``id`` empty: numbered by its place, 11, 21, 31, …, as the vendor does; the same number means another way in another
    workflow. ``fields`` are on its screen, ``required`` ones too. ``condition`` hides the way from whom it does not
    suit; ``validator`` gets the new values by field id and tells why it refuses.
    """

    name: str
    to: str
    sources: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    required: frozenset[str] = frozenset()
    condition: Condition | None = None
    validator: Validator | None = None
    id: str = ""

    @property
    def has_screen(self) -> bool:
        return bool(self.fields or self.required)

    @property
    def screen(self) -> Screen:
        rest = sorted(self.required - set(self.fields))
        return Screen((*self.fields, *rest), self.required)


@dataclass(frozen=True)
class Workflow:
    """The ways between statuses. ``initial`` is where new issues begin."""

    initial: str
    transitions: tuple[Transition, ...]
    name: str = "Workflow"

    def numbered(self) -> list[tuple[str, Transition]]:
        """Every transition with its id."""
        return [(way.id or str(10 * place + 1), way) for place, way in enumerate(self.transitions, 1)]

    @property
    def statuses(self) -> list[str]:
        """Every status once, the initial one first."""
        names = [self.initial, *(name for way in self.transitions for name in (*way.sources, way.to))]
        return list(dict.fromkeys(names))


@dataclass
class Rules:
    """What one project says, for one type of issue by its id or, under None, for all others."""

    screens: dict[tuple[Action, str | None], Screen] = field(default_factory=dict)
    workflows: dict[str | None, Workflow] = field(default_factory=dict)
    types: tuple[str, ...] = ()
    """Ids of the types that the project has; none named: all of the site."""
    denied: set[tuple[Permission, str]] = field(default_factory=set)
    """What is taken from whom, by account id; from everybody under an empty one."""
    granted: set[tuple[Permission, str]] = field(default_factory=set)


@dataclass
class Reverter:
    """An automation rule that sets fields back to what they were, ``times`` times, as ``user``, after a write."""

    fields: frozenset[str]
    user: User
    times: int = 1
    done: list[int] = field(default_factory=list)
    """Ids of the issues it changed."""
