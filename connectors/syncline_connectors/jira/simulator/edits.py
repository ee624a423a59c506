"""What a request wants to change: ``fields`` and ``update`` read together, every mistake told by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.call import BAD_PAYLOAD, Call
from syncline_connectors.jira.simulator.errors import Refusal
from syncline_connectors.jira.simulator.face import Face
from syncline_connectors.jira.simulator.inputs import Inputs, Place, Unfit, without
from syncline_connectors.jira.simulator.issues import Issue
from syncline_connectors.jira.simulator.rules import Permission, Screen
from syncline_connectors.jira.simulator.screens import operations

_VERBS = ("add", "set", "remove", "edit", "copy")
_HANGING = ("comment", "issuelinks", "worklog", "attachment")
"""Fields that hold what hangs on an issue: ``update`` adds to them, ``fields`` sets none of them."""
_NEEDED = {
    "reporter": Permission.MODIFY_REPORTER,
    "assignee": Permission.ASSIGN_ISSUES,
    "duedate": Permission.SCHEDULE_ISSUES,
}


@dataclass
class Edits:
    """Stored values by field id, comments and links to add as they were sent, and what is wrong."""

    values: dict[str, Any] = field(default_factory=dict)
    comments: list[Mapping[str, Any]] = field(default_factory=list)
    links: list[Mapping[str, Any]] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)

    def refuse_if_wrong(self) -> None:
        if self.errors:
            raise Refusal(400, errors=self.errors)


def body_of(call: Call) -> Mapping[str, Any]:
    """The JSON object of a write; 400 for anything else."""
    try:
        body = call.request.json()
    except ValueError:
        raise Refusal(400, BAD_PAYLOAD) from None
    if not isinstance(body, dict):
        raise Refusal(400, BAD_PAYLOAD)
    for name in ("fields", "update"):
        if not isinstance(body.get(name) or {}, dict):
            raise Refusal(400, BAD_PAYLOAD)
    return body


def gather(call: Call, body: Mapping[str, Any], place: Place, screen: Screen) -> Edits:
    """Read everything; what does not fit stands in ``errors``."""
    fields, update = body.get("fields") or {}, body.get("update") or {}
    gatherer = _Gatherer(call, place, screen)
    for id_ in sorted({*fields, *update}, key=[*fields, *update].index):
        gatherer.take(id_, fields, update)
    return gatherer.edits


class _Gatherer:
    """Reads one field after another for one place and screen."""

    def __init__(self, call: Call, place: Place, screen: Screen) -> None:
        self.call, self.place, self.screen = call, place, screen
        self.inputs, self.edits = Inputs(call), Edits()

    def take(self, id_: str, fields: Mapping[str, Any], update: Mapping[str, Any]) -> None:
        try:
            if id_ in fields and id_ in update:
                raise Unfit(f"Field '{id_}' cannot appear in both 'fields' and 'update'")
            if id_ in fields:
                self._set(self._known(id_), fields[id_])
            else:
                self._update(self._known(id_), update[id_])
        except Unfit as unfit:
            self.edits.errors[unfit.field or id_] = unfit.message

    def _known(self, id_: str) -> e.Field:
        """The field, if it may be set here; the vendor tells a wrong name and a missing right alike."""
        site, needed = self.call.work, _NEEDED.get(id_)
        unknown = id_ not in self.screen.fields or id_ not in site.fields
        if unknown or (needed and not site.permits(needed, self.place.project, self.call.user)):
            raise Unfit(f"Field '{id_}' cannot be set. It is not on the appropriate screen, or unknown.")
        return site.fields[id_]

    def _set(self, known: e.Field, value: Any) -> None:
        if known.id in _HANGING:
            raise Unfit(f"Field does not support update '{known.id}'")
        if known.id != "project":
            self.edits.values[known.id] = self.inputs.read(known, value, self.place)

    def _update(self, known: e.Field, verbs: Any) -> None:
        if not isinstance(verbs, list) or any(not isinstance(verb, dict) for verb in verbs):
            raise Refusal(400, BAD_PAYLOAD)
        for verb, value in [pair for one in verbs for pair in one.items()]:
            if verb not in _VERBS:
                raise Refusal(400, BAD_PAYLOAD)
            if verb not in operations(known):
                raise Unfit(f"Field does not support update '{known.id}'")
            if known.id in _HANGING:
                self._hang(known.id, verb, value)
            else:
                self.edits.values[known.id] = self._changed(known, verb, value)

    def _hang(self, id_: str, verb: str, value: Any) -> None:
        if verb != "add" or not isinstance(value, dict):
            raise Unfit(f"Field does not support update '{id_}'")
        (self.edits.comments if id_ == "comment" else self.edits.links).append(value)

    def _changed(self, known: e.Field, verb: str, value: Any) -> Any:
        if verb == "set":
            return self.inputs.read(known, value, self.place)
        issue = self.place.issue
        before = self.edits.values.get(known.id, issue.fields.get(known.id) if issue else None)
        values, one = list(before or ()), self.inputs.element(known, value, self.place)
        rest = without(values, one)
        values = rest if verb == "remove" else values if len(rest) < len(values) else [*values, one]
        return sorted(values) if known.id == "labels" else values


def require(call: Call, edits: Edits, place: Place, screen: Screen, *, given: bool = False) -> None:
    """400 for what is missing of what the screen demands; ``given``: only of what was given, as edits are judged."""
    demanded = screen.required - {"project", "issuetype"}
    for id_ in [id_ for id_ in screen.fields if id_ in demanded and (id_ in edits.values or not given)]:
        before = place.issue.fields.get(id_) if place.issue else None
        value = edits.values.get(id_, before)
        if value is None or value in ("", []):
            name = call.work.fields[id_].name
            told = "You must specify a summary of the issue." if id_ == "summary" else f"{name} is required."
            edits.errors[id_] = told
    edits.refuse_if_wrong()


def same_moment(call: Call, issue: Issue) -> None:
    """409 where the switch says that two edits so close to each other collide."""
    within = call.quirks.conflict_within
    if within and (call.now - issue.updated).total_seconds() < within:
        raise Refusal(409, f"Issue {issue.key} could not be updated due to a conflicting update.")


def on_cloud(call: Call) -> bool:
    return call.work.face is Face.CLOUD
