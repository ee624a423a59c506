"""What an account has made for itself: custom statuses, ticket fields and their options. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from syncline.errors import ConfigError
from syncline.jsonvalues import Json, identity, number, required, rows, text
from syncline.model import Refinement, Status, StatusCategory
from syncline_connectors.zendesk.config import TicketField

CATEGORIES: Mapping[str, tuple[StatusCategory, Refinement | None]] = {
    "new": (StatusCategory.TRIAGE, None),
    "open": (StatusCategory.IN_PROGRESS, None),
    "pending": (StatusCategory.WAITING, Refinement.CUSTOMER),
    "hold": (StatusCategory.WAITING, Refinement.VENDOR),
    "solved": (StatusCategory.DONE, None),
    "closed": (StatusCategory.DONE, None),
}
"""Zendesk's own statuses, which are the categories of custom ones. The connection's own map goes before."""
LABELS: Mapping[str, str] = {
    "new": "New",
    "open": "Open",
    "pending": "Pending",
    "hold": "On-hold",
    "solved": "Solved",
    "closed": "Closed",
}
"""What agents read where an account has no custom statuses."""
FINISHED = frozenset({"solved", "closed"})
"""Customers are told of these."""


@dataclass(frozen=True)
class CustomStatus:
    """A status that the account made, or one of the six that are always there (``id`` is its word then)."""

    id: str
    label: str
    category: str
    active: bool = True
    default: bool = False

    @property
    def status(self) -> Status:
        category, refinement = CATEGORIES.get(self.category, (None, None))
        return Status(id=self.id, name=self.label, category=category, refinement=refinement)


SYSTEM = {word: CustomStatus(word, label, word) for word, label in LABELS.items()}


class Statuses:
    """The statuses of an account. Without custom ones, a status is known by its word."""

    def __init__(self, custom: Sequence[CustomStatus] = ()) -> None:
        self.custom = {status.id: status for status in custom}

    def of(self, ticket: Json) -> Status:
        """The status of a ticket; raises ValueError. Closed is none of the custom ones."""
        word = ticket.get("status")
        if not isinstance(word, str) or word not in LABELS:
            raise ValueError("status: not one of Zendesk's")
        number = ticket.get("custom_status_id")
        known = self.custom.get(str(number)) if number is not None and word != "closed" else None
        return (known or SYSTEM[word]).status

    def all(self) -> tuple[CustomStatus, ...]:
        return (*self.custom.values(), *SYSTEM.values())

    def offered(self) -> tuple[CustomStatus, ...]:
        """Those that a ticket can be given: the custom ones where there are any, never closed."""
        chosen = self.custom.values() or [one for one in SYSTEM.values() if one.id not in ("closed", "new")]
        return tuple(status for status in chosen if status.active)

    def named(self, name: str) -> CustomStatus | None:
        """The status that agents read as ``name``, exactly or but for case."""
        exact = [one for one in self.offered() if one.label == name]
        loose = [one for one in self.offered() if one.label.casefold() == name.casefold()]
        return next(iter(exact or loose), None)


def parse_statuses(answer: Json) -> Statuses:
    """Of ``GET custom_statuses``; raises ValueError where the answer makes no sense."""
    found = []
    for at, entry in enumerate(rows(answer.get("custom_statuses"), "custom_statuses")):
        row, path = required(entry, f"custom_statuses[{at}]"), f"custom_statuses[{at}]"
        number = identity(row.get("id"), f"{path}.id")
        category = text(row.get("status_category"), f"{path}.status_category") or ""
        label = text(row.get("agent_label"), f"{path}.agent_label") or LABELS.get(category, number)
        found.append(
            CustomStatus(number, label, category, row.get("active") is not False, row.get("default") is True)
        )
    return Statuses(found)


# ---- ticket fields -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Field:
    """A field of tickets. ``options`` are names by the value that is stored, which is a tag."""

    id: str
    title: str
    type: str
    options: Mapping[str, str] = field(default_factory=dict)
    required: bool = False
    custom: bool = True
    active: bool = True


@dataclass(frozen=True)
class CompanyField:
    """One of the company's own fields: the ticket field that holds it, and the company's word for each native one."""

    of: Field
    words: Mapping[str, str] = field(default_factory=dict)
    natives: Mapping[str, str] = field(default_factory=dict)

    def read(self, value: Any) -> Any:
        """A stored value in the company's words: an option by its name, or by the word given for name or tag."""
        if isinstance(value, list):
            return [self.read(entry) for entry in value] or None
        if not isinstance(value, str):
            return value
        if self.of.type in ("integer", "decimal"):
            return number(value, self.of.title)
        name = self.of.options.get(value, value)
        return self.words.get(name.casefold()) or self.words.get(value.casefold()) or name or None


def parse_fields(entries: Sequence[Any]) -> tuple[Field, ...]:
    """Of ``GET ticket_fields``; raises ValueError where the answer makes no sense."""
    return tuple(
        _field(required(entry, f"ticket_fields[{at}]"), f"ticket_fields[{at}]")
        for at, entry in enumerate(entries)
    )


def _field(row: Json, path: str) -> Field:
    options = {}
    for entry in rows(row.get("custom_field_options"), f"{path}.custom_field_options"):
        option = required(entry, f"{path}.custom_field_options")
        value = text(option.get("value"), f"{path}.value")
        if value is not None:
            options[value] = text(option.get("raw_name") or option.get("name"), f"{path}.name") or value
    return Field(
        id=identity(row.get("id"), f"{path}.id"),
        title=text(row.get("title"), f"{path}.title") or "",
        type=text(row.get("type"), f"{path}.type") or "",
        options=options,
        required=row.get("required") is True,
        custom=row.get("removable") is not False,
        active=row.get("active") is not False,
    )


def company_fields(
    catalogue: Sequence[Field], configured: Mapping[str, TicketField], connection: str = ""
) -> dict[str, CompanyField]:
    """The ticket fields that the configuration names; raises ConfigError for a name that fits none or several."""
    found = {}
    for name, copy in configured.items():
        if copy.organization is None:
            words = {native.casefold(): word for word, natives in copy.values.items() for native in natives}
            natives = {word: given[0] for word, given in copy.values.items()}
            found[name] = CompanyField(_chosen(catalogue, name, copy.field, connection), words, natives)
    return found


def _chosen(catalogue: Sequence[Field], name: str, wanted: str, connection: str) -> Field:
    custom = [one for one in catalogue if one.custom]
    by_id = [one for one in custom if one.id == wanted]
    exact = [one for one in custom if one.title == wanted and one.active]
    loose = [one for one in custom if one.title.casefold() == wanted.casefold() and one.active]
    found = by_id or exact or loose
    if len(found) == 1:
        return found[0]
    where = f"connections.{connection}.fields.{name}" if connection else f"fields.{name}"
    if found:
        ids = ", ".join(f"{one.id} ({one.title})" for one in found)
        raise ConfigError(f"{where}: {wanted!r} is the title of several fields", hint=f"write one of: {ids}")
    near = difflib.get_close_matches(
        wanted.casefold(), [one.title.casefold() for one in custom], n=3, cutoff=0.5
    )
    known = [f"{one.title!r} ({one.id})" for one in custom if one.title.casefold() in near]
    hint = f"near ones: {', '.join(known)}" if known else "doctor lists the fields"
    raise ConfigError(f"{where}: Zendesk has no ticket field {wanted!r}", hint=hint)
