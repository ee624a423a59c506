"""From a record to the values of its columns, spelt as the database's driver takes them.

Rows are tuples made by hand: 33 processors and a dictionary for every row took a tenth of a first pull.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from syncline.model import Owned, Record, Relation, Work
from syncline.store.instants import to_text
from syncline.store.readings import Packed, Read, Reading

if TYPE_CHECKING:
    from sqlalchemy import Connection


class JsonText(str):
    """JSON that is already text: written as it is."""

    __slots__ = ()


@dataclass(frozen=True)
class Spelling:
    """How instants, days, truth and JSON text are handed over."""

    instant: Callable[[datetime | None], Any]
    day: Callable[[date | None], Any]
    flag: Callable[[bool], Any]
    json: Callable[[bytes], Any]


def _same(value: Any) -> Any:
    return value


def _text(value: bytes) -> JsonText:
    return JsonText(value.decode())


TYPED = Spelling(_same, _same, _same, _text)
"""For statements of SQLAlchemy, which knows the columns' types."""
SQLITE = Spelling(
    instant=lambda value: None if value is None else to_text(value),
    day=lambda value: None if value is None else value.isoformat(),
    flag=int,
    json=_same,
)
"""What SQLite's driver takes as it is: it asks around how to adapt everything that is not plainly a str or an int."""


def spelling_of(connection: Connection) -> Spelling:
    """How `syncline.store.statements.insert_values` wants the values of its rows."""
    return spelling(connection.dialect.name == "sqlite")


def spelling(on_sqlite: bool) -> Spelling:
    return SQLITE if on_sqlite else TYPED


COLUMNS = (
    "key",
    "url",
    "title",
    "created_at",
    "updated_at",
    "archived",
    "data",
    "hash",
    "type",
    "level",
    "status_category",
    "status_refinement",
    "status_name",
    "priority",
    "container",
    "parent",
    "subject",
    "target",
    "resolved_at",
    "due_on",
)
"""Those that follow from the record alone, in the order of `values`."""


def values(item: Read, spell: Spelling) -> tuple[Any, ...]:
    """The values of `COLUMNS`."""
    found = item.record
    return (
        found.key,
        found.url,
        found.title,
        spell.instant(found.created_at),
        spell.instant(found.updated_at),
        spell.flag(found.archived),
        spell.json(item.data),
        item.hash,
        *_special(type(found))(found, spell),
    )


def packed(item: Reading, spell: Spelling) -> Packed:
    """For another process."""
    return Packed(
        item.kind,
        item.remote_id,
        item.container,
        item.updated_at,
        item.mentioned,
        item.payload,
        item.apart,
        item.data,
        item.hash,
        values(item, spell),
    )


_NONE = (None,) * 8
"""From ``type`` to ``parent``."""


@cache
def _special(cls: type[Record]) -> Callable[[Any, Spelling], tuple[Any, ...]]:
    """What tells the values from ``type`` to ``due_on`` of a class."""
    if issubclass(cls, Work):
        return _work
    if issubclass(cls, Relation):
        return lambda found, _: (found.type.value, *_NONE[1:], found.subject, found.target, None, None)
    if issubclass(cls, Owned):
        return lambda found, _: (*_NONE, found.subject, None, None, None)
    return _other


def _other(found: Any, spell: Spelling) -> tuple[Any, ...]:
    own = {name: getattr(found, name, None) for name in ("type", "container", "parent", "subject", "due_on")}
    place = (own["container"], own["parent"], own["subject"])
    return own["type"], *_NONE[1:6], *place, None, None, spell.day(own["due_on"])


def _work(found: Work, spell: Spelling) -> tuple[Any, ...]:
    category, refinement = found.status.category, found.status.refinement
    return (
        found.type,
        found.level,
        None if category is None else category.value,
        None if refinement is None else refinement.value,
        found.status.name,
        found.priority.value,
        found.container,
        found.parent,
        None,
        None,
        spell.instant(found.resolved_at),
        spell.day(found.due_on),
    )
