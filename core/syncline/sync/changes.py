"""From common terms to changes of one tool, and changes as JSON. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from syncline.model import Priority, RelationType, Text, TextFormat, Visibility
from syncline.sync.blocks import FieldPlanRule
from syncline.sync.values import SETS, Side, Unsaid, Value, as_json, label_key
from syncline.target import AddRemove, Change, Move, Related, Set


def change_of(rule: FieldPlanRule, raw: Any, value: Value, side: Side, spelt: Mapping[str, str]) -> Change:
    """The change that makes a record that holds ``raw`` hold ``value``; raises Unsaid.

    Elements of a list that do not cross stay.
    """
    if rule.name == "status":
        return Move(side.said(rule.name, value, spelt), visibility=side.reach(rule.to_customers))
    if rule.name in SETS and rule.name != "assignees":
        wanted = value if isinstance(value, frozenset) else frozenset()
        held = {label_key(one): one for one in raw or ()}
        crossing = trimmed(rule, frozenset(held))
        assert isinstance(crossing, frozenset)
        add = sorted(side.element(rule.name, one, spelt) for one in wanted - held.keys())
        remove = sorted(held[key] for key in crossing - wanted)
        return AddRemove(tuple(add), tuple(remove))
    if rule.name == "description":
        _spare_formatting(raw)
    return Set(side.said(rule.name, value, spelt))


def trimmed(rule: FieldPlanRule, value: Value) -> Value:
    """Of a list, the elements that cross."""
    if not isinstance(value, frozenset) or not (rule.only or rule.but):
        return value
    only, but = {label_key(one) for one in rule.only}, {label_key(one) for one in rule.but}
    return frozenset(one for one in value if (not only or one in only) and one not in but)


def _spare_formatting(raw: Any) -> None:
    """Raise Unsaid where a text holds what writing over it would lose for good."""
    from syncline.text import survives

    lost = survives(Text(format=TextFormat(raw["format"]), source=raw["source"])) if raw else ()
    if lost:
        raise Unsaid(f"its text holds what would be lost by writing over it: {', '.join(lost)}")


def typed(name: str, raw: Any) -> Any:
    """A field's JSON as `syncline.target` holds it: what the plan saw, for the precondition."""
    if name == "description":
        return None if raw is None else Text(format=TextFormat(raw["format"]), source=raw["source"])
    if name in ("due_on", "start_on"):
        return None if raw is None else date.fromisoformat(raw)
    if name == "priority":
        return Priority(raw)
    return tuple(raw) if isinstance(raw, list) else raw


def encoded(change: Change) -> dict[str, Any]:
    """A change as JSON."""
    match change:
        case Set(value):
            return {"set": as_json(value)}
        case AddRemove(add, remove):
            return {"add": as_json(add), "remove": as_json(remove)}
        case Move(status, path, with_fields, visibility):
            told = {} if visibility is Visibility.TEAM else {"visibility": visibility.value}
            return {"move": status, "path": list(path), "with": dict(with_fields), **told}


def decoded(name: str, change: Mapping[str, Any]) -> Change:
    """The inverse of `encoded`; raises ValueError."""
    if "move" in change:
        visibility = Visibility(change.get("visibility", Visibility.TEAM))
        return Move(change["move"], tuple(change.get("path", ())), change.get("with", {}), visibility)
    if "set" in change:
        return Set(typed(name, change["set"]))
    if name == "relations":
        return AddRemove(*(tuple(related(one) for one in change[way]) for way in ("add", "remove")))
    if "add" in change:
        return AddRemove(tuple(change["add"]), tuple(change.get("remove", ())))
    raise ValueError(f"no change: {sorted(change)}")


def related(saved: Mapping[str, str]) -> Related:
    """A relation from the JSON of a change."""
    return Related(RelationType(saved["type"]), saved["target"], saved.get("label", ""))
