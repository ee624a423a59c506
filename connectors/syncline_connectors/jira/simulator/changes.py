"""How the changelog tells a change: one item for a field, or one for each version or component."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.issues import Issue

_NAMES = {"fixVersions": "Fix Version", "versions": "Version", "components": "Component"}
"""Fields that the changelog calls by another name than the field list, one item for each element."""


def plain_text(document: Any) -> str:
    """The bare text of an ADF document, as the changelog shows it."""
    if isinstance(document, str):
        return document
    if not isinstance(document, dict):
        return ""
    own = str(document.get("text", "\n" if document.get("type") == "hardBreak" else ""))
    inner = "".join(plain_text(node) for node in document.get("content", ()))
    return own + inner + ("\n" if document.get("type") == "paragraph" else "")


def change_items(field: e.Field, old: Any, new: Any) -> list[e.Json]:
    """The changelog items of one field going from ``old`` to ``new``."""
    if field.id in _NAMES:
        return _element_items(field, old or (), new or ())
    if field.id == "parent":
        return [item("IssueParentAssociation", None, _shown(old), _shown(new))]
    made = item(field.name if field.custom else field.id, field, *_told(field, old, new))
    if isinstance(old, e.User) or isinstance(new, e.User):
        made["tmpFromAccountId"], made["tmpToAccountId"] = made["from"], made["to"]
    return [made]


def item(name: str, field: e.Field | None, old: tuple[Any, Any], new: tuple[Any, Any]) -> e.Json:
    """One changelog item; ``old`` and ``new`` are id and text. Items of no real field have no ``fieldId``."""
    made: e.Json = {"field": name, "fieldtype": "custom" if field and field.custom else "jira"}
    if field:
        made["fieldId"] = field.id
    return {**made, "from": old[0], "fromString": old[1], "to": new[0], "toString": new[1]}


def _element_items(field: e.Field, old: Sequence[Any], new: Sequence[Any]) -> list[e.Json]:
    gone = [item(_NAMES[field.id], field, _shown(x), (None, None)) for x in old if x not in new]
    come = [item(_NAMES[field.id], field, (None, None), _shown(x)) for x in new if x not in old]
    return gone + come


def _told(field: e.Field, old: Any, new: Any) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    if field.id == "labels":
        return (None, " ".join(old or ())), (None, " ".join(new or ()))
    if field.id == "duedate":
        return _day(old, "{:%Y-%m-%d} 00:00:00.0"), _day(new, "{:%Y-%m-%d} 00:00:00.0")
    if field.type == "date":
        return _day(old, "{:%d/%b/%y}"), _day(new, "{:%d/%b/%y}")
    if field.id == e.CustomField.SPRINT:
        return _shown(old or ()), _shown(new or ())
    return _shown(old), _shown(new)


def _day(value: str | None, form: str) -> tuple[str | None, str | None]:
    return (value, form.format(date.fromisoformat(value))) if value else (None, None)


def _shown(value: Any) -> tuple[Any, Any]:
    """Id and text of a value, made here or loaded."""
    if value is None:
        return None, None
    if isinstance(value, e.User):
        return value.account_id, value.name
    if isinstance(value, e.Option):
        return value.id, value.value
    if isinstance(value, Issue):
        return str(value.id), value.key
    if isinstance(
        value, e.Sprint | e.Status | e.Priority | e.Resolution | e.IssueType | e.Version | e.Component
    ):
        return str(value.id), value.name
    if isinstance(value, (list, tuple)):
        return _shown_list(value)
    if isinstance(value, dict):
        return _shown_raw(value)
    return None, f"{value:g}" if isinstance(value, float) else str(value)


def _shown_list(values: Sequence[Any]) -> tuple[str, str]:
    """Ids and names joined; ids of choices stand in brackets."""
    pairs = [_shown(value) for value in values]
    ids, names = ", ".join(str(id_) for id_, _ in pairs), ", ".join(str(name) for _, name in pairs)
    return (f"[{ids}]" if values and isinstance(values[0], e.Option) else ids), names


def _shown_raw(value: dict[str, Any]) -> tuple[Any, Any]:
    if value.get("type") == "doc":
        return None, plain_text(value).rstrip("\n")
    id_ = value.get("accountId") or value.get("id")
    return id_, value.get("displayName") or value.get("name") or value.get("value") or value.get("key")
