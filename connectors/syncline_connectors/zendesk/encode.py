"""Values as Zendesk takes and keeps them. Pure: what cannot be meant is Invalid, what is not written Unsupported."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from syncline.errors import Invalid, Unsupported
from syncline.model import Priority, Text, TextFormat
from syncline_connectors.zendesk.catalogue import CompanyField, Statuses
from syncline_connectors.zendesk.translate import PRIORITIES

NATIVE: Mapping[str, str] = {
    "title": "subject",
    "type": "type",
    "priority": "priority",
    "assignees": "assignee_id",
}
"""Fields of the ticket itself, by common name."""
TYPES = ("problem", "incident", "question", "task")
WORDS: Mapping[Priority, str] = {priority: word for word, priority in PRIORITIES.items()}
TEXT = 65_535
"""Characters of a comment. «unverified»: the vendor does not say how it counts."""
CHOICES = ("tagger", "multiselect")
_TAG = re.compile(r"[^\s,]+")


class Encoder:
    """Writes values for one account."""

    def __init__(self, company: Mapping[str, CompanyField], statuses: Statuses) -> None:
        self._company = company
        self._statuses = statuses

    # ---- what will be read ----

    def stored(self, name: str, value: Any) -> Any:
        """What reading will show once ``value`` was written to ``name``."""
        if name == "labels":
            return tags(value)
        if name == "status":
            return self.status(value)
        if name == "assignees":
            return self._assignees(value)
        if name == "priority":
            return Priority(value) if value is not None else Priority.NONE
        if name in ("title", "type"):
            return self._plain(name, value)
        if name in self._company:
            return self._company_stored(name, value)
        if name == "description":
            raise Unsupported(
                "a ticket's description is its first comment, which cannot be changed",
                hint="write a comment instead",
            )
        raise Unsupported(f"Zendesk has no field {name!r} that is written")

    def status(self, name: str) -> str:
        """The name of a status as agents read it; raises Invalid listing those there are."""
        found = self._statuses.named(str(name))
        if found is None:
            names = ", ".join(one.label for one in self._statuses.offered())
            raise Invalid(
                f"Zendesk has no status {name!r}", hint=f"its statuses are: {names}", field="status"
            )
        return found.label

    def _plain(self, name: str, value: Any) -> Any:
        if name == "title":
            return line("title", value)
        if value is not None and value not in TYPES:
            raise Invalid(
                f"Zendesk has no type {value!r}", hint=f"its types are: {', '.join(TYPES)}", field="type"
            )
        return value

    def _assignees(self, value: Any) -> tuple[str, ...]:
        found = tuple(value or ())
        if len(found) > 1:
            raise Invalid("a ticket of Zendesk has one assignee", field="assignees")
        if found and not str(found[0]).isdecimal():
            raise Invalid("an assignee of Zendesk is named by a number", field="assignees")
        return found

    def _company_stored(self, name: str, value: Any) -> Any:
        company = self._company[name]
        return company.read(self._company_json(name, value))

    # ---- what is sent ----

    def json(self, name: str, value: Any) -> dict[str, Any]:
        """The part of a ticket's JSON that sets a field."""
        if name in self._company:
            found = self._company_json(name, value)
            return {"custom_fields": [{"id": int(self._company[name].of.id), "value": found}]}
        shall = self.stored(name, value)
        if name == "priority":
            return {"priority": WORDS.get(shall)}
        if name == "assignees":
            return {"assignee_id": int(shall[0]) if shall else None}
        return {NATIVE[name]: shall}

    def _company_json(self, name: str, value: Any) -> Any:
        company = self._company[name]
        if value is None or value == "":
            return False if company.of.type == "checkbox" else None
        if company.of.type in CHOICES:
            several = list(value) if isinstance(value, list | tuple) else [value]
            chosen = [_option(name, one, company) for one in several]
            return chosen if company.of.type == "multiselect" else chosen[0]
        native = company.natives.get(str(value), value)
        return _typed(name, native, company.of.type)


def _option(name: str, value: Any, company: CompanyField) -> str:
    """The tag of an option, given by the company's word, its name or its tag."""
    wanted = company.natives.get(str(value), str(value))
    options = company.of.options
    exact = [tag for tag, label in options.items() if wanted in (tag, label)]
    loose = [tag for tag, label in options.items() if label.casefold() == wanted.casefold()]
    for tag in exact or loose:
        return tag
    raise Invalid(
        f"{name}: Zendesk has no option {wanted!r}", hint=f"it has: {', '.join(options.values())}", field=name
    )


def _typed(name: str, value: Any, kind: str) -> Any:
    if kind == "checkbox":
        if not isinstance(value, bool):
            raise Invalid(f"{name} takes true or false", field=name)
        return value
    if kind in ("integer", "decimal"):
        return _number(name, value, whole=kind == "integer")
    if kind == "date":
        try:
            return date.fromisoformat(str(value)).isoformat()
        except ValueError:
            raise Invalid(f"{name} takes a date such as 2026-12-01", field=name) from None
    if kind in ("text", "regexp"):
        return line(name, value)
    if kind == "textarea":
        return checked(name, str(value), lines=True)
    raise Unsupported(f"{name}: fields of the type {kind or 'unknown'} are not written")


def _number(name: str, value: Any, *, whole: bool) -> str:
    """Zendesk keeps numbers as text."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = math.nan
    if isinstance(value, bool) or not math.isfinite(found) or (whole and found != int(found)):
        raise Invalid(f"{name} takes a {'whole ' if whole else ''}number", field=name)
    return str(int(found)) if found == int(found) else repr(found)


def line(name: str, value: Any) -> str:
    """One line, without blanks at its ends."""
    if not isinstance(value, str) or not value.strip():
        raise Invalid(f"{name} is empty, which Zendesk does not keep", field=name)
    return checked(name, value.strip())


def checked(name: str, value: str, *, lines: bool = False) -> str:
    """``value`` if it can be kept."""
    allowed = "\t\n\r" if lines else "\t"
    if any((char < " " and char not in allowed) or "\ud800" <= char <= "\udfff" for char in value):
        raise Invalid(f"{name} holds control characters or more than one line", field=name)
    if len(value) > TEXT:
        raise Invalid(
            f"{name} has {len(value):,} characters; Zendesk takes {TEXT:,}", hint="shorten it", field=name
        )
    return value


def tags(value: Any) -> tuple[str, ...]:
    """Labels as tags: small letters, underscores for blanks, each once and in order of the alphabet."""
    found = set()
    for label in value or ():
        if not isinstance(label, str) or not label.strip():
            raise Invalid(f"labels: {label!r} is no tag", field="labels")
        tag = "_".join(checked("labels", label).lower().split())
        if not _TAG.fullmatch(tag):
            raise Invalid(f"labels: {label!r} is no tag: it holds a comma", field="labels")
        found.add(tag)
    return tuple(sorted(found))


def html(name: str, text: Text) -> str:
    """A text as a comment takes it: HTML of the safe kind; raises Invalid where it is too long."""
    if text.format is TextFormat.HTML:
        source = text.source
    else:
        from syncline.text import to_markdown
        from syncline.text.safe_html import to_html

        source = to_html(to_markdown(text).source)
    if not source.strip():
        raise Invalid(f"{name} is empty, which Zendesk does not keep", field=name)
    if len(source) > TEXT:
        raise Invalid(f"{name} has {len(source):,} characters as HTML; Zendesk takes {TEXT:,}", field=name)
    return source
