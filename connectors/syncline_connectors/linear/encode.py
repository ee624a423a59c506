"""From common values to Linear's, and what reading will show of them. Pure, but for the names of labels it is given."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from syncline.errors import Invalid, Unsupported
from syncline.model import Priority, RelationType, Text, TextFormat
from syncline.target import Related
from syncline_connectors.linear.lookup import is_id
from syncline_connectors.linear.translate import PRIORITIES

INPUTS: Mapping[str, str] = {
    "title": "title",
    "description": "description",
    "status": "stateId",
    "priority": "priority",
    "assignees": "assigneeId",
    "labels": "labelIds",
    "due_on": "dueDate",
    "estimate": "estimate",
    "parent": "parentId",
    "iterations": "cycleId",
}
"""Common fields that one mutation of the issue writes, and the name of its argument."""
LINKS = frozenset({"relations", "backlinks"})
"""Fields with mutations of their own, only added to and removed from."""
WRITES = frozenset({*INPUTS, *LINKS})

NUMBERS: Mapping[Priority, int] = {priority: number for number, priority in PRIORITIES.items()}
RELATION_TYPES: Mapping[RelationType, str] = {
    RelationType.BLOCKS: "blocks",
    RelationType.DUPLICATES: "duplicate",
    RelationType.RELATES: "related",
}


def relation_type(link: Related) -> str:
    """What Linear calls a relation; raises Unsupported."""
    found = RELATION_TYPES.get(link.type)
    if found is None:
        raise Unsupported(f"Linear has no relation that says {link.type}")
    return found


_FENCE = re.compile(r"^[ \t>]*(```|~~~)")
_KEPT = re.compile(r"(`+[^`]*`+|!?\[(?:[^\[\]]|\[[^\]]*\])*\]\([^)]*\)|\[[^\]]*\]:.*|<[^>]*>)")
_LINK = re.compile(r"(?<!!)(\[(?:[^\[\]]|\[[^\]]*\])*\])\(([^<>()\s]+)\)\Z")
_ADDRESS = re.compile(r"\bhttps?://[^\s<>()\[\]`]*[^\s<>()\[\]`.,;:!?'\"*_]")


class Encoder:
    """``spelt`` gives a label as the workspace spells it, where it has one of that name."""

    def __init__(self, spelt: Callable[[str], str] = lambda name: name) -> None:
        self._spelt = spelt
        self._stores: Mapping[str, Callable[[Any], Any]] = {
            "title": _title,
            "description": _description,
            "status": lambda value: _word("status", value),
            "priority": lambda value: Priority(value or "none"),
            "assignees": lambda value: _at_most_one("assignees", value),
            "labels": self._labels,
            "due_on": _date,
            "estimate": _amount,
            "parent": lambda value: None if value is None else _id("parent", value),
            "iterations": lambda value: _at_most_one("iterations", value),
            "relations": lambda value: tuple(link for link in value or () if relation_type(link)),
        }

    def stored(self, name: str, value: Any) -> Any:
        """What reading will show once ``value`` was written; raises Invalid or Unsupported."""
        store = self._stores.get(name)
        if store is None:
            raise Unsupported(f"Linear has no {name} that could be written")
        return store(value)

    def _labels(self, value: Any) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._spelt(_label(entry)) for entry in value or ()))


def argument(name: str, shall: Any) -> Any:
    """A stored value as the mutation takes it; None clears. Labels and states need ids and are not here."""
    if name == "description":
        return None if shall is None else shall.source
    if name == "priority":
        return NUMBERS[shall]
    if name in ("assignees", "iterations"):
        return shall[0] if shall else None
    if name == "due_on":
        return None if shall is None else shall.isoformat()
    if name == "estimate":
        return None if shall is None else int(shall)
    return shall


def body(text: Text, field: str = "body") -> Text:
    """A text as Linear takes it: its own Markdown as it is, everything else through canonical Markdown."""
    if text.format is TextFormat.MARKDOWN:
        source = text.source
    else:
        from syncline.text import to_markdown

        source = to_markdown(text).source
    _printable(field, source, lines=True)
    return Text(format=TextFormat.MARKDOWN, source=source)


def client_id(marker: str) -> str:
    """The id that we choose for what we make: Linear takes UUIDs of version 4 alone. Always the same for a marker."""
    try:
        known = UUID(marker)
    except ValueError:
        known = uuid5(_OURS, marker)
    return str(UUID(bytes=known.bytes, version=4))


_OURS = UUID("6f0c7a52-6a51-5d5b-9d0b-3a1e0a7c2f44")


# ---- single fields -------------------------------------------------------------------------------------------------


def _title(value: Any) -> str:
    """One line, without blanks at its ends; tabs become blanks."""
    title = _printable("title", str(value or "").replace("\t", " ")).strip()
    if not title:
        raise Invalid("an issue of Linear needs a title", field="title")
    return title


def _description(value: Any) -> Text | None:
    if value is None or not isinstance(value, Text):
        if value is None:
            return None
        raise Invalid("a description is a text", field="description")
    source = settled(body(value, "description").source)
    return Text(format=TextFormat.MARKDOWN, source=source) if source.strip() else None


def settled(markdown: str) -> str:
    """Markdown as Linear gives it back, as far as that is recorded: links, not pictures, have their targets in angle
    brackets, and a bare address becomes a link to itself."""
    lines = []
    fenced = False
    for line in markdown.split("\n"):
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            line = "".join(
                _LINK.sub(r"\1(<\2>)", part) if place % 2 else _ADDRESS.sub(r"[\g<0>](<\g<0>>)", part)
                for place, part in enumerate(_KEPT.split(line))
            )
        lines.append(line)
    return "\n".join(lines)


def _label(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Invalid(f"{value!r} is no label", field="labels")
    return _printable("labels", value).strip()


def _printable(field: str, text: str, *, lines: bool = False) -> str:
    """``text`` if Linear can be trusted to keep it: no control characters, no half characters."""
    allowed = "\t\n\r" if lines else ""
    if any(
        (char < " " and char not in allowed) or char == "\x7f" or "\ud800" <= char <= "\udfff"
        for char in text
    ):
        what = "control characters" if lines else "control characters or more than one line"
        raise Invalid(f"{field} holds {what}, which Linear does not keep", field=field)
    return text


def _word(field: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Invalid(f"{field}: {value!r} is no name", field=field)
    return value


def _id(field: str, value: Any) -> str:
    if not isinstance(value, str) or not is_id(value):
        raise Invalid(f"{field}: {value!r} is no id of Linear", field=field)
    return value


def _at_most_one(field: str, value: Any) -> tuple[str, ...]:
    found: Iterable[Any] = value or ()
    ids = tuple(_id(field, one) for one in found)
    if len(ids) > 1:
        raise Invalid(f"an issue of Linear has one of {field} at most", field=field)
    return ids


def _date(value: Any) -> date | None:
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise Invalid("not a date", field="due_on") from None


def _amount(value: Any) -> float | None:
    """Whole points, not less than none."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Invalid("not a number", field="estimate")
    if value != int(value) or value < 0:
        raise Invalid(f"Linear takes whole points, not {value:g}", field="estimate")
    return float(value)
