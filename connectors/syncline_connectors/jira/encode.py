"""From common values to Jira's JSON, for the fields of one site. Pure: what depends on a screen is given.

`Encoder.stored` is the other way round in thought: what reading will show once a value was written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from syncline.config.connection import FieldCopy
from syncline.errors import Invalid, Unsupported
from syncline.jsontext import decode, encode
from syncline.model import Priority, Text, TextFormat
from syncline_connectors.jira.dialect import Dialect
from syncline_connectors.jira.fields import CompanyField, Field, FieldMap
from syncline_connectors.jira.screens import Screen, ScreenField, Shape
from syncline_connectors.jira.shapes import LINE, TEXT, checked, label, number, shaped
from syncline_connectors.jira.translate import company_value

NATIVE: Mapping[str, tuple[str, ...]] = {
    "title": ("summary",),
    "description": ("description",),
    "type": ("issuetype",),
    "priority": ("priority",),
    "assignees": ("assignee",),
    "labels": ("labels",),
    "due_on": ("duedate",),
    "releases": ("fixVersions",),
    "components": ("components",),
}
"""Where the common fields are kept whose place is the same on every site."""

PLAIN = frozenset({*NATIVE, "parent", "start_on", "estimate"})
"""Common fields that one edit writes together; company fields go with them."""

APART = frozenset({"status", "iterations", "relations", "backlinks"})
"""Fields that take requests of their own, on an issue that exists."""

DELTAS: Mapping[str, str] = {"labels": "", "releases": "id", "components": "name"}
"""Lists that are changed by what is added and removed, and the key of an entry (none: the bare word)."""

CHOSEN: Mapping[Priority, tuple[str, ...]] = {
    Priority.URGENT: ("urgent", "highest", "blocker", "p0"),
    Priority.HIGH: ("high", "critical", "major", "p1"),
    Priority.MEDIUM: ("medium", "normal", "p2"),
    Priority.LOW: ("low", "minor", "lowest", "trivial", "p3", "p4"),
    Priority.NONE: ("none", "no priority", "not set", "unprioritized", "undefined"),
}
"""Which of a site's priorities is written for a common one: the first of these that the site has."""


class Alias(NamedTuple):
    """What Jira wants to hear instead of an id: an issue's ``key`` in an epic link, a user's ``name``."""

    key: str | None = None
    name: str | None = None


class Encoder:
    """One site's fields. ``configured`` is ``[connections.NAME.fields]``."""

    def __init__(
        self,
        dialect: Dialect,
        catalogue: Iterable[Field],
        fields: FieldMap,
        configured: Mapping[str, FieldCopy],
    ) -> None:
        self._dialect = dialect
        self._catalogue = {entry.id: entry for entry in catalogue}
        self._map = fields
        self._configured = configured
        self._stores: Mapping[str, Callable[[Any], Any]] = {
            "title": self._title,
            "description": self._description,
            "type": lambda value: _word("type", value),
            "priority": lambda value: Priority(value or "none"),
            "assignees": lambda value: _at_most_one(value),
            "labels": lambda value: tuple(label("labels", entry) for entry in value or ()),
            "due_on": lambda value: _date("due_on", value),
            "start_on": lambda value: _date("start_on", value),
            "estimate": lambda value: _amount(value),
            "parent": lambda value: None if value is None else _word("parent", value),
            "releases": lambda value: _words("releases", value),
            "components": lambda value: _words("components", value),
            "iterations": lambda value: _words("iterations", value),
            "status": lambda value: _word("status", value),
            "relations": lambda value: tuple(value or ()),
        }

    # ---- where ----

    def natives(self, name: str) -> tuple[str, ...]:
        """The ids of the fields that may hold ``name`` on this site; raises Unsupported where there is none."""
        found = NATIVE.get(name) or {
            "parent": ("parent", *self._map.epic),
            "start_on": self._map.start_on,
            "estimate": self._map.estimate,
        }.get(name, ())
        if name in self._map.company:
            found = (self._map.company[name].id,)
        if not found:
            raise Unsupported(
                f"this Jira has no field for {name}",
                hint=f"name it under [connections.NAME.fields]: {name} = …",
            )
        return found

    def place(self, name: str, screen: Screen, held: Mapping[str, Any]) -> ScreenField | None:
        """The field of ``screen`` to write ``name`` to: one that holds something, else the first; None: not there."""
        offered = [screen[native] for native in self.natives(name) if native in screen]
        offered = [entry for entry in offered if entry.operations or name == "type"]
        full = [entry for entry in offered if held.get(entry.id) is not None]
        return next(iter((*full, *offered)), None)

    def common(self, native: str) -> str | None:
        """The common or company name of a native field."""
        names = (*NATIVE, "parent", "start_on", "estimate", *self._map.company)
        return next((name for name in names if native in self._natives_or_none(name)), None)

    def _natives_or_none(self, name: str) -> tuple[str, ...]:
        try:
            return self.natives(name)
        except Unsupported:
            return ()

    # ---- what is written ----

    def json(self, name: str, value: Any, place: ScreenField, alias: Alias = Alias()) -> Any:  # noqa: B008
        """``value`` as ``place`` takes it in ``fields``; raises Invalid or Unsupported."""
        if name in self._map.company:
            return self._company_json(name, value, place.shape)
        kept = self.stored(name, value)
        if name in DELTAS:
            return entries(name, kept)
        if name == "priority":
            return _priority(kept, place.choices)
        if name == "parent":
            return _parent(kept, place, alias)
        if name == "assignees":
            return {self._dialect.person: alias.name or kept[0]} if kept else None
        if isinstance(kept, Text):
            return self._native_text(kept)
        if isinstance(kept, date):
            return kept.isoformat()
        return {"name": kept} if name == "type" else kept

    def text(self, text: Text, field: str) -> Any:
        """A text as Jira takes it: a document on Cloud, wiki markup on Data Center; raises Invalid."""
        return self._native_text(self._own_text(text, field))

    def _native_text(self, own: Text) -> Any:
        return decode(own.source) if own.format is TextFormat.ADF else own.source

    def _company_json(self, name: str, value: Any, shape: Shape) -> Any:
        found = self._shape(name)
        shape = Shape(shape.type or found.type, shape.items, shape.custom or found.custom)
        return shaped(name, self._native_words(name, value, shape), shape, self._dialect)

    def _shape(self, name: str) -> Shape:
        known = self._catalogue.get(self._map.company[name].id)
        return Shape(known.type, "", known.custom) if known else Shape()

    def _native_words(self, name: str, value: Any, shape: Shape) -> Any:
        """The tool's first word for each of the company's. People have no word of their own on Cloud: only an id."""
        if isinstance(value, list | tuple):
            return [self._native_words(name, entry, shape) for entry in value]
        words = self._configured[name].values if name in self._configured else {}
        if isinstance(value, str) and value in words:
            return words[value][0]
        if value is not None and "user" in shape.custom and self._dialect.person == "accountId":
            raise Invalid(
                f"{name} holds people, and {value!r} is none of its values",
                hint=f"values of [connections.NAME.fields.{name}] must list account id and display name",
                field=name,
            )
        return value

    # ---- what will be read ----

    def stored(self, name: str, value: Any) -> Any:
        """What reading shows once ``value`` was written; raises Invalid naming the field, or Unsupported."""
        if name in self._map.company:
            return self._company_stored(self._map.company[name], name, value)
        store = self._stores.get(name)
        if store is None:
            raise Unsupported(f"Jira has no field {name}")
        if name in ("estimate", "start_on"):
            self.natives(name)
        return store(value)

    def _company_stored(self, company: CompanyField, name: str, value: Any) -> Any:
        shape = self._shape(name)
        written = self._company_json(name, value, shape)
        if written is not None and "user" in shape.custom:  # read as a name, which only the words can tell
            return list(value) if isinstance(value, tuple) else value
        return company_value(company, written)

    def _title(self, value: Any) -> str:
        found = _word("title", value).strip()
        if not found:
            raise Invalid("an issue of Jira needs a title", field="title")
        return checked("title", found, LINE)

    def _description(self, value: Text | None) -> Text | None:
        return None if value is None else self._own_text(value, "description")

    def _own_text(self, text: Text, field: str) -> Text:
        """In Jira's own format: as it is, where it came from a Jira that speaks so; anything else through Markdown."""
        if text.format is not self._dialect.text:
            text = self._converted(text)
        if text.format is TextFormat.ADF:
            document = decode(text.source)
            checked(field, "\n".join(_texts(document)), TEXT, lines=True)
            return Text(format=text.format, source=encode(document).decode())
        checked(field, text.source, TEXT, lines=True)
        return text

    def _converted(self, text: Text) -> Text:
        from syncline.text import to_markdown

        markdown = to_markdown(text).source
        if self._dialect.text is TextFormat.ADF:
            from syncline.text.adf_writer import to_adf

            return Text(format=TextFormat.ADF, source=encode(to_adf(markdown)).decode())
        from syncline.text.wiki_writer import to_wiki

        return Text(format=TextFormat.WIKI, source=to_wiki(markdown))


# ---- single values ---------------------------------------------------------------------------------------------------


def entries(name: str, values: Iterable[str]) -> list[Any]:
    """The entries of a list of `DELTAS` as Jira writes them."""
    key = DELTAS[name]
    return [{key: value} if key else value for value in values]


def _texts(document: Any) -> Iterable[str]:
    """Every text of a document; no recursion, bodies may be deep."""
    todo = [document]
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            if isinstance(node.get("text"), str):
                yield node["text"]
            content = node.get("content")
            todo.extend(reversed(content) if isinstance(content, list) else ())


def _word(name: str, value: Any) -> str:
    if isinstance(value, str) and value:
        return checked(name, value, TEXT, lines=name == "title")
    raise Invalid(f"{name} takes text", field=name)


def _words(name: str, values: Sequence[Any] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_word(name, value) for value in values or ()))


def _at_most_one(values: Sequence[Any] | None) -> tuple[str, ...]:
    found = _words("assignees", values)
    if len(found) > 1:
        raise Invalid(f"an issue of Jira has one assignee, not {len(found)}", field="assignees")
    return found


def _date(name: str, value: date | None) -> date | None:
    if value is None or type(value) is date:
        return value
    raise Invalid(f"{name} takes a date", field=name)


def _amount(value: Any) -> float | None:
    if value is None:
        return None
    return float(number("estimate", value))


def _priority(wanted: Priority, offered: Sequence[str]) -> dict[str, str] | None:
    """The site's own name for a common priority; None where there is none to have."""
    names = {name.strip().casefold(): name for name in reversed(offered)}
    for spelt in CHOSEN[wanted]:
        if spelt in names:
            return {"name": names[spelt]}
    if wanted is Priority.NONE:
        return None
    had = ", ".join(offered) or "none told"
    raise Invalid(f"this project has no priority that means {wanted}; it has: {had}", field="priority")


def _parent(parent: str | None, place: ScreenField, alias: Alias) -> Any:
    """An id in ``parent``, a key in an epic link."""
    if parent is None:
        return None
    return {"id": parent} if place.id == "parent" else alias.key
