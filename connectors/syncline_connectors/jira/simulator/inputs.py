"""What people send as the value of a field, read into what the site keeps, or refused in the vendor's words.

The words were looked up in public reports of the errors; where none were found the nearest known ones stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from syncline_connectors.jira.simulator import adf
from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.call import Call
from syncline_connectors.jira.simulator.changes import plain_text
from syncline_connectors.jira.simulator.errors import NO_ISSUE, Refusal
from syncline_connectors.jira.simulator.face import Face
from syncline_connectors.jira.simulator.issues import Issue, parse_time
from syncline_connectors.jira.simulator.rules import Permission
from syncline_connectors.jira.simulator.screens import type_of, types_of

MAX_TEXT, MAX_LINE = 32_767, 255
NOT_A_DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
NO_PARENT = "Issue type is a sub-task but parent issue key or id not specified."
_TOO_LONG = "The entered text is too long. It exceeds the allowed limit of {:,} characters."
_NAMED = {"priority": "Priority", "resolution": "Resolution", "component": "Component", "version": "Version"}

T = TypeVar("T", e.Priority, e.Resolution, e.Component, e.Version, e.IssueType)


class Unfit(Exception):
    """A value that a field does not take; ``field`` is told instead of the field's own id."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message, self.field = message, field


@dataclass(frozen=True)
class Place:
    """Where a value is to go: the project and type of the issue, and the issue where there is one already."""

    project: e.Project
    type: e.IssueType
    issue: Issue | None = None


class Inputs:
    """Reads values for one caller."""

    def __init__(self, call: Call) -> None:
        self.call, self.work = call, call.work
        self.cloud = call.work.face is Face.CLOUD
        self._own: Mapping[str, Callable[[Any, Place], Any]] = {
            "summary": self._summary,
            "labels": lambda value, place: self._labels(value),
            "issuetype": self._type,
            "parent": self._parent,
            "assignee": self._assignee,
            "reporter": self._reporter,
            e.CustomField.EPIC_LINK: lambda value, place: self._epic(value),
            e.CustomField.SPRINT: self._sprint,
        }
        self._kinds: Mapping[str, Callable[[Any, e.Field, Place], Any]] = {
            "priority": lambda value, field, place: self._one(
                value, self.work.priorities.values(), "priority"
            ),
            "resolution": lambda value, field, place: self._one(
                value, self.work.resolutions.values(), "resolution"
            ),
            "component": lambda value, field, place: self._one(value, place.project.components, "component"),
            "version": lambda value, field, place: self._one(value, place.project.versions, "version"),
            "option": lambda value, field, place: self._option(value, field),
            "user": lambda value, field, place: self.user(value, field.id),
            "date": lambda value, field, place: _day(value),
            "datetime": lambda value, field, place: _moment(value),
            "number": lambda value, field, place: _number(value),
            "string": lambda value, field, place: self._string(value, field),
        }

    def read(self, field: e.Field, value: Any, place: Place) -> Any:
        """A whole value; raises Unfit, or Refusal for a malformed document."""
        own = self._own.get(field.id)
        if own:
            return own(value, place)
        if value is None:
            return [] if field.type == "array" and not field.custom else None
        if field.type != "array":
            return self._kind(field.type, field)(value, field, place)
        if not isinstance(value, list):
            raise Unfit("data was not an array")
        return list(dict.fromkeys(self.element(field, x, place) for x in value))

    def element(self, field: e.Field, value: Any, place: Place) -> Any:
        """One element of a field of several."""
        if field.id == "labels":
            return self._label(value)
        return self._kind(field.items or "string", field)(value, field, place)

    def _kind(self, name: str, field: e.Field) -> Callable[[Any, e.Field, Place], Any]:
        if name not in self._kinds:
            raise Unfit(f"Field does not support update '{field.id}'")
        return self._kinds[name]

    # ---- texts ----

    def rich(self, value: Any, *, unfit: str = "") -> Any:
        """A rich text as the site keeps it, None when empty. Its length is counted as plain text."""
        if not self.cloud:
            return _short(_text(value), MAX_TEXT)
        if not isinstance(value, dict) or value.get("type") != "doc":
            raise Unfit(unfit or NOT_A_DOCUMENT)
        if not adf.valid(value):
            raise Refusal(400, "INVALID_INPUT")
        _short(plain_text(value), MAX_TEXT)
        return adf.stored(value, lambda: self.work.next_id("local"))

    def _string(self, value: Any, field: e.Field) -> Any:
        if field.id in ("description", "environment") or (field.custom or "").endswith(":textarea"):
            return self.rich(value)
        text = _short(_text(value), MAX_LINE)
        if (field.custom or "").endswith(":url") and not re.match(r"^[a-z][a-z0-9+.-]*://\S+$", text, re.I):
            raise Unfit(f"'{text}' is not a valid URL")
        if field.items == "string":
            return self._label(text)
        return text or None

    def _summary(self, value: Any, place: Place) -> str:
        text = ("" if value is None else _text(value)).strip()
        if not text:
            raise Unfit("You must specify a summary of the issue.")
        if "\n" in text or "\r" in text:
            raise Unfit("The summary is invalid because it contains newline characters.")
        if len(text) > MAX_LINE:
            limit = f"Summary can't exceed {MAX_LINE} characters."
            raise Unfit(limit if self.cloud else f"Summary must be less than {MAX_LINE} characters.")
        return text

    def _labels(self, value: Any) -> list[str]:
        """Without repetition, sorted, as every reading shows them."""
        if value is not None and not isinstance(value, list):
            raise Unfit("data was not an array")
        return sorted({self._label(text) for text in value or ()})

    def _label(self, value: Any) -> str:
        text = _text(value)
        if re.search(r"\s", text):
            raise Unfit(f"The label '{text}' contains spaces which is invalid.")
        if len(text) > MAX_LINE:
            raise Unfit(f"The label '{text}' exceeds the {MAX_LINE} character limit.")
        return text

    # ---- people ----

    def user(self, value: Any, field: str) -> e.User | None:
        """The person meant: by ``accountId`` (or ``id``) on Cloud, by ``name`` on Data Center."""
        if value is None:
            return None
        names = ("accountId", "id") if self.cloud else ("name",)
        given = [value[name] for name in names if name in value] if isinstance(value, Mapping) else []
        if not given:
            raise Unfit(
                f"Specify a valid value for {field}"
                if self.cloud
                else "expected Object containing a 'name' property"
            )
        if given[0] in (None, ""):
            return None
        found = self.find_user(given[0])
        if found is None:
            unknown = f"User '{given[0]}' does not exist."
            raise Unfit(f"Specify a valid value for {field}" if self.cloud else unknown)
        return found

    def find_user(self, name: Any) -> e.User | None:
        people = self.work.users
        if self.cloud:
            return people.get(name) if isinstance(name, str) else None
        return next((user for user in people.values() if user.username == name), None)

    def assignable(self, user: e.User, project: e.Project) -> bool:
        """Whether work may be given to somebody: apps and the deactivated get none."""
        good = user.active and user.account_type == "atlassian"
        return good and self.work.permits(Permission.ASSIGNABLE_USER, project, user)

    def _assignee(self, value: Any, place: Place) -> e.User | None:
        if isinstance(value, Mapping) and "-1" in (
            value.get("accountId"),
            value.get("name"),
            value.get("id"),
        ):
            return place.project.lead
        user = self.user(value, "assignee")
        if user and not self.assignable(user, place.project):
            raise Unfit(
                f"User '{user.account_id if self.cloud else user.username}' cannot be assigned issues."
            )
        return user

    def _reporter(self, value: Any, place: Place) -> e.User:
        user = self.user(value, "reporter")
        if user is None:
            raise Unfit("Reporter is required.")
        return user

    # ---- choices ----

    def _one(self, value: Any, known: Iterable[T], kind: str) -> T:
        """One of a list, by id or else by name."""
        if not isinstance(value, Mapping) or not {"id", "name"} & set(value):
            raise Unfit(
                f"Specify a valid 'id' or 'name' for {_NAMED[kind]}" if self.cloud else "expected Object"
            )
        if "id" in value:
            found = next((one for one in known if one.id == str(value["id"])), None)
            told = f"{_NAMED[kind]} id '{value['id']}' is not valid"
            told = f"The {kind} selected is invalid." if kind in ("priority", "resolution") else told
        else:
            found = next((one for one in known if one.name == value["name"]), None)
            told = f"{_NAMED[kind]} name '{value['name']}' is not valid"
        if found is None:
            raise Unfit(told)
        return found

    def _option(self, value: Any, field: e.Field) -> e.Option:
        if not isinstance(value, Mapping) or not {"id", "value"} & set(value):
            raise Unfit(
                f"Specify a valid 'id' or 'name' for {field.name}"
                if self.cloud
                else "Could not find valid 'id' or 'value' in the Parent Option object."
            )
        key = "id" if "id" in value else "value"
        found = next((one for one in field.options if getattr(one, key) == str(value[key])), None)
        if found is None:
            raise Unfit(f"Option {key} '{value[key]}' is not valid")
        return found

    def _type(self, value: Any, place: Place) -> e.IssueType:
        found = self.find_type(value, place.project)
        if found is None or (found.level < 0) is not (place.type.level < 0):
            raise Unfit("The issue type selected is invalid.")
        return found

    def find_type(self, value: Any, project: e.Project) -> e.IssueType | None:
        given = value if isinstance(value, Mapping) else {}
        for key in ("id", "name"):
            if key in given:
                known = types_of(self.work, project)
                return next((x for x in known if getattr(x, key) == str(given[key])), None)
        return None

    # ---- other issues ----

    def _parent(self, value: Any, place: Place) -> Issue | None:
        if value is None or value == {"none": True}:
            if place.type.level < 0:
                raise Unfit(NO_PARENT, "issuetype")
            return None
        parent = self.linked(value)
        if parent is None:
            raise Unfit("Could not find issue by id or key.")
        if place.type.level < 0 and parent.project is not place.project:
            raise Unfit("Sub-tasks must be created in the same project as the parent.", "project")
        if type_of(self.work, parent).level != place.type.level + 1:
            raise Unfit("Given parent work item does not belong to appropriate hierarchy.", "parentId")
        return parent

    def linked(self, value: Any) -> Issue | None:
        """An issue by ``id`` or ``key`` that the caller may see."""
        given = value if isinstance(value, Mapping) else {}
        found = self.work.find_issue(str(given.get("id") or given.get("key") or ""))
        return found if found and self.call.may_browse(found.project) else None

    def _epic(self, value: Any) -> Issue | None:
        if value is None:
            return None
        epic = self.work.find_issue(_text(value))
        if epic is None or not self.call.may_browse(epic.project):
            raise Unfit(NO_ISSUE)
        if type_of(self.work, epic).level != 1:
            raise Unfit(f"Issue '{epic.key}' is not an Epic.")
        return epic

    def _sprint(self, value: Any, place: Place) -> list[e.Sprint] | None:
        """Written as a bare number though read as a list. Sprints that are over stay."""
        before = (place.issue.fields.get(e.CustomField.SPRINT) or ()) if place.issue else ()
        over = [sprint for sprint in before if isinstance(sprint, e.Sprint) and sprint.state == "closed"]
        if value is None:
            return over or None
        if isinstance(value, bool) or not isinstance(value, int):
            raise Unfit("Number value expected as the Sprint id.")
        sprint = self.work.sprints.get(value)
        if sprint is None:
            raise Unfit(f"Sprint with id {value} does not exist or you do not have permission to view it.")
        return [*(x for x in over if x is not sprint), sprint]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Unfit("Operation value must be a string")
    return value


def _short(text: str, limit: int) -> str:
    if len(text) > limit:
        raise Unfit(_TOO_LONG.format(limit))
    return text


def _day(value: Any) -> str:
    try:
        return date.fromisoformat(_text(value)).isoformat() if len(value) == 10 else _bad_day(value)
    except ValueError:
        return _bad_day(value)


def _bad_day(value: Any) -> str:
    raise Unfit(f"Error parsing date string: {value}")


def _moment(value: Any) -> datetime:
    text = _text(value)
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,3}(Z|[+-]\d\d:?\d\d)", text):
        raise Unfit(f"Error parsing time: {text}")
    try:
        return parse_time(text)
    except ValueError:
        raise Unfit(f"Error parsing time: {text}") from None


def _number(value: Any) -> float:
    """Every number is kept as a fraction: what was sent as 3 is read as 3.0."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Unfit("Operation value must be a number")
    return float(value)


def without(values: Sequence[Any], one: Any) -> list[Any]:
    """All but one, which may stand there as the vendor's document of it."""
    return [value for value in values if value is not one and name_of(value) != name_of(one)]


def name_of(value: Any) -> Any:
    """What tells a value from others of its field: its id, of a label the label itself."""
    return value.get("id") if isinstance(value, Mapping) else getattr(value, "id", value)
