"""What a record's values mean to a sync block, and how the block's values are said in one tool. Pure.

Tools spell the same thing differently: a status is a row of the block's table, an assignee is a person, a parent is an
item, a label is compared without its case. `Side.heard` reads a record's value into such common terms, `Side.said`
turns common terms into what `syncline.target` writes, and `Side.echo` tells what reading would show afterwards, so that
what a tool cannot hold exactly is not written again for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from syncline.config.syncs import CROSSING as CROSSING
from syncline.errors import RecordError
from syncline.model import Priority, Text, TextFormat, Visibility
from syncline.target import Backlink, Related

Value = Hashable
"""A value in common terms: text, number, None, a row's number, or a frozenset."""

TEXTS = frozenset({"description"})
PEOPLE = frozenset({"assignees"})
SETS = frozenset({"labels", "assignees", "components"})
"""Fields that are merged element by element."""


class Unsaid(Exception):
    """A value that has no counterpart: ``reason`` says why, for a person to mend."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


WIDTH = tuple(Visibility)


def wider(one: str, other: str) -> bool:
    """Whether what is for ``one`` is read by somebody who may not read what is for ``other``."""
    return WIDTH.index(Visibility(one)) > WIDTH.index(Visibility(other))


def nothing(value: Value) -> bool:
    """Whether a field holds nothing."""
    return value in (None, "", frozenset(), Priority.NONE)


def label_key(label: str) -> str:
    """What two spellings of one label have in common: tools differ in case and in what they make of blanks."""
    return "-".join(label.casefold().replace("_", " ").replace("-", " ").split()) or label


def raw_field(data: Mapping[str, Any], name: str) -> Any:
    """A field of a record's JSON, by its common name or one of ``[fields]``."""
    if name == "status":
        return data["status"]["name"]
    if name == "description":
        return data.get("body")
    if name in data:
        return data[name]
    return (data.get("fields") or {}).get(name)


@dataclass(frozen=True)
class Side:
    """How one connection speaks in one block.

    ``rows`` and ``names`` are the block's status table read and written; ``persons`` and ``accounts`` who stands behind
    a remote id and who a person is here; ``items`` and ``homes`` the same for parents. ``stored_form`` is the
    connector's, without its reference to one record.
    """

    connection: str
    writes: frozenset[str] = frozenset()
    rows: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)
    persons: Mapping[str, str] = field(default_factory=dict)
    accounts: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, str] = field(default_factory=dict)
    homes: Mapping[str, str] = field(default_factory=dict)
    known_names: Mapping[str, str] = field(default_factory=dict)
    """Of a person who has no account here, how people call them."""
    stored_form: Callable[[str, Any], Any] | None = None
    tool: str = ""
    """How people call the tool."""
    customers: bool = False
    """Its customers may hear of what is written there, where a rule wants it, too."""

    def can_write(self, name: str, *, own: bool) -> bool:
        """Whether the tool takes the field at all; ``own``: a field of the company's."""
        return name in self.writes or (own and "fields" in self.writes)

    def reach(self, wanted: bool) -> Visibility:
        """Who may read what is written here: customers where the rule (``wanted``) and the connection both say so."""
        return Visibility.CUSTOMER if wanted and self.customers else Visibility.TEAM

    # ---- what a record says ----

    def heard(self, name: str, raw: Any) -> Value:
        """``raw`` as a record's JSON holds it, in common terms; raises Unsaid."""
        if name == "status":
            return self._row(raw)
        if name == "description":
            return None if not raw else markdown(raw["format"], raw["source"])
        if name == "assignees":
            return frozenset(self._person(one) for one in raw or ())
        if name in SETS:
            return frozenset(label_key(one) for one in raw or ())
        if name == "parent":
            return None if raw is None else self._item(raw)
        if name == "title":
            return " ".join((raw or "").split())
        if name == "estimate":
            return None if raw is None else float(raw)
        return _plain(raw)

    def _row(self, native: str) -> int:
        if native not in self.rows:
            raise Unsaid(f'status "{native}" of {self.connection} stands in no row')
        return self.rows[native]

    def _person(self, remote_id: str) -> str:
        if remote_id not in self.persons:
            raise Unsaid(f"nobody is known to stand behind the account {remote_id} of {self.connection}")
        return self.persons[remote_id]

    def _item(self, remote_id: str) -> str:
        if remote_id not in self.items:
            raise Unsaid(f"the parent {remote_id} of {self.connection} has not been read")
        return self.items[remote_id]

    # ---- what is written ----

    def said(self, name: str, value: Value, spelt: Mapping[str, str]) -> Any:
        """A common value as `syncline.target.Set` takes it; ``spelt`` are labels by their key. Raises Unsaid."""
        if name == "status":
            return self._native(value)
        if name == "description":
            return None if value is None else Text(format=TextFormat.MARKDOWN, source=str(value))
        if isinstance(value, frozenset):
            return tuple(sorted(self.element(name, one, spelt) for one in value))
        if name == "parent" and value is not None:
            if value not in self.homes:
                raise Unsaid(f"the parent has no counterpart in {self.connection}")
            return self.homes[str(value)]
        if name == "priority":
            return Priority(str(value))
        if name in ("due_on", "start_on") and isinstance(value, str):
            return date.fromisoformat(value)
        return value

    def element(self, name: str, one: Any, spelt: Mapping[str, str]) -> str:
        """One element of a set, in the tool's words; raises Unsaid."""
        if name not in PEOPLE:
            return spelt.get(one, one)
        if one not in self.accounts:
            raise Unsaid(f"{self.known_names.get(one, one)} has no account in {self.connection}")
        return self.accounts[one]

    def _native(self, value: Value) -> str:
        if not isinstance(value, int) or value not in self.names:
            raise Unsaid(f"the row of this status names no status of {self.connection}")
        return self.names[value]

    def echo(self, name: str, value: Value, spelt: Mapping[str, str]) -> Value:
        """What reading will show in common terms once ``value`` was written; raises Unsaid where it cannot be."""
        said = self.said(name, value, spelt)
        if name == "status" or self.stored_form is None:
            return value
        try:
            stored = self.stored_form(name, said)
        except RecordError as error:
            raise Unsaid(error.message) from None
        return self.heard(name, as_json(stored))


def as_json(value: Any) -> Any:
    """A value of `syncline.target` as a record's JSON holds it."""
    if isinstance(value, Backlink):
        kind = {} if value.relationship == "mirrors" else {"relationship": value.relationship}
        return {"id": value.id, "url": value.url, "title": value.title, **kind}
    if isinstance(value, Related):
        return {"type": value.type.value, "target": value.target, "label": value.label}
    if isinstance(value, Text):
        return {"format": value.format.value, "source": value.source}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list | set | frozenset):
        return [as_json(one) for one in value]
    return value


@lru_cache(maxsize=4096)
def markdown(text_format: str, source: str) -> str | None:
    """A text as canonical Markdown; None where nothing is left of it."""
    from syncline.text import canonical, to_markdown

    return canonical(to_markdown(Text(format=TextFormat(text_format), source=source)).source) or None


def _plain(raw: Any) -> Value:
    if isinstance(raw, list):
        return tuple(_plain(one) for one in raw)
    if isinstance(raw, dict):
        return tuple(sorted((key, _plain(one)) for key, one in raw.items()))
    hashable: Value = raw
    return hashable
